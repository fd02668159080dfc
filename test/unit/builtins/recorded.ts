import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** One call that OPA answered: arguments and result as Rego text, null for undefined. */
export interface RecordedCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly want: string | null;
}

const FIXTURES = new URL('../../fixtures/opa-suite/', import.meta.url);

export function fixture(name: string): string {
  const bytes = readFileSync(new URL(name, FIXTURES));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The calls of a recording, by built-in. */
export function recordedCalls(name: string): ReadonlyMap<string, readonly RecordedCall[]> {
  const lines = fixture(name).split('\n');
  const calls = lines.filter((line) => line !== '').map(toCall);
  return Map.groupBy(calls, ({ name: builtin }) => builtin);
}

function toCall(line: string): RecordedCall {
  const call: unknown = JSON.parse(line);
  if (!Array.isArray(call)) throw new Error('a recorded call is a list');
  const [name, args, want] = call as [string, string[], string | null];
  return { name, args, want };
}
