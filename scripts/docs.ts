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

/** One row a setting, nested ones by their path; what is used in several places is spelled out at the first. */
class Settings {
  readonly #root: Schema;
  /** Paths by definition. */
  readonly #spelled = new Map<string, string>();

  /** What a table says of a setting beside its path, default and meaning. */
  readonly #extra: (path: string) => string;

  constructor(root: unknown, extra: (path: string) => string = () => '') {
    this.#root = root as Schema;
    this.#extra = extra;
  }

  rows(schema: Schema = this.#root, path = ''): readonly string[] {
    const target = this.#target(schema);
    return [
      ...Object.entries(target.properties ?? {}).flatMap(([name, one]) =>
        this.#row(one, path === '' ? name : `${path}.${name}`),
      ),
      ...this.#nested(target.items, `${path}[]`),
      ...(typeof target.additionalProperties === 'object'
        ? this.#nested(target.additionalProperties, `${path}.<name>`)
        : []),
    ];
  }

  #nested(schema: Schema | undefined, path: string): readonly string[] {
    return schema === undefined || this.#seen(schema, path) !== undefined ? [] : this.rows(schema, path);
  }

  #row(schema: Schema, path: string): readonly string[] {
    const target = this.#target(schema);
    const isGroup = target.properties !== undefined;
    const fallback = schema.default === undefined || isGroup ? '' : `\`${JSON.stringify(schema.default)}\``;
    const values = target.enum === undefined ? '' : ` One of ${target.enum.map((one) => `\`${one}\``).join(', ')}.`;
    const parts = [schema, target.items, target.additionalProperties].filter((part) => typeof part === 'object');
    const before = parts.map((part) => this.#where(part, path)).find((place) => place !== undefined);
    const like = before === undefined ? '' : ` As \`${before}\`.`;
    const meaning = `${schema.description ?? target.description ?? ''}${values}${like}`;
    const row = `| \`${cell(path)}\` | ${cell(fallback)} | ${cell(meaning)} |${this.#extra(path)}`;
    return this.#seen(schema, path) === undefined ? [row, ...this.rows(schema, path)] : [row];
  }

  #target(schema: Schema): Schema {
    return schema.$ref === undefined
      ? schema
      : (this.#root.definitions?.[schema.$ref.replace('#/definitions/', '')] ?? {});
  }

  /** Where else it is spelled out. */
  #where({ $ref }: Schema, path: string): string | undefined {
    const place = $ref === undefined ? undefined : this.#spelled.get($ref);
    return place === path ? undefined : place;
  }

  /** As {@link Settings.#where}, and from now on it is spelled out here where it is nowhere else. */
  #seen(schema: Schema, path: string): string | undefined {
    const place = this.#where(schema, path);
    if (place === undefined && schema.$ref !== undefined) this.#spelled.set(schema.$ref, path);
    return place;
  }
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
    ...new Settings(config, variable).rows(),
    '',
    '## `policy.config` of the starter policy',
    '',
    'What is said here replaces what the profile of that name in `policies/profiles/` says, setting by setting; lists are not joined.',
    'Patterns may have one `*` (no `/`) or `**` (anything).',
    '',
    ...head,
    ...new Settings(policy).rows(),
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
