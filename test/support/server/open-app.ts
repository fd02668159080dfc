import type { FastifyInstance } from 'fastify';
import { type AppDeps, buildApp } from '../../../src/server/app.ts';
import { createLogger } from '../../../src/server/log.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import type { Outcome } from '../../../src/server/question.ts';
import type { RatifyForm } from '../../../src/server/ratify/value.ts';
import { FakeDecider, TIME } from './fake-decider.ts';

/** Most keys of a request, and bytes of its body. */
export const KEYS = 5;
export const BODY_BYTES = 4096;

interface More extends Partial<AppDeps> {
  readonly passthrough?: boolean;
  /** Of Ratify's reports. */
  readonly form?: RatifyForm;
}

/** The service's application over a decider that says what it is told to; whoever opens it closes it. */
export function openApp(
  says: Readonly<Record<string, Outcome>>,
  { passthrough = false, form = '1.1.0', ...more }: More = {},
): { readonly app: FastifyInstance; readonly decider: FakeDecider } {
  const decider = new FakeDecider(says);
  const settings = {
    keys: KEYS,
    verifyTimeout: 1000,
    mutateTimeout: 1000,
    passthrough,
    advice: true,
    reportBytes: 4096,
  };
  const metrics = createMetrics();
  const app = buildApp({
    generation: () => 1,
    gatekeeper: { decider: () => decider, settings: () => settings, metrics },
    ratify: { form: () => form, now: () => new Date(TIME) },
    native: { decider: () => decider, settings: () => ({ parameters: ['commit'], deadline: 1000, keys: KEYS }) },
    data: undefined,
    health: { notReady: () => '', metrics },
    metrics,
    log: createLogger({ level: 'silent', write: () => undefined, now: () => new Date(0) }),
    bodyBytes: BODY_BYTES,
    ...more,
  });
  return { app, decider };
}

/** A ProviderRequest. */
export const providerRequest = (...keys: readonly string[]): object => ({
  apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
  kind: 'ProviderRequest',
  request: { keys },
});
