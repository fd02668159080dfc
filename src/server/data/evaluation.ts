import { asVerdictError, VerdictError } from '../../errors.ts';
import { scanJson } from '../../json.ts';
import { type DataDeps, type Evaluated, MAX_ANSWER_BYTES, MAX_PACKAGE_ENTRYPOINTS, MAX_STEPS } from './deps.ts';
import { type JsonMember, objectText } from './json-text.ts';
import { type PackageMember, type Selection, select } from './path.ts';

type Evaluate = Pick<DataDeps, 'entrypoints' | 'evaluate'>;

/**
 * What a path is worth over an input. A package is the object of those of its entrypoints that are defined, as OPA
 * answers; base data, which OPA adds, is not: it may hold what the operator configured. A fault of one is a fault of all.
 */
export async function evaluatePath(
  deps: Evaluate,
  path: readonly string[],
  input: Uint8Array | undefined,
  time: Date,
): Promise<Evaluated> {
  const selection = select(deps.entrypoints(), path);
  switch (selection.kind) {
    case 'missing':
      return { kind: 'undefined' };
    case 'entrypoint':
      return evaluateInto(deps, selection, input, time);
    case 'package':
      return evaluatePackage(deps, selection.members, input, time);
  }
}

/** What stands in an entrypoint's value at the rest of a path. Only objects have names: sets look like arrays in JSON. */
async function evaluateInto(
  deps: Evaluate,
  { name, rest }: Extract<Selection, { kind: 'entrypoint' }>,
  input: Uint8Array | undefined,
  time: Date,
): Promise<Evaluated> {
  if (rest.length > MAX_STEPS) {
    const message = `the path leads ${rest.length} names into the value of ${name}, of at most ${MAX_STEPS}: ask for a shorter one`;
    return { kind: 'fault', error: new VerdictError('LIMIT_EXCEEDED', message) };
  }
  const evaluated = await evaluateOne(deps, name, input, time);
  return evaluated.kind === 'result' ? within(evaluated.json, rest) : evaluated;
}

function within(value: Uint8Array, rest: readonly string[]): Evaluated {
  let json = value;
  try {
    for (const name of rest) {
      const member = scanJson(json, 'the result of the policy').members.get(name);
      if (member === undefined) return { kind: 'undefined' };
      json = json.subarray(member.start, member.end);
    }
    return { kind: 'result', json };
  } catch (thrown) {
    return { kind: 'fault', error: asVerdictError(thrown) };
  }
}

async function evaluateOne(
  { evaluate }: Evaluate,
  name: string,
  input: Uint8Array | undefined,
  time: Date,
): Promise<Evaluated> {
  try {
    // Bytes of its own: a policy takes the buffer over, and this one is shared with the log and further entrypoints.
    const own = input === undefined ? undefined : new Uint8Array(input);
    return bounded(await evaluate(name, own, time), MAX_ANSWER_BYTES);
  } catch (thrown) {
    return { kind: 'fault', error: asVerdictError(thrown) };
  }
}

/** A result, unless it is larger than an answer may be. */
export function bounded(evaluated: Evaluated, limit: number): Evaluated {
  if (evaluated.kind !== 'result' || evaluated.json.byteLength <= limit) return evaluated;
  const message = `the result of the policy is larger than an answer may be (${MAX_ANSWER_BYTES} bytes for all results)`;
  return { kind: 'fault', error: new VerdictError('LIMIT_EXCEEDED', message) };
}

async function evaluatePackage(
  deps: Evaluate,
  members: readonly PackageMember[],
  input: Uint8Array | undefined,
  time: Date,
): Promise<Evaluated> {
  if (members.length > MAX_PACKAGE_ENTRYPOINTS) {
    const message = `the path names ${members.length} entrypoints, of which at most ${MAX_PACKAGE_ENTRYPOINTS} are evaluated at once: ask for one`;
    return { kind: 'fault', error: new VerdictError('LIMIT_EXCEEDED', message) };
  }
  const root: Tree = new Map();
  for (const { name, segments } of members) {
    const evaluated = await evaluateOne(deps, name, input, time);
    if (evaluated.kind === 'fault') return evaluated;
    place(root, segments, evaluated);
  }
  return bounded({ kind: 'result', json: treeText(root) }, MAX_ANSWER_BYTES);
}

type Tree = Map<string, Tree | Uint8Array>;

/** Packages stand in the tree even if nothing in them is defined. */
function place(root: Tree, segments: readonly string[], evaluated: Evaluated): void {
  let tree = root;
  for (const segment of segments.slice(0, -1)) {
    const known = tree.get(segment);
    const next: Tree = known instanceof Map ? known : new Map();
    tree.set(segment, next);
    tree = next;
  }
  const last = segments.at(-1);
  if (evaluated.kind === 'result' && last !== undefined) tree.set(last, evaluated.json);
}

function treeText(tree: Tree): Uint8Array {
  const members = [...tree].map(([name, value]): JsonMember => [name, value instanceof Map ? treeText(value) : value]);
  return objectText(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
