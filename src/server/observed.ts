import type { Verifier } from '../verifier.ts';
import type { Metrics } from './metrics.ts';

/** The same verifier, with its time and its best outcome in the metrics. */
export function observed(verifier: Verifier, metrics: Pick<Metrics, 'verifier'>): Verifier {
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
