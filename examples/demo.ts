/**
 * Decides the example subjects, one command line each, as a person would type them. Exit code 1 if a verdict is not the
 * one that `examples/README.md` tells of.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const IDENTITY = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
/** Who must have signed, without a policy. */
const RELEASED = `--trusted-root examples/keys/trusted_root.json --certificate-identity ${IDENTITY} --certificate-oidc-issuer ${ISSUER}`;
const POLICY = '--config examples/verdict.yaml';

/** Command line, its story, and whether the subject may be used. */
const SUBJECTS = [
  [
    `${POLICY} oci:examples/images:allowed`,
    'signed; SBOM, provenance and scan as the policy wants them, each signed',
    true,
  ],
  [`${POLICY} oci:examples/images:unsigned`, 'the same evidence, but nobody signed the image', false],
  [`${POLICY} oci:examples/images:wrong-signer`, 'everything signed, by the workflow of a fork', false],
  [`${POLICY} oci:examples/images:licence-denied`, 'its SBOM lists a package under a licence of the deny list', false],
  [`${POLICY} oci:examples/images:no-provenance`, 'nobody says how it was built', false],
  [`${POLICY} oci:examples/images:vulnerable`, 'its scan found a vulnerability that is too severe', false],
  [`${POLICY} oci:examples/images:tampered`, 'one byte of its SBOM was changed in storage', false],
  [
    `${POLICY} oci:examples/images:wrong-subject`,
    'signature, SBOM and provenance of another image were attached to it',
    false,
  ],
  [
    `${POLICY} --profile buildkit oci:examples/images:index`,
    'two platforms, provenance inside the signed index as BuildKit writes it',
    true,
  ],
  [
    '--config examples/job.yaml file:examples/files/acme-app-1.4.0.tgz --evidence examples/files/evidence',
    'a file that a CI job made, its SBOM beside it',
    true,
  ],
  [`${RELEASED} oci:examples/images:allowed`, 'without a policy: was it signed by this identity?', true],
  [`${RELEASED} oci:examples/images:wrong-signer`, 'without a policy: and this one?', false],
  [
    `${RELEASED} --bundle examples/files/acme-app-1.4.0.tgz.sigstore.json file:examples/files/acme-app-1.4.0.tgz`,
    'without a policy: a file and its bundle',
    true,
  ],
  [
    '--ca-roots examples/keys/acme-ca.pem --certificate-identity CN=release,O=Acme,ST=WA,C=US oci:examples/images:notary',
    "without a policy: a Notary Project signature under the company's certificate authority",
    true,
  ],
] as const;

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const strong = (text: string): string => (colour ? styleText('bold', text) : text);

let wrong = 0;
for (const [command, story, isAllowed] of SUBJECTS) {
  const args = ['verify', ...command.split(' ')];
  process.stdout.write(`\n# ${story}\n${strong(`$ verdict ${args.join(' ')}`)}\n`);
  const { status } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { cwd: ROOT, stdio: 'inherit' });
  if (status !== (isAllowed ? 0 : 1)) {
    wrong++;
    process.stdout.write(`  expected ${isAllowed ? 'allowed' : 'denied'}, but the exit code is ${status}\n`);
  }
}
process.stdout.write(`\n${SUBJECTS.length} subjects decided${wrong > 0 ? `, ${wrong} not as expected` : ''}.\n`);
process.exitCode = wrong > 0 ? 1 : 0;
