import { parentPort } from 'node:worker_threads';
import { BUILTINS } from '../builtins/table.ts';
import { canonicalJson } from '../builtins/value.ts';
import { readDecision } from '../decision.ts';
import { VerdictError } from '../errors.ts';
import { faultOf } from './faults.ts';
import { Host } from './host.ts';
import { bytesOf, KEPT_BYTES, type Pages } from './memory.ts';
import type { Answered, Program, Request, Response } from './protocol.ts';
import { plainOf } from './result.ts';

/** Most instances kept: more policies than this are rarely active at once, and making one again takes half a millisecond. */
const MAX_WARM = 16;

interface Warm {
  readonly host: Host;
  readonly pages: Pages;
}

const programs = new Map<number, Program>();
/** Instances that can be used again, those used longest ago first. */
const warm = new Map<number, Warm>();

function take(id: number, pages: Pages): Warm {
  const kept = warm.get(id);
  warm.delete(id);
  if (kept?.pages.maximum === pages.maximum && kept.pages.initial >= pages.initial) return kept;
  const program = programs.get(id);
  if (program === undefined) throw new VerdictError('INTERNAL', `the worker has no program ${id}`);
  return { host: new Host(program.module, { pages, data: program.data, builtins: BUILTINS }), pages };
}

/** Whether the instance is kept for the next evaluation. */
function keep(id: number, used: Warm): boolean {
  if (used.host.usedBytes - used.host.residentBytes > KEPT_BYTES) return false;
  warm.set(id, used);
  for (const oldest of warm.keys()) {
    if (warm.size <= MAX_WARM) break;
    warm.delete(oldest);
  }
  return true;
}

function answer(request: Exclude<Request, { kind: 'forget' }>, { host }: Warm): Answered {
  if (request.kind === 'inspect') {
    return { kind: 'facts', entrypoints: [...host.entrypoints.keys()], missing: host.missing };
  }
  const entrypoints = request.entrypoints.map((name) => {
    const id = host.entrypoints.get(name);
    if (id === undefined) throw new VerdictError('POLICY_MISSING', `the policy has no entrypoint ${name}`);
    return id;
  });
  const values = host.evaluate({ ...request, entrypoints });
  if (request.answer === 'values') {
    return { kind: 'values', values: values.map((value) => (value === undefined ? undefined : canonicalJson(value))) };
  }
  const [value] = values;
  return {
    kind: 'decision',
    decision: readDecision(value === undefined ? undefined : plainOf(value), request.metadata),
  };
}

function respond(request: Exclude<Request, { kind: 'forget' }>): Response {
  if (request.load !== undefined) programs.set(request.load.id, request.load);
  let spent = false;
  let answered: Answered;
  try {
    const instance = take(request.program, request.pages);
    // Only an instance that answered is kept: after a fault its state is not to be trusted.
    answered = answer(request, instance);
    spent = !keep(request.program, instance);
  } catch (thrown) {
    const { code, message } = faultOf(thrown);
    answered = { kind: 'fault', code, message };
    spent = code === 'POLICY_MEMORY' || bytesOf(request.pages.initial) > KEPT_BYTES;
  }
  const held = warm.values().reduce((sum, { host }) => sum + host.usedBytes, 0);
  return { kind: 'answer', answer: answered, held, spent };
}

parentPort?.on('message', (request: Request) => {
  if (request.kind === 'forget') {
    programs.delete(request.program);
    warm.delete(request.program);
  } else {
    parentPort?.postMessage(respond(request));
  }
});
parentPort?.postMessage({ kind: 'ready' } satisfies Response);
