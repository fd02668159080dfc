import { goSyntaxError } from './go-json.ts';

/** One element of an answer; what is absent or null is Go's zero value. */
export interface Item {
  readonly key: string;
  /** Any JSON; `null` where there is none. */
  readonly value: unknown;
  readonly error: string;
}

/** https://github.com/open-policy-agent/frameworks/blob/e1eaa1bf6d62/constraint/pkg/externaldata/response.go */
export interface ProviderResponse {
  readonly idempotent: boolean;
  readonly items: readonly Item[];
  readonly systemError: string;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads a provider's answer as Gatekeeper does: any status, `apiVersion` and `kind` unchecked, names in any case,
 * unknown ones ignored. Throws an Error with Go's words where encoding/json refuses it.
 */
export function decodeProviderResponse(body: Uint8Array): ProviderResponse {
  let fault: string | undefined;
  const complain = (what: string, where: string): void => {
    fault ??= `json: cannot unmarshal ${what} into Go ${where}`;
  };
  const top = structOf(parse(body), 'value of type externaldata.ProviderResponse', complain);
  stringOf(top('apiVersion'), 'struct field ProviderResponse.apiVersion of type string', complain);
  stringOf(top('kind'), 'struct field ProviderResponse.kind of type externaldata.ProviderKind', complain);
  const field = (name: string, type: string): string => `struct field Response.response.${name} of type ${type}`;
  const response = structOf(
    top('response'),
    'struct field ProviderResponse.response of type externaldata.Response',
    complain,
  );
  const idempotent = response('idempotent') ?? false;
  if (typeof idempotent !== 'boolean') complain(kindOf(idempotent), field('idempotent', 'bool'));
  const items = itemsOf(response('items') ?? [], field, complain);
  const systemError = stringOf(response('systemError'), field('systemError', 'string'), complain);
  if (fault !== undefined) throw new Error(fault);
  return { idempotent: idempotent === true, items, systemError };
}

type Complain = (what: string, where: string) => void;

function itemsOf(value: unknown, field: (name: string, type: string) => string, complain: Complain): readonly Item[] {
  if (!Array.isArray(value)) {
    complain(kindOf(value), field('items', '[]externaldata.Item'));
    return [];
  }
  return value.map((element: unknown) => {
    const item = structOf(element, field('items', 'externaldata.Item'), complain);
    const text = (name: string): string =>
      stringOf(item(name), `struct field Item.response.items.${name} of type string`, complain);
    const given = item('value') ?? null;
    const large = given === null ? undefined : outOfRange(given);
    if (large !== undefined) complain(large, 'struct field Item.response.items.value of type float64');
    return { key: text('key'), value: given, error: text('error') };
  });
}

/** A number that no double holds, as JSON.parse leaves it; Go names its text. */
class Large {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

function outOfRange(value: unknown): string | undefined {
  if (value instanceof Large) return `number ${value.source}`;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.values(value)
    .map(outOfRange)
    .find((found) => found !== undefined);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(body), revive);
  } catch (cause) {
    throw new Error(goSyntaxError(body) ?? String(cause), { cause });
  }
}

/** `source` is a number's text. */
function revive(_key: string, value: unknown, { source = '' }: { readonly source?: string } = {}): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  return typeof value === 'number' && !Number.isFinite(value) ? new Large(source) : value;
}

/** A getter of the fields of an object: the exact name, else one that differs in case only. */
function structOf(value: unknown, where: string, complain: Complain): (name: string) => unknown {
  if (value === null || value === undefined) return () => undefined;
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Large) {
    complain(kindOf(value), where);
    return () => undefined;
  }
  const fields = new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown]));
  return (name) =>
    Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : fields.get(name.toLowerCase());
}

function stringOf(value: unknown, where: string, complain: Complain): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  complain(kindOf(value), where);
  return '';
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value instanceof Large) return 'number';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** How Go's `%T` calls a value that encoding/json made. */
export function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' ? 'float64' : 'string';
}
