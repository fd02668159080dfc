/** Reference pages made from what the code already says: schemas, the error catalogue, the METADATA of rules. */
import { starterSources, withoutTests } from '../src/config/sources.ts';
import { variablesOf } from '../src/config/variables.ts';
import { CATALOGUE } from '../src/errors.ts';
import { createToolchain } from '../src/rego/toolchain.ts';

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function errorDocs(): string {
  const rows = Object.entries(CATALOGUE).map(
    ([code, facts]) =>
      `| \`${code}\` | ${facts.retryable ? 'yes' : 'no'} | ${cell(facts.meaning)} | ${cell(facts.remedy)} |`,
  );
  return page('Errors', [
    'Every code that Verdict reports: in messages, reports, discovery entries and denials. *Retryable*: the same request may',
    'succeed later without anyone changing anything.',
    '',
    '| code | retryable | what happened | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
  ]);
}

/** What a table says of a setting beside its path, default and meaning. */
type Extra = (path: string) => string;

/** One row a setting, nested ones by their path. */
function settings(schema: Schema, root: Schema, extra: Extra, path = ''): readonly string[] {
  const target =
    schema.$ref === undefined ? schema : (root.definitions?.[schema.$ref.replace('#/definitions/', '')] ?? {});
  const nested = [
    ...Object.entries(target.properties ?? {}).flatMap(([name, one]) =>
      row(one, root, extra, path === '' ? name : `${path}.${name}`),
    ),
    ...(target.items === undefined ? [] : settings(target.items, root, extra, `${path}[]`)),
    ...(typeof target.additionalProperties === 'object'
      ? settings(target.additionalProperties, root, extra, `${path}.<name>`)
      : []),
  ];
  return nested;
}

function row(schema: Schema, root: Schema, extra: Extra, path: string): readonly string[] {
  const target =
    schema.$ref === undefined ? schema : (root.definitions?.[schema.$ref.replace('#/definitions/', '')] ?? {});
  const isGroup = target.properties !== undefined;
  const fallback = schema.default === undefined || isGroup ? '' : `\`${JSON.stringify(schema.default)}\``;
  const values = target.enum === undefined ? '' : ` One of ${target.enum.map((one) => `\`${one}\``).join(', ')}.`;
  return [
    `| \`${cell(path)}\` | ${cell(fallback)} | ${cell(`${schema.description ?? target.description ?? ''}${values}`)} |${extra(path)}`,
    ...settings(schema, root, extra, path),
  ];
}

export function configDocs(config: unknown, policy: unknown): string {
  const head = ['| setting | default | meaning |', '| --- | --- | --- |'];
  const variables = new Map(variablesOf(config as Schema).map(({ path, name }) => [path.join('.'), name]));
  const variable = (path: string): string => {
    const name = variables.get(path);
    return name === undefined ? ' |' : ` \`${name}\` |`;
  };
  return page('Configuration', [
    '`verdict.yaml` (or `.yml`, `.json`) in the working directory, or the file given with `--config`. Everything is optional; paths are',
    'relative to the file. `verdict config check` lists every fault with line and column; `verdict config show --origins` prints what counts,',
    'and who said it.',
    '',
    'Each setting with a variable can be said by the environment instead: defaults, then the file, then the environment, then the command',
    'line. Numbers and `true`/`false` as they are, lists as JSON or separated by commas, objects and maps as JSON of the whole',
    '(`VERDICT_POLICY_CONFIG=\'{"profile": "signed"}\'`); paths are relative to the working directory. A variable that is empty says nothing. A',
    'name that is almost one of these is a fault. What Kubernetes sets for a service called `verdict…` is passed over.',
    '',
    `${head[0]} variable |`,
    `${head[1]} --- |`,
    ...settings(config as Schema, config as Schema, variable),
    '',
    '## `policy.config` of the starter policy',
    '',
    'What is said here replaces what the profile of that name in `policies/profiles/` says, setting by setting; lists are not joined.',
    'Patterns may have one `*` (no `/`) or `**` (anything).',
    '',
    ...head,
    ...settings(policy as Schema, policy as Schema, () => ''),
  ]);
}

/** One section per rule of the starter policy. */
export async function ruleDocs(): Promise<string> {
  const toolchain = createToolchain();
  try {
    const { files, data } = withoutTests(starterSources());
    const facts = await toolchain.inspect({ files, data });
    if (!facts.ok) throw new Error(facts.faults.map(({ message }) => message).join('\n'));
    const rules = facts.files.filter((file) => file.package[0] === 'rules').sort((a, b) => (a.path < b.path ? -1 : 1));
    const sections = rules.flatMap((file) => {
      const says = file.rules.find(({ name }) => name === 'deny' || name === 'met');
      const about = says?.annotations.find(({ scope }) => scope === 'package');
      const custom = (name: string): string => {
        const value = about?.custom[name];
        return typeof value === 'string' ? value : '';
      };
      const requires = (about?.custom.requires ?? []) as readonly string[];
      const needs = requires.length > 0 ? ` Needs ${requires.map((one) => `\`${one}\``).join(', ')} beside it.` : '';
      return [
        `## \`${file.package.slice(1).join('.')}\``,
        '',
        `**${about?.title ?? ''}** (${says?.name === 'met' ? 'a requirement' : 'a prohibition'}, severity ${custom('severity') || 'high'})`,
        '',
        `${about?.description ?? ''}${needs}`,
        '',
        `*${custom('failure_msg')}* ${custom('solution')}`,
        '',
      ];
    });
    return page('Rules of the starter policy', [
      'Requirements stand under `required` of a profile and must be met for every target; prohibitions stand under `prohibited` and must',
      'find nothing. Each section: what the rule asks for, what it says when it denies, what to do then.',
      '',
      ...sections.slice(0, -1),
    ]);
  } finally {
    await toolchain.close();
  }
}

const page = (title: string, lines: readonly string[]): string => `${[`# ${title}`, '', ...lines].join('\n')}\n`;
