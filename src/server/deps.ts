import { randomUUID } from 'node:crypto';
import { packageVersion } from '../config/resources.ts';
import type { Service } from '../config/service.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import type { AppDeps } from './app.ts';
import type { DataDeps, Evaluated } from './data/data.ts';
import type { Generations } from './generations.ts';
import type { HealthDeps } from './health.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { RatifyForm } from './ratify/value.ts';
import { traceOf } from './traced.ts';
import type { Tracing } from './tracing.ts';

/** What the parts of the application have in common. */
export interface Parts {
  readonly generations: Pick<Generations, 'current' | 'atWork'>;
  readonly health: HealthDeps;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly data: Pick<DataDeps, 'bodyBytes' | 'log'>;
}

/** What the routes work with: each request with the configuration that is at work when it comes. */
export function depsOf(parts: Parts): Omit<AppDeps, 'bodyBytes' | 'https'> {
  const { generations, health, metrics, tracing, log, now } = parts;
  const decider = (): Generations['atWork']['decider'] => generations.atWork.decider;
  const config = (): Config => generations.atWork.service.config;
  return {
    generation: () => generations.current?.number ?? 0,
    gatekeeper: { decider, settings: () => config().server, metrics },
    ratify: { form: () => formOf(config()), now: () => new Date(now()) },
    native: { decider, settings: () => ({ ...config().server, deadline: config().limits.deadline }) },
    data: dataDepsOf(parts),
    health,
    metrics,
    log,
    tracing,
  };
}

function dataDepsOf({ generations, log, now, data }: Parts): DataDeps {
  const policy = (): Policy => generations.atWork.service.everybody.policy;
  return {
    entrypoints: () => policy().entrypoints,
    evaluate: (entrypoint, input, time) => evaluateOnce(policy(), entrypoint, input, time),
    revisions: () => ({ [policy().info.name]: { revision: policy().info.revision } }),
    onFault: (thrown, request) => {
      const fields = { error: asVerdictError(thrown), traceId: traceOf(request).traceId };
      log.error(fields, 'a request could not be answered');
    },
    now: () => new Date(now()),
    newId: randomUUID,
    labels: { id: randomUUID(), version: packageVersion() },
    ...data,
  };
}

type Policy = Service['everybody']['policy'];

/** The form of the reports that a policy makes for Ratify's clients. */
const formOf = ({ policy: { convention, config } }: Config): RatifyForm =>
  convention === 'ratify' && config.kind === 'config' ? '0.2.0' : '1.1.0';

/** What a policy is given where a caller sends no input. */
const NO_INPUT = Buffer.from('null');

async function evaluateOnce(
  policy: Policy,
  entrypoint: string,
  input: Uint8Array | undefined,
  time: Date,
): Promise<Evaluated> {
  const answer = await policy.evaluate([entrypoint], { input: input ?? new Uint8Array(NO_INPUT), time });
  if (answer.kind === 'fault') return { kind: 'fault', error: new VerdictError(answer.code, answer.message) };
  const [value] = answer.values;
  return value === undefined ? { kind: 'undefined' } : { kind: 'result', json: Buffer.from(value) };
}
