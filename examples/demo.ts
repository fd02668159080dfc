/**
 * Decides the example subjects, one command line each, as a person would type them. Exit code 1 if a verdict is not the
 * one that `examples/README.md` tells of.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Subject, its story, and whether it may be used. */
const SUBJECTS = [
  ['oci:examples/images:allowed', 'SBOM, provenance and scan, all as the policy wants them', true],
  ['oci:examples/images:licence-denied', 'its SBOM lists a package under a licence of the deny list', false],
  ['oci:examples/images:no-provenance', 'nobody says how it was built', false],
  ['oci:examples/images:vulnerable', 'its scan found a vulnerability that is too severe', false],
  ['oci:examples/images:tampered', 'one byte of its SBOM was changed in storage', false],
  ['oci:examples/images:wrong-subject', 'SBOM and provenance of another image were attached to it', false],
  [
    'oci:examples/images:index --profile provenance',
    'two platforms, attestations inside the index as BuildKit writes them',
    true,
  ],
  [
    'file:examples/files/acme-app-1.4.0.tgz --evidence examples/files/evidence --profile licences',
    'a file that a CI job made, its SBOM beside it',
    true,
  ],
] as const;

const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
const strong = (text: string): string => (colour ? styleText('bold', text) : text);

let wrong = 0;
for (const [subject, story, isAllowed] of SUBJECTS) {
  const args = ['verify', '--config', 'examples/verdict.yaml', ...subject.split(' ')];
  process.stdout.write(`\n# ${story}\n${strong(`$ verdict ${args.join(' ')}`)}\n`);
  const { status } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { cwd: ROOT, stdio: 'inherit' });
  if (status !== (isAllowed ? 0 : 1)) {
    wrong++;
    process.stdout.write(`  expected ${isAllowed ? 'allowed' : 'denied'}, but the exit code is ${status}\n`);
  }
}
process.stdout.write(`\n${SUBJECTS.length} subjects decided${wrong > 0 ? `, ${wrong} not as expected` : ''}.\n`);
process.exitCode = wrong > 0 ? 1 : 0;
