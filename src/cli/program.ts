import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { asVerdictError } from '../errors.ts';
import { EXIT, exitCodeOf, type Io } from './io.ts';
import { describeError } from './output/error.ts';
import { SERVE_FLAGS } from './serve-flags.ts';

/** A command's work: returns the exit code. Modules are loaded when their command runs, so that `--help` is quick. */
type Action<O> = (args: readonly string[], options: O, io: Io) => Promise<number>;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function time(value: string): Date {
  const date = new Date(value);
  if (!/^\d{4}-\d\d-\d\dT/.test(value) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Write it as 2026-11-21T10:00:00Z.');
  }
  return date;
}

const output = (): Option =>
  new Option('-o, --output <form>', 'form of the result').choices(['text', 'json']).default('text');

const subject = (command: Command): Command =>
  command
    .option('-c, --config <file>', 'configuration (default: verdict.yaml in this directory, if there)')
    .option('-e, --evidence <path>', 'file or directory with evidence about the subject (may be repeated)', collect)
    .option('--platform <os/arch>', 'narrow an index to this platform (may be repeated)', collect)
    .option('--plain-http <host>', 'speak HTTP without TLS with this registry (may be repeated)', collect)
    .option('--time <time>', 'decide as of this instant, to replay a decision', time)
    .option('--namespace <name>', 'namespace for which the decision is made')
    .option(
      '--parameter <name=value>',
      'parameter that the policy reads as input.context.parameters (may be repeated)',
      collect,
    )
    .addOption(output());

const decision = (command: Command): Command =>
  subject(command)
    .option('-p, --policy <path>', 'policy to decide with: bundle.tar.gz, policy.wasm, or a directory of Rego')
    .option('-r, --rules <dir>', 'directory of own rules beside the starter policy (may be repeated)', collect)
    .option('--profile <name>', 'profile of the policy');

/** Ratify's flags, under Ratify's names. */
const serveFlags = (command: Command): Command =>
  SERVE_FLAGS.reduce(
    (made, { name, value, description }) => made.option(`--${name} ${value}`, description),
    command.optionsGroup('As `ratify serve` has them (instead of the configuration):'),
  ).optionsGroup('Options:');

/** cosign's options, under cosign's names. */
const signers = (command: Command): Command =>
  command
    .optionsGroup('Who must have signed (instead of a policy):')
    .option('--key <key>', 'by this public key: PEM file, directory, env://NAME, URL (may be repeated)', collect)
    .option('--certificate-identity <name>', 'by this identity: e-mail address, URI of a workflow, distinguished name')
    .option('--certificate-identity-regexp <re2>', 'by an identity that fits, from end to end')
    .option('--certificate-oidc-issuer <url>', 'whom this issuer identified')
    .option('--certificate-oidc-issuer-regexp <re2>', 'whom an issuer identified that fits, from end to end')
    .option('--trusted-root <file>', 'trusted_root.json to check against (default: the public-good Sigstore)')
    .option('--ca-roots <file>', 'certificate authorities of your own (may be repeated)', collect)
    .option('--timestamp-certificate-chain <file>', 'roots of their timestamp authorities (may be repeated)', collect)
    .option('--type <predicate>', 'an attestation of this type must be signed, not the subject itself')
    .option(
      '--bundle <file>',
      'signature or attestation of a file: bundle, envelope, detached (may be repeated)',
      collect,
    )
    .option('--insecure-ignore-tlog', 'do without transparency log')
    .option('--insecure-ignore-sct', 'do without certificate transparency')
    .optionsGroup('Options:');

const SUBJECTS = `
Subjects:
  registry.example/team/app:1.4[@sha256:…]   an image in a registry
  oci:DIR[:tag|@digest]                      an OCI image layout
  oci-archive:FILE[:tag|@digest]             the same as a tar archive
  file:PATH                                  a file; its evidence is given with --evidence or --bundle
  sha256:HEX                                 a file of which only the digest is known`;

const CODES = `
Exit codes: 0 allowed, 1 denied, 2 no decision was possible, 64 usage or configuration fault.`;

const DOCTOR_CODES = `
Without an image, only registries that the configuration names are asked.
Exit codes: 0 all well, or warnings only; 1 the image is denied; 2 no decision is possible (a registry does not answer);
64 a fault of the configuration, of what it names, or of the command line. The greatest of several counts.`;

