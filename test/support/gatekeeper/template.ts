import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { SourceFile } from '../../../src/rego/source.ts';
import type { Toolchain } from '../../../src/rego/toolchain.ts';
import type { ExternalData } from './external-data.ts';

/** A ConstraintTemplate with one piece of Rego. */
export interface Template {
  readonly name: string;
  /** As it stands in the template. */
  readonly rego: string;
}

/** What Gatekeeper hands to a template for one constraint. */
export interface Request {
  /** The AdmissionRequest, or what the audit makes of an object. */
  readonly review: object;
  /** `spec.parameters` of the constraint. */
  readonly parameters: object;
  /** What `external_data` returns, by the keys that it is asked for; without it, the built-in fails. */
  readonly answer?: ((keys: readonly string[]) => ExternalData | Promise<ExternalData>) | undefined;
}

interface Violation {
  readonly msg: string;
  readonly details: { readonly code: string; readonly images?: readonly string[] };
}

export interface Outcome {
  /** None: it is admitted. */
  readonly violations: readonly Violation[];
  /** What the provider is asked for. */
  readonly keys: readonly string[];
}

/** Reads a file with one ConstraintTemplate. */
export function readTemplate(path: URL): Template {
  const { metadata, spec } = parse(readFileSync(path, 'utf8')) as {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly targets: ReadonlyArray<{
        readonly code: ReadonlyArray<{ readonly source: { readonly version: string; readonly rego: string } }>;
      }>;
    };
  };
  const [source] = spec.targets.flatMap(({ code }) => code).map((code) => code.source);
  if (source?.version !== 'v1') throw new Error(`${path.href} has no Rego v1`);
  return { name: metadata.name, rego: source.rego };
}

/** The built-in as Gatekeeper has it: an error, hence undefined, unless provider and keys are strings. */
const SHIM = `package shim

external_data(request) := input.external_data if {
	is_string(request.provider)
	every key in request.keys {
		is_string(key)
	}
}
`;

/** The template's Rego and the stand-in for `external_data` that it then calls. */
export function sourcesOf({ name, rego }: Template): readonly SourceFile[] {
  return [
    { path: `${name}.rego`, text: rego.replaceAll(/\bexternal_data\(/g, 'data.shim.external_data(') },
    { path: 'shim.rego', text: SHIM },
  ];
}

/**
 * What Gatekeeper would do with each of these requests: asks for the keys, then evaluates with the answer. They share
 * two evaluations, because starting one takes most of its time.
 */
export async function review(
  toolchain: Toolchain,
  template: Template,
  requests: readonly Request[],
): Promise<readonly Outcome[]> {
  const inputs = requests.map(({ review, parameters }) => ({ review, parameters }));
  const keys = await evaluate<readonly string[]>(toolchain, template, 'keys', inputs);
  const answered = await Promise.all(
    requests.map(async ({ answer }, index) => {
      const asked = keys[index] ?? [];
      const reply = answer === undefined || asked.length === 0 ? {} : { external_data: await answer(asked) };
      return { ...inputs[index], ...reply };
    }),
  );
  const violations = await evaluate<readonly Violation[]>(toolchain, template, 'violation', answered);
  return violations.map((found, index) => ({ violations: found, keys: keys[index] ?? [] }));
}

/** A rule's value for each input. */
async function evaluate<T>(
  toolchain: Toolchain,
  template: Template,
  rule: string,
  inputs: readonly object[],
): Promise<readonly T[]> {
  const query = `[value | some one in input; value := data.${template.name}.${rule} with input as one]`;
  const files = sourcesOf(template);
  const outcome = await toolchain.evaluate({ files, query, input: JSON.stringify(inputs) });
  const [value] = outcome.ok ? outcome.values : [];
  const values = value === undefined ? [] : (JSON.parse(value.json) as readonly T[]);
  if (values.length !== inputs.length) throw new Error(`not every input has a value: ${JSON.stringify(outcome)}`);
  return values;
}
