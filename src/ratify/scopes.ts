/** A scope that cannot be used, by the index of its trust policy. */
export interface ScopeFault {
  readonly index: number;
  readonly message: string;
}

interface Scoped {
  readonly scopes: readonly string[];
}

const SCOPE = /^[a-z0-9.\-:@/]*\*?$/;
const GLOBAL = '*';

/**
 * What Ratify asks of the scopes of cosign's trust policies: references, or prefixes with one `*` at the end, that no
 * two share; `*` alone, once.
 */
export function scopeFaults(policies: readonly Scoped[]): readonly ScopeFault[] {
  const faults: ScopeFault[] = [];
  const seen: string[] = [];
  for (const [index, { scopes }] of policies.entries()) {
    const fault = (message: string): void => void faults.push({ index, message });
    if (scopes.length === 0) fault('give a scope');
    if (scopes.length > 1 && scopes.includes(GLOBAL)) fault('"*" stands alone');
    for (const scope of scopes) {
      const other = seen.find((one) => overlaps(one, scope));
      if (scope === '' || !SCOPE.test(scope)) fault(`${JSON.stringify(scope)} is no reference, nor a prefix with "*"`);
      else if (other !== undefined) fault(`${JSON.stringify(scope)} overlaps with ${JSON.stringify(other)}`);
      seen.push(scope);
    }
  }
  return faults;
}

/** Whether one image could be in both. Beside `*` alone every other scope may stand: it goes before. */
function overlaps(one: string, other: string): boolean {
  if (one === other) return true;
  if (one === GLOBAL || other === GLOBAL) return false;
  const [a, b] = [one, other].map((scope) => scope.replace(/\*$/, '')) as [string, string];
  if (one.endsWith('*') && other.endsWith('*')) return a.startsWith(b) || b.startsWith(a);
  if (one.endsWith('*')) return other.startsWith(a);
  return other.endsWith('*') && one.startsWith(b);
}
