import type { DataFact, FileFact, Place, PolicyFacts, RuleFact } from './results.ts';
import type { Fault } from './source.ts';

/** What the policy is: `rules`, the starter's shape (rules.<area>.<name>, lib, main), or the user's own. */
export type PolicyShape = 'rules' | 'own';

type Finding = Pick<Fault, 'message' | 'file' | 'line' | 'column'>;

interface LintRule {
  /** The code of its faults. */
  readonly name: string;
  find(facts: PolicyFacts): Iterable<Finding>;
}

/**
 * What the Rego compiler lets pass and Verdict's policies must not do. The first three keep main able to find and
 * explain every rule, the next three keep evidence behind the library, the last closes a hole of `not`.
 */
const LINT_RULES: readonly LintRule[] = [
  { name: 'rule-package', find: misplacedRules },
  { name: 'rule-metadata', find: unexplainedRules },
  { name: 'rules-data', find: dataAmongRules },
  { name: 'raw-input', find: rawInput },
  { name: 'claimed', find: claims },
  { name: 'clock', find: clocks },
  { name: 'not-import', find: missingImports },
];

/** The faults of a policy of this shape, by file and place: errors in the starter's shape, warnings in the user's own. */
export function lint(facts: PolicyFacts, { shape }: { readonly shape: PolicyShape }): readonly Fault[] {
  const severity = shape === 'rules' ? 'error' : 'warning';
  const faults: Fault[] = [];
  for (const rule of LINT_RULES) {
    for (const finding of rule.find(facts)) faults.push({ code: rule.name, ...finding, severity });
  }
  return faults.sort(
    (a, b) => order(a.file, b.file) || a.line - b.line || a.column - b.column || order(a.code, b.code),
  );
}

function* misplacedRules({ files }: PolicyFacts): Iterable<Finding> {
  const judged = new Set<string>();
  const packages = new Map<string, FileFact>();
  for (const file of files) {
    if (file.package[0] !== 'rules' || isTest(file)) continue;
    const name = file.package.join('.');
    if (file.package.length !== 3) {
      yield at(file, file.at, `package ${name}: a rule has a package of its own, rules.<area>.<name>`);
      continue;
    }
    if (!packages.has(name)) packages.set(name, file);
    if (file.rules.some((rule) => isVerdict(rule, 'deny') || isVerdict(rule, 'met'))) judged.add(name);
  }
  for (const [name, file] of packages) {
    if (judged.has(name)) continue;
    yield at(
      file,
      file.at,
      `package ${name}: write \`deny contains …\` (a prohibition) or \`met contains …\` (a requirement)`,
    );
  }
}

function* unexplainedRules({ files }: PolicyFacts): Iterable<Finding> {
  for (const file of files) {
    if (file.package[0] !== 'rules' || isTest(file)) continue;
    for (const rule of file.rules) {
      const deny = isVerdict(rule, 'deny');
      if (!deny && !isVerdict(rule, 'met')) continue;
      if (!annotated(rule, ({ title }) => title)) {
        yield at(file, rule.at, `${rule.name} has no title; write \`# METADATA\` and \`# title: …\` above it`);
      }
      if (deny && !annotated(rule, ({ custom }) => custom.failure_msg)) {
        yield at(
          file,
          rule.at,
          'deny has no failure message; write `# custom:` and `#   failure_msg: …` in its METADATA',
        );
      }
    }
  }
}

/** Whether the rule, its document or its package says it; a package above says nothing about one rule. */
function annotated(rule: RuleFact, text: (annotation: RuleFact['annotations'][number]) => unknown): boolean {
  return rule.annotations.some((annotation) => {
    const value = annotation.scope === 'subpackages' ? '' : text(annotation);
    return typeof value === 'string' && value.trim() !== '';
  });
}

function* dataAmongRules({ data }: PolicyFacts): Iterable<Finding> {
  for (const file of data) {
    if (!reachesRules(file)) continue;
    const message = 'data under `data.rules` would stand for rules; put it under `data.config` or elsewhere';
    yield { message, file: file.path, line: 1, column: 1 };
  }
}

function reachesRules({ under, keys }: DataFact): boolean {
  return under.length > 0 ? under[0] === 'rules' : keys.includes('rules');
}

function* rawInput({ files }: PolicyFacts): Iterable<Finding> {
  for (const file of outsideLibrary(files)) {
    for (const { path, at: place } of [...file.imports, ...file.refs]) {
      if (path[0] !== 'input') continue;
      const [, key] = path;
      if (key === 'documents' || key === 'artifacts') {
        yield at(file, place, `input.${key} is for the library; take data.lib.sboms, data.lib.provenances and so on`);
      } else if (key === undefined || key === null) {
        yield at(file, place, 'input as a whole is for the library; name the part you need, such as input.context');
      }
    }
  }
}

function* claims({ files }: PolicyFacts): Iterable<Finding> {
  for (const file of outsideLibrary(files)) {
    const refs = file.refs.filter(({ path }) => path.includes('claimed', 1));
    for (const { at: place } of [...refs, ...file.strings.filter(({ text }) => text === 'claimed')]) {
      yield at(file, place, '`claimed` holds names that nobody proved; take `signers`');
    }
  }
}

function* clocks({ files }: PolicyFacts): Iterable<Finding> {
  for (const file of outsideLibrary(files)) {
    for (const { text, at: place } of file.calls) {
      if (text === 'time.now_ns') yield at(file, place, "time.now_ns is for the library; take the library's time");
    }
  }
}

function* missingImports({ files }: PolicyFacts): Iterable<Finding> {
  for (const file of files) {
    const paths = file.imports.map(({ path }) => path.join('.'));
    if (paths.some((path) => NOT_IMPORTS.has(path))) continue;
    const message = 'write `import future.keywords.not`: without it, `not` over something missing is undefined';
    yield at(file, file.at, message);
  }
}

/** The imports after which `not` holds where its operand is undefined inside. */
const NOT_IMPORTS: ReadonlySet<string> = new Set(['future.keywords.not', 'future.keywords', 'rego.v2']);

function outsideLibrary(files: readonly FileFact[]): readonly FileFact[] {
  return files.filter((file) => file.package[0] !== 'lib' && !isTest(file));
}

function isTest({ path }: FileFact): boolean {
  return path.endsWith('_test.rego');
}

function isVerdict({ name, kind }: RuleFact, wanted: 'deny' | 'met'): boolean {
  return name === wanted && kind === 'set';
}

function at({ path }: FileFact, { line, column }: Place, message: string): Finding {
  return { message, file: path, line, column };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
