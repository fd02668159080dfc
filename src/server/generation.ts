import type { LoadedConfig } from '../config/load.ts';
import { openService, type Service } from '../config/service.ts';
import { warmUp } from '../config/warm-up.ts';
import { VerdictError } from '../errors.ts';
import { Decider, type ServiceLoad } from './decider.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { observed } from './observed.ts';

/** A configuration at work, with its number. */
export interface Generation {
  readonly number: number;
  readonly service: Service;
  readonly decider: Decider;
}

export interface GenerationOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Processors: one of them is left to the event loop. */
  readonly processors: number;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly load: ServiceLoad;
}

/** Whom canaries pass for. */
const SCOPE = { registry: 'registry.example', repository: 'canary', namespace: '', caller: 'gatekeeper' } as const;

/**
 * Builds a configuration and proves it. Throws what is wrong with it, CANARY_ALLOWED for a policy that trusts what nobody
 * vouched for; then nothing is left running.
 */
export async function openGeneration(
  loaded: LoadedConfig,
  number: number,
  { environment, now, processors, metrics, log, load }: GenerationOptions,
): Promise<Generation> {
  const workers = { size: Math.max(1, processors - 1), spares: 1 };
  const service = await openService(loaded, {
    environment,
    workers,
    onRequest: ({ host, status }) => metrics.registryRequest({ host, status }),
  });
  try {
    await prove(service, new Date(now()));
    const { config, policy, means } = service;
    const warm = await warmUp({ config, policy, validate: means.validate, clock: () => performance.now() });
    log.debug({ generation: number, ...warm }, 'warmed up');
    return { number, service, decider: new Decider(observed(service, metrics), { now, metrics, log, load }) };
  } catch (fault) {
    await service.close();
    throw fault;
  }
}

async function prove(service: Service, time: Date): Promise<void> {
  const alarms = await service.canaries({ ...SCOPE, time });
  if (alarms.length === 0) return;
  const names = [...new Set(alarms.map(({ accept, name }) => `${name} (${accept})`))].join(', ');
  throw new VerdictError('CANARY_ALLOWED', `the policy allows made-up evidence that nobody vouched for: ${names}`);
}
