import type { LoadedConfig } from '../config/load.ts';
import { openService, type Service } from '../config/service.ts';
import { warmUp } from '../config/warm-up.ts';
import { VerdictError } from '../errors.ts';
import { Decider, type ServiceLoad } from './decider.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { observed } from './observed.ts';
import type { Tracing } from './tracing.ts';

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
  readonly tracing: Tracing;
  readonly load: ServiceLoad;
}

/**
 * Builds a configuration and proves it. Throws what is wrong with it, CANARY_ALLOWED for a policy of Verdict's own
 * convention that trusts what nobody vouched for; then nothing is left running.
 */
export async function openGeneration(
  loaded: LoadedConfig,
  number: number,
  { environment, now, processors, metrics, log, tracing, load }: GenerationOptions,
): Promise<Generation> {
  const workers = { size: Math.max(1, processors - 1), spares: 1 };
  const service = await openService(loaded, {
    environment,
    workers,
    onRequest: ({ host, status }) => metrics.registryRequest({ host, status }),
    observe: (verifier) => observed(verifier, metrics),
    onCache: (cache, event) => metrics.cache(cache, event),
    onCacheFault: (error) => log.warn({ error: error.toFacts() }, 'content cannot be kept on the disk'),
    now,
  });
  try {
    await prove(service, new Date(now()), log);
    const { policy, means } = service.everybody;
    const clock = (): number => performance.now();
    const warm = await warmUp({ config: service.config, policy, validate: means.validate, clock });
    log.debug({ generation: number, ...warm }, 'warmed up');
    return { number, service, decider: new Decider(service, { generation: number, now, metrics, log, tracing, load }) };
  } catch (fault) {
    await service.close();
    throw fault;
  }
}

/** A policy written for something else runs as it did there: what it lets pass is told of, not refused. */
async function prove({ sides }: Service, time: Date, log: Logger): Promise<void> {
  const faults = await Promise.all(
    sides.map(async ({ policy, canaries, convention, example }) => {
      const alarms = await canaries({ ...example, caller: 'gatekeeper', time });
      if (alarms.length === 0) return [];
      const names = [...new Set(alarms.map(({ accept, name }) => `${name} (${accept})`))].join(', ');
      const message = `the policy ${policy.info.name} allows made-up evidence that nobody vouched for: ${names}`;
      switch (convention) {
        case 'verdict':
          return [message];
        case 'ratify':
          log.warn({ code: 'CANARY_ALLOWED' }, message);
          return [];
      }
    }),
  );
  const all = faults.flat();
  if (all.length > 0) throw new VerdictError('CANARY_ALLOWED', all.join('; '));
}
