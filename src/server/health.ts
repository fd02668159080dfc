import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';

export interface HealthDeps {
  /** Why it cannot decide now; empty where it can. */
  readonly notReady: () => string;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
}

/** What whoever runs the service asks: does it live, can it decide, what does it do. */
export function registerHealth(app: FastifyInstance, { notReady, metrics }: HealthDeps): void {
  app.get('/livez', async () => 'ok\n');
  app.get('/readyz', async (_request, reply) => {
    const reason = notReady();
    return reason === '' ? 'ok\n' : reply.code(503).send(`${reason}\n`);
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.contentType);
    return await metrics.text();
  });
}
