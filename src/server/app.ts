import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { asVerdictError, VerdictError } from '../errors.ts';
import { type DataDeps, registerData } from './data/data.ts';
import { registerGatekeeper } from './gatekeeper.ts';
import { type HealthDeps, registerHealth } from './health.ts';
import { retryAfter } from './load/shed.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { faultOf, type NativeDeps, registerNative } from './native.ts';
import { readOpenApi, registerOpenApi } from './openapi.ts';
import type { ProviderDeps } from './provider.ts';
import { RATIFY_MUTATE, RATIFY_VERIFY, type RatifyDeps, registerRatify } from './ratify/ratify.ts';
import { registerTraces, traceOf } from './traced.ts';
import { createTracing, type Tracing } from './tracing.ts';

/** What the application is made of. */
export interface AppDeps {
  /** Of both provider interfaces. */
  readonly gatekeeper: ProviderDeps;
  readonly ratify: Omit<RatifyDeps, keyof ProviderDeps>;
  readonly native: NativeDeps;
  /** OPA's Data API; undefined: there is none. */
  readonly data: DataDeps | undefined;
  readonly health: HealthDeps;
  /** Number of the configuration at work; 0: none yet. */
  readonly generation: () => number;
  readonly metrics: Pick<Metrics, 'request'>;
  readonly log: Logger;
  /** Default: every request has a trace, and nobody records it. */
  readonly tracing?: Tracing;
  /** Bytes of one request. */
  readonly bodyBytes: number;
  /** Fastify's `https`; undefined: plain HTTP. */
  readonly https?: object;
}

/**
 * Longer than Gatekeeper keeps an idle connection (90 s): who closes first loses the request that is on its way.
 */
const KEEP_ALIVE = 95_000;
/** Milliseconds for the head of a request, against clients that send it drop by drop. */
const HEADERS_TIMEOUT = KEEP_ALIVE + 5_000;
/** Milliseconds for a whole request. */
const REQUEST_TIMEOUT = 15_000;

const noSchemas = (): never => {
  throw new VerdictError('INTERNAL', 'routes have no schemas: bodies are read where they are used');
};
/** Fastify else loads the compilers of its own, 50 ms and 15 MiB, for nothing. */
const NO_SCHEMAS = { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } };

/** The service as an application that does not listen yet. */
export function buildApp({
  gatekeeper,
  ratify,
  native,
  data,
  health,
  generation,
  metrics,
  log,
  tracing = createTracing(undefined),
  bodyBytes,
  https,
}: AppDeps): FastifyInstance {
  const options = {
    bodyLimit: bodyBytes,
    keepAliveTimeout: KEEP_ALIVE,
    requestTimeout: REQUEST_TIMEOUT,
    http: { headersTimeout: HEADERS_TIMEOUT },
    schemaController: NO_SCHEMAS,
    ...(https === undefined ? {} : { https: { headersTimeout: HEADERS_TIMEOUT, ...https } }),
  } as FastifyServerOptions;
  const app = fastify(options) as unknown as FastifyInstance;
  // Bodies are read strictly where they are used; nobody's prototype is at stake before.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('verdict-generation', generation());
    done();
  });
  registerTraces(app, tracing);
  app.setErrorHandler((thrown, request, reply) => {
    const error = errorOf(thrown);
    const span = traceOf(request);
    if (span.isRecorded) span.set({ 'error.type': error.code });
    if (error.code === 'INTERNAL') log.error({ error, traceId: span.traceId }, 'a request could not be answered');
    const status = statusOf(error);
    if (status === 503) reply.header('retry-after', retryAfter(error));
    reply.code(status).type('application/json').send(faultOf(error));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new VerdictError('NOT_FOUND', `there is nothing at ${request.method} ${request.url.slice(0, 200)}`);
    reply.code(404).type('application/json').send(faultOf(error));
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { url: route = '' } = request.routeOptions;
    const { statusCode: status, elapsedTime: ms } = reply;
    metrics.request(route, status, ms / 1000, PROVIDERS[route]);
    if (log.isDebug) {
      log.debug({ requestId: request.id, route, status, ms, traceId: traceOf(request).traceId }, 'answered');
    }
    done();
  });
  registerHealth(app, health);
  registerOpenApi(app, readOpenApi);
  registerGatekeeper(app, gatekeeper);
  registerRatify(app, { ...gatekeeper, ...ratify });
  registerNative(app, native);
  if (data !== undefined) registerData(app, data);
  return app;
}

/** The same for health alone: what a kubelet and a scraper reach. */
export function buildHealthApp(health: HealthDeps): FastifyInstance {
  const app = fastify({ bodyLimit: 1, requestTimeout: REQUEST_TIMEOUT, schemaController: NO_SCHEMAS });
  registerHealth(app, health);
  return app;
}

const PROVIDERS: Readonly<Record<string, 'verification' | 'mutation'>> = {
  '/v1/gatekeeper/validate': 'verification',
  '/v1/gatekeeper/mutate': 'mutation',
  [RATIFY_VERIFY]: 'verification',
  [RATIFY_MUTATE]: 'mutation',
};

/** Fastify's own faults are the client's: too large, too slow, not HTTP. */
function errorOf(thrown: unknown): VerdictError {
  const { statusCode, message } = thrown as { statusCode?: number; message?: string };
  if (statusCode === 413) return new VerdictError('LIMIT_EXCEEDED', 'the request is too large (server.bodyBytes)');
  if (statusCode !== undefined && statusCode < 500) return new VerdictError('USAGE', message ?? 'not understood');
  return asVerdictError(thrown);
}

function statusOf({ code, retryable }: VerdictError): number {
  if (code === 'USAGE' || code === 'REFERENCE_INVALID') return 400;
  if (code === 'NOT_FOUND') return 404;
  if (code === 'LIMIT_EXCEEDED' && !retryable) return 413;
  return retryable ? 503 : 500;
}
