import { resolve } from 'node:path';
import { PolicyFaults, sourcesOf } from '../../config/compile.ts';
import type { TestReport, TestResult } from '../../rego/results.ts';
import { createToolchain } from '../../rego/toolchain.ts';
import { EXIT, type Io } from '../io.ts';
import { plural, printable, type Style, style } from '../output/style.ts';

export interface TestOptions {
  readonly rules?: readonly string[];
  readonly run?: string;
  readonly coverage?: boolean;
  readonly output: 'text' | 'json';
}

/** `verdict policy test`: the tests beside the rules. Exit code 1 if one fails. */
export async function run(paths: readonly string[], options: TestOptions, io: Io): Promise<number> {
  const absolute = (path: string): string => resolve(io.directory, path);
  const { files, data, faults } = sourcesOf({
    sources: paths.map(absolute),
    rules: (options.rules ?? []).map(absolute),
  });
  if (faults.length > 0) throw new PolicyFaults(faults);
  const toolchain = createToolchain();
  try {
    const outcome = await toolchain.test({
      files,
      data,
      coverage: options.coverage === true,
      ...(options.run === undefined ? {} : { run: options.run }),
    });
    if (!outcome.ok) throw new PolicyFaults(outcome.faults);
    io.out(options.output === 'json' ? `${JSON.stringify(outcome, null, 2)}\n` : describe(outcome, style(io.colour)));
    const isGood =
      outcome.results.length > 0 &&
      outcome.results.every((one) => one.outcome === 'passed' || one.outcome === 'skipped');
    return isGood ? EXIT.ok : EXIT.denied;
  } finally {
    await toolchain.close();
  }
}

function describe({ results, coverage }: TestReport, look: Style): string {
  const bad = results.filter(({ outcome }) => outcome === 'failed' || outcome === 'errored');
  const lines = bad.flatMap((result) => describeResult(result, look));
  const counts = (['passed', 'failed', 'errored', 'skipped'] as const)
    .map((outcome) => [outcome, results.filter((one) => one.outcome === outcome).length] as const)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  const summary =
    results.length === 0 ? look.warn('no tests: a test is a rule whose name begins with test_') : counts.join(', ');
  const covered = (coverage?.files ?? [])
    .filter(({ notCovered }) => notCovered.length > 0)
    .map(
      ({ path, notCovered }) =>
        `${path}: no test reached ${notCovered.map(({ line, endLine }) => (line === endLine ? line : `${line}-${endLine}`)).join(', ')}`,
    );
  const percent = coverage === undefined ? [] : [`coverage ${coverage.percent} % of lines`];
  return `${[...lines, ...covered, ...percent, summary].join('\n')}\n`;
}

function describeResult(
  { package: name, name: rule, file, line, outcome, message, printed, cases }: TestResult,
  look: Style,
): readonly string[] {
  const failed = cases.filter((one) => one.outcome === 'failed').map(({ path }) => `    ${path.join(' / ')}`);
  return [
    `${look.strong(`${file}:${line}`)}: ${look.bad(outcome)} ${name}.${rule}`,
    ...(message === '' ? [] : [`    ${printable(message)}`]),
    ...(failed.length === 0 ? [] : [`  ${plural(failed.length, 'case')} failed:`, ...failed]),
    ...(printed === ''
      ? []
      : printed
          .trimEnd()
          .split('\n')
          .map((text) => `    ${look.faint(printable(text))}`)),
  ];
}
