/** Longest scope taken from a challenge, and most of them: they go into a URL. */
const MAX_SCOPE_LENGTH = 512;
const MAX_SCOPES = 16;

/** `type:name:actions`; the name may hold colons of its own (a host's port). */
const SCOPE = /^([a-z0-9()]+:.+):([a-zA-Z*,]+)$/;
/** Anything else that OAuth 2 allows is handed on as it is. https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** What reading a repository needs. https://distribution.github.io/distribution/spec/auth/scope/ */
export const pullScope = (repository: string): string => `repository:${repository}:pull`;

/** Joins scopes: each resource once, with all actions, in an order of its own so that equal sets are equal texts. */
export function mergeScopes(...lists: ReadonlyArray<readonly string[]>): readonly string[] {
  const resources = new Map<string, Set<string>>();
  for (const scope of lists.flat()) {
    if (scope.length > MAX_SCOPE_LENGTH || !SCOPE_TOKEN.test(scope)) continue;
    const [, resource = scope, actions = ''] = SCOPE.exec(scope) ?? [];
    if (resources.size >= MAX_SCOPES && !resources.has(resource)) continue;
    const known = resources.get(resource) ?? new Set<string>();
    for (const action of actions.split(',')) if (action !== '') known.add(action);
    resources.set(resource, known);
  }
  const written = [...resources].map(([resource, actions]) => [resource, [...actions].sort().join(',')]);
  return written.map((parts) => parts.filter((part) => part !== '').join(':')).sort();
}
