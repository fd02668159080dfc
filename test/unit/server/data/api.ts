import { Buffer } from 'node:buffer';
import fastify, { type FastifyInstance } from 'fastify';
import { VerdictError } from '../../../../src/errors.ts';
import { type DataDeps, type Evaluated, registerData } from '../../../../src/server/data/data.ts';
import type { DecisionEvent, DecisionLog } from '../../../../src/server/data/log.ts';

export const TIME = new Date('2026-11-21T10:00:00.123Z');

export const result = (json: string): Evaluated => ({ kind: 'result', json: Buffer.from(json) });
export const fault = (error = new VerdictError('POLICY_TIMEOUT', 'it took too long')): Evaluated => ({
  kind: 'fault',
  error,
});

/** What a made policy was asked. */
export interface Asked {
  readonly entrypoint: string;
  /** Text of the input; undefined where there was none. */
  readonly input: string | undefined;
  readonly time: Date;
}

/** A log that keeps its events with their bytes as text. */
export class KeptLog implements DecisionLog {
  readonly dropped = 0;
  readonly events: (Omit<DecisionEvent, 'input' | 'result'> & { input?: string; result?: string })[] = [];

  record({ input, result: value, ...event }: DecisionEvent): void {
    this.events.push({
      ...event,
      ...(input === undefined ? {} : { input: Buffer.from(input).toString() }),
      ...(value === undefined ? {} : { result: Buffer.from(value).toString() }),
    });
  }
}

/** What each entrypoint answers to the text of an input. */
type Rules = Readonly<Record<string, (input: string) => Evaluated | Promise<Evaluated>>>;

/** A policy whose entrypoints answer by name; `verdict/decision` answers its input unless told otherwise. */
export function madePolicy(rules: Rules = {}): {
  readonly deps: DataDeps;
  readonly asked: Asked[];
} {
  const all: Rules = { 'verdict/decision': (input: string) => result(input), ...rules };
  const asked: Asked[] = [];
  let ids = 0;
  const deps: DataDeps = {
    entrypoints: () => Object.keys(all),
    evaluate: async (entrypoint, input, time) => {
      const text = input === undefined ? undefined : Buffer.from(input).toString();
      asked.push({ entrypoint, input: text, time });
      // As a policy does: it takes the bytes over.
      if (input?.buffer instanceof ArrayBuffer) structuredClone(input, { transfer: [input.buffer] });
      const rule = Object.entries(all).find(([name]) => name === entrypoint)?.[1];
      return (await rule?.(text ?? 'null')) ?? { kind: 'undefined' };
    },
    revisions: () => ({ starter: { revision: 'r1' } }),
    onFault: () => undefined,
    now: () => TIME,
    newId: () => `id-${++ids}`,
  };
  return { deps, asked };
}

export function appOf(deps: DataDeps): FastifyInstance {
  const app = fastify();
  registerData(app, deps);
  return app;
}

/** A text's answer: its status and its body as text. */
export interface Answered {
  readonly status: number;
  readonly body: string;
  readonly json: unknown;
}

/** Sends a body as it is. */
export async function post(
  app: FastifyInstance,
  url: string,
  payload?: string | Uint8Array,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answered> {
  const body = payload === undefined ? {} : { payload: Buffer.from(payload) };
  const { statusCode, body: text } = await app.inject({ method: 'POST', url, headers, ...body });
  return { status: statusCode, body: text, json: JSON.parse(text) };
}

export async function get(app: FastifyInstance, url: string): Promise<Answered> {
  const { statusCode, body } = await app.inject({ method: 'GET', url });
  return { status: statusCode, body, json: JSON.parse(body) };
}
