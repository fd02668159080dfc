import type { FastifyRequest } from 'fastify';
import type { DataDeps, Evaluated } from './deps.ts';
import { bounded, evaluatePath } from './evaluation.ts';
import { pathText } from './path.ts';

/** One question to the policy. */
export interface Ask {
  readonly path: readonly string[];
  readonly input: Uint8Array | undefined;
  readonly time: Date;
  readonly caller: Caller;
  /** Shared by all questions of one request. */
  readonly room: Room;
  /** Of the batch that the question is part of. */
  readonly batchId?: string;
}

/** Bytes that results may still take in one answer. */
interface Room {
  left: number;
}

/** Who asks, and when the request came in. */
export interface Caller {
  /** Address and port. */
  readonly requestedBy: string;
  /** Counts the requests of this process. */
  readonly requestId: number;
  /** Milliseconds of the monotonic clock: when the request's body was there, and when its input was read. */
  readonly started: number;
  readonly parsed: number;
}

export interface Decided {
  readonly id: string;
  readonly evaluated: Evaluated;
  /** By OPA's names, nanoseconds. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Evaluates and records. Never throws. */
export async function decide(deps: DataDeps, ask: Ask): Promise<Decided> {
  const { path, input, time, caller, room, batchId } = ask;
  const id = deps.newId();
  const bundles = deps.revisions();
  const began = performance.now();
  const evaluated = bounded(await evaluatePath(deps, path, input, time), room.left);
  if (evaluated.kind === 'result') room.left -= evaluated.json.byteLength;
  const ended = performance.now();
  const metrics = {
    timer_rego_input_parse_ns: nanoseconds(caller.parsed - caller.started),
    timer_rego_query_eval_ns: nanoseconds(ended - began),
    timer_server_handler_ns: nanoseconds(ended - caller.started),
  };
  deps.log?.record({
    labels: deps.labels ?? {},
    decisionId: id,
    ...(batchId === undefined ? {} : { batchDecisionId: batchId }),
    bundles,
    path: pathText(path),
    ...(input === undefined ? {} : { input }),
    ...(evaluated.kind === 'result' ? { result: evaluated.json } : {}),
    ...(evaluated.kind === 'fault' ? { error: evaluated.error.toFacts() } : {}),
    requestedBy: caller.requestedBy,
    timestamp: time,
    metrics,
    requestId: caller.requestId,
  });
  return { id, evaluated, metrics };
}

const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6);

/** The peer of the connection as Go writes it: `127.0.0.1:50000`, `[::1]:50000`. */
export function peerOf({ socket: { remoteAddress = '', remotePort = 0 } }: FastifyRequest): string {
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
