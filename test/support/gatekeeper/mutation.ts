import { goType, type Item, type ProviderResponse } from './provider-response.ts';

/** `externalData.failurePolicy` of an Assign. */
export type FailurePolicy =
  | { readonly kind: 'Fail' }
  | { readonly kind: 'Ignore' }
  | { readonly kind: 'UseDefault'; readonly default: string };

/** The object after mutation: a value for each location, or the text with which Gatekeeper refuses it (HTTP 500). */
export type Mutation =
  | { readonly ok: true; readonly values: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** What came of the one request: the fault that all locations share, or the items by key. */
export type Resolved =
  | { readonly kind: 'fault'; readonly message: string }
  | { readonly kind: 'items'; readonly items: ReadonlyMap<string, Item> };

/**
 * What Gatekeeper demands of an answer to a mutation.
 * https://github.com/open-policy-agent/gatekeeper/blob/v3.23.1/pkg/mutation/system_external_data.go
 */
export function resolve(response: ProviderResponse, provider: string): Resolved {
  const failed = (why: string): Resolved => ({
    kind: 'fault',
    message: `failed to validate external data response from provider ${provider}: ${why}`,
  });
  const systemError = response.systemError.trim();
  if (systemError !== '') return failed(`non-empty system error: ${systemError}`);
  if (!response.idempotent) return failed('non-idempotent response');
  return { kind: 'items', items: new Map(response.items.map((item) => [item.key, item])) };
}

/** Puts the values where the keys stood. */
export function mutate(
  locations: readonly string[],
  resolved: Resolved,
  provider: string,
  policy: FailurePolicy,
): Mutation {
  const faults = new Set<string>();
  const values = locations.map((key) => {
    const found = valueAt(key, resolved, provider);
    if ('value' in found) return found.value;
    if (policy.kind === 'Fail') faults.add(found.fault);
    return policy.kind === 'UseDefault' ? policy.default : key;
  });
  if (faults.size === 0) return { ok: true, values };
  const texts = [...faults];
  const all = texts.length === 1 ? texts.join('') : `[${texts.join(', ')}]`;
  return { ok: false, message: `failed to resolve external data placeholders: ${all}` };
}

function valueAt(key: string, resolved: Resolved, provider: string): { value: string } | { fault: string } {
  if (resolved.kind === 'fault') return { fault: resolved.message };
  const item = resolved.items.get(key);
  if (item === undefined) return { fault: `failed to find external data item in response for provider ${provider}` };
  const { value, error } = item;
  if (error !== '') return { fault: `failed to retrieve external data item from provider ${provider}: ${error}` };
  if (typeof value === 'string') return { value };
  const type = goType(value);
  return { fault: `failed to convert external data item value from provider ${provider} to string, got type ${type}` };
}
