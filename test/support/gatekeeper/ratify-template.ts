import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Toolchain } from '../../../src/rego/toolchain.ts';
import type { ExternalData } from './external-data.ts';

/** A ConstraintTemplate with one piece of Rego v0, as Ratify's are. */
interface RatifyTemplate {
  readonly name: string;
  readonly rego: string;
}

/** One request for admission, and what `external_data` returns for exactly these keys of the provider `ratify-provider`. */
export interface RatifyRequest {
  readonly review: object;
  readonly parameters: object;
  readonly keys: readonly string[];
  readonly external_data: ExternalData;
}

export function readRatifyTemplate(path: string): RatifyTemplate {
  const { metadata, spec } = parse(readFileSync(path, 'utf8')) as {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly targets: ReadonlyArray<{ readonly rego: string }> };
  };
  const [target] = spec.targets;
  if (target === undefined) throw new Error(`${path} has no target`);
  return { name: metadata.name, rego: target.rego };
}

/** Whoever asks another provider or for other keys hears so as a system error. */
const SHIM = `package shim

default asks_well(_) = false

asks_well(request) {
	request.provider == "ratify-provider"
	{key | key := request.keys[_]} == {key | key := input.keys[_]}
}

external_data(request) = input.external_data {
	asks_well(request)
}

external_data(request) = {"responses": null, "errors": null, "status_code": 400, "system_error": error} {
	not asks_well(request)
	error := sprintf("asked for %v", [request])
}
`;

/** The messages of the violations that a template finds, for each request. */
export async function violations(
  toolchain: Toolchain,
  { name, rego }: RatifyTemplate,
  requests: readonly RatifyRequest[],
): Promise<ReadonlyArray<readonly string[]>> {
  const files = [
    { path: `${name}.rego`, text: rego.replaceAll(/\bexternal_data\(/g, 'data.shim.external_data(') },
    { path: 'shim.rego', text: SHIM },
  ];
  const query = `[found | one := input[_]; found := [one_found.msg | data.${name}.violation[one_found] with input as one]]`;
  const outcome = await toolchain.evaluate({ files, query, input: JSON.stringify(requests), regoVersion: 0 });
  const [value] = outcome.ok ? outcome.values : [];
  const found = value === undefined ? [] : (JSON.parse(value.json) as ReadonlyArray<readonly string[]>);
  if (found.length !== requests.length) throw new Error(`not every request was judged: ${JSON.stringify(outcome)}`);
  return found;
}
