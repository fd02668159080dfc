import type { Service } from '../config/service.ts';
import type { Verifier } from '../verifier.ts';
import type { Metrics } from './metrics.ts';

/** A service whose verifiers are measured. */
export const observed = (service: Service, metrics: Metrics): Service => ({
  ...service,
  means: { ...service.means, verifiers: service.means.verifiers.map((verifier) => measured(verifier, metrics)) },
});

/** Decorator: the same verifier, with its time and its best outcome in the metrics. */
function measured(verifier: Verifier, metrics: Metrics): Verifier {
  const { name, type } = verifier;
  return {
    name,
    type,
    accepts: (exhibit) => verifier.accepts(exhibit),
    verify: async (exhibit, time) => {
      const started = performance.now();
      const testimonies = await verifier.verify(exhibit, time);
      const outcomes = new Set(testimonies.map(({ report }) => report.outcome));
      const outcome = BEST_FIRST.find((one) => outcomes.has(one)) ?? 'errored';
      metrics.verifier({ name, outcome, seconds: (performance.now() - started) / 1000 });
      return testimonies;
    },
  };
}

const BEST_FIRST = ['verified', 'present', 'failed', 'errored'] as const;
