import type { FastifyInstance } from 'fastify';
import { errorMembers, send } from './answer.ts';
import type { DataDeps } from './deps.ts';
import { objectText } from './json-text.ts';
import { urlOf } from './query.ts';

/** A policy is active. */
const isReady = ({ entrypoints, revisions }: DataDeps): boolean =>
  entrypoints().length > 0 && Object.keys(revisions()).length > 0;

/** `GET /health`, as OPA's probes ask for it: with `bundles` or `plugins` it is healthy only once a policy is active. */
export function registerHealth(scope: FastifyInstance, deps: DataDeps): void {
  scope.get('/health', async (request, reply) => {
    const { query } = urlOf(request.raw.url ?? '');
    const plugins = query.flag('plugins') && !query.all('exclude-plugin').includes('bundle');
    const asked = query.flag('bundles') || query.flag('bundle') || plugins;
    if (!asked || isReady(deps)) return await send(reply, 200, objectText([]));
    return await send(reply, 500, objectText([['error', '"no policy is active"']]));
  });
  scope.get('/v1/status', async (request, reply) => {
    const { query } = urlOf(request.raw.url ?? '');
    return await send(reply, 200, objectText([['result', JSON.stringify(statusOf(deps))]]), query);
  });
}

/** https://www.openpolicyagent.org/docs/management-status */
function statusOf(deps: DataDeps): object {
  const bundles = Object.entries(deps.revisions()).map(
    ([name, { revision }]) => [name, { name, active_revision: revision }] as const,
  );
  const logs = deps.log === undefined ? {} : { decision_logs: { metrics: { counter_dropped: deps.log.dropped } } };
  return {
    labels: deps.labels ?? {},
    bundles: Object.fromEntries(bundles),
    plugins: { bundle: { state: isReady(deps) ? 'OK' : 'NOT_READY' } },
    ...logs,
  };
}

const READS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const WRITES = ['PUT', 'PATCH', 'DELETE'] as const;
/** What OPA offers and this does not: policies and data come as bundles, and there is no interpreter for queries. */
export const REFUSED = [
  {
    urls: ['/v1/policies', '/v1/policies/*', '/v1/query', '/v1/compile', '/v1/compile/*', '/v1/config'],
    methods: READS,
  },
  { urls: ['/v1/data', '/v1/data/*'], methods: WRITES },
];

/** Answers 501 before a body is read. */
export function registerRefused(scope: FastifyInstance): void {
  const message = 'not offered: policies and data come as bundles, and only their entrypoints can be asked';
  const refusal = objectText(errorMembers('invalid_operation', message));
  for (const { urls, methods } of REFUSED) {
    for (const url of urls) {
      scope.route({
        url,
        method: [...methods],
        onRequest: async (_request, reply) => await send(reply, 501, refusal),
        handler: (_request, reply) => reply,
      });
    }
  }
}