/** The command line. `settle` receives the exit code of the command that ran. */
function program(io: Io, settle: (code: number) => void): Command {
  const act =
    <O>(load: () => Promise<{ readonly run: Action<O> }>) =>
    async (...all: unknown[]): Promise<void> => {
      const command = all.at(-1) as Command;
      const { run: work } = await load();
      settle(await work(command.args, command.opts<O & object>() as O, io));
    };
  const root = new Command('verdict')
    .description('Decides whether a software artifact may be used: verifiers testify, Rego rules.')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()
    .showSuggestionAfterError();
  signers(decision(root.command('verify <subject>').description('decide whether a subject may be used')))
    .option('-q, --quiet', 'print nothing, only exit')
    .addHelpText('after', `${SUBJECTS}\n${CODES}`)
    .action(act(() => import('./commands/verify.ts')));
  subject(
    root
      .command('evidence <subject>')
      .description("print what is known about a subject: the policy's input, byte for byte"),
  )
    .addHelpText('after', SUBJECTS)
    .action(act(() => import('./commands/evidence.ts')));
  subject(root.command('discover <subject>').description('show what is attached to a subject, as a tree'))
    .addHelpText('after', SUBJECTS)
    .action(act(() => import('./commands/discover.ts')));
  subject(root.command('resolve <subject>').description('print the subject pinned to its digest'))
    .addHelpText('after', SUBJECTS)
    .action(act(() => import('./commands/resolve.ts')));
  policy(root.command('policy').description('write policies: build, check, test, fmt, eval'), act);
  const trust = root.command('trust').description('look at what vouches for signers');
  trust
    .command('list')
    .description('show keys, certificates and roots as they are trusted, with fingerprints')
    .option('-c, --config <file>', 'configuration (default: verdict.yaml in this directory, if there)')
    .addOption(output())
    .action(act(() => import('./commands/trust-list.ts')));
  trust
    .command('update [names...]')
    .description('fetch trusted roots anew from their TUF repositories')
    .option('-c, --config <file>', 'configuration (default: verdict.yaml in this directory, if there)')
    .addOption(output())
    .action(act(() => import('./commands/trust-update.ts')));
  serveFlags(root.command('serve').description('answer Gatekeeper and other clients over HTTP'))
    .option('-c, --config <file>', 'configuration (default: verdict.yaml in this directory, if there)')
    .addOption(
      new Option('--log-level <level>', 'least level of what is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .action(act(() => import('./commands/serve.ts')));
  const config = root.command('config').description('look at the configuration');
  config
    .command('check [file]')
    .description('list every fault with line and column')
    .addOption(output())
    .action(act(() => import('./commands/config-check.ts')));
  config
    .command('show')
    .description('print what counts after defaults, file, environment and command line, without secrets')
    .option('-c, --config <file>', 'configuration (default: verdict.yaml in this directory, if there)')
    .option('--platform <os/arch>', 'narrow an index to this platform (may be repeated)', collect)
    .option('--plain-http <host>', 'speak HTTP without TLS with this registry (may be repeated)', collect)
    .option('-p, --policy <path>', 'policy to decide with: bundle.tar.gz, policy.wasm, or a directory of Rego')
    .option('-r, --rules <dir>', 'directory of own rules beside the starter policy (may be repeated)', collect)
    .option('--profile <name>', 'profile of the policy')
    .option('--origins', 'say where each value comes from that is not a default')
    .option('--json', 'the same as --output json')
    .addOption(output())
    .action(act(() => import('./commands/config-show.ts')));
  root
    .command('migrate')
    .description('make a configuration of what other programs have')
    .command('ratify <files...>')
    .description("Ratify v1's config.json, or its custom resources, as a configuration of Verdict's")
    .option('--output <file>', 'where to write it (default: standard output)')
    .option('--json', 'print the configuration and what is different as JSON')
    .action(act(() => import('./commands/migrate-ratify.ts')));
  root
    .command('doctor [image]')
    .description('check configuration, trust, policy, registries, clock and an image, and say what to do')
    .option('-c, --config <file>', 'configuration (default: verdict.yaml in this directory, if there)')
    .addOption(output())
    .addHelpText('after', DOCTOR_CODES)
    .action(act(() => import('./commands/doctor.ts')));
  root
    .command('version')
    .description('print the versions of Verdict, Node.js and OPA')
    .addOption(output())
    .action(act(() => import('./commands/version.ts')));
  return root;
}

type Act = <O>(load: () => Promise<{ readonly run: Action<O> }>) => (...all: unknown[]) => Promise<void>;

function policy(group: Command, act: Act): void {
  group
    .command('build [paths...]')
    .description('compile Rego to a bundle (without paths: the starter policy)')
    .option('-r, --rules <dir>', 'directory of own rules beside the starter policy (may be repeated)', collect)
    .option('-e, --entrypoint <path>', 'entrypoint (may be repeated)', collect)
    .option('--revision <text>', 'revision to write into the bundle')
    .option('--v0', 'read Rego v0')
    .requiredOption('--out <file>', 'where to write bundle.tar.gz')
    .action(act(() => import('./commands/policy-build.ts')));
  group
    .command('check [paths...]')
    .description("check Rego: syntax, types against Verdict's schemas, built-ins, house rules")
    .option('-r, --rules <dir>', 'directory of own rules beside the starter policy (may be repeated)', collect)
    .option('--strict', 'let warnings fail too')
    .addOption(output())
    .action(act(() => import('./commands/policy-check.ts')));
  group
    .command('test [paths...]')
    .description('run the tests of a policy (rules `test_…`)')
    .option('-r, --rules <dir>', 'directory of own rules beside the starter policy (may be repeated)', collect)
    .option('--run <regex>', 'only tests whose name fits')
    .option('--coverage', 'say which lines no test reached')
    .addOption(output())
    .action(act(() => import('./commands/policy-test.ts')));
  group
    .command('fmt [paths...]')
    .description('format Rego in place')
    .option('--check', 'change nothing; list what would change')
    .action(act(() => import('./commands/policy-fmt.ts')));
  decision(
    group
      .command('eval [subject]')
      .description('evaluate a query or a policy over the evidence of a subject, or over --input'),
  )
    .option('--query <rego>', "evaluate this with OPA's own evaluator instead of the entrypoint")
    .option('--input <file>', 'use this evidence (`-`: standard input) instead of gathering it')
    .action(act(() => import('./commands/policy-eval.ts')));
}

/** Runs one command line. Returns the exit code; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.ok;
  try {
    const root = program(io, (value) => {
      code = value;
    });
    await root.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const error = asVerdictError(thrown);
    io.err(describeError(error));
    return exitCodeOf(error.code);
  }
}
