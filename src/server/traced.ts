import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Span } from '../trace.ts';
import type { Tracing } from './tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    readonly tracing: Tracing;
    /** Null until somebody asked; {@link traceOf} is the way to ask. */
    ownTrace: Span | null;
  }
}

/** Routes that nobody wants to see in traces: they are asked every few seconds. */
const UNSEEN: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics', '/health']);

/** The trace of a request: its caller's, or a new one. */
export function traceOf(request: FastifyRequest): Span {
  request.ownTrace ??= request.tracing.request(request.headers, request.routeOptions.url ?? '');
  return request.ownTrace;
}

/** Gives every request of an application a trace. It is made when somebody asks for it, and at once where it is recorded. */
export function registerTraces(app: FastifyInstance, tracing: Tracing): void {
  app.decorateRequest('tracing', { getter: () => tracing });
  app.decorateRequest('ownTrace', null);
  if (!tracing.isRecorded) return;
  const isSeen = ({ routeOptions }: FastifyRequest): boolean => !UNSEEN.has(routeOptions.url ?? '');
  app.addHook('onRequest', (request, _reply, done) => {
    if (isSeen(request)) traceOf(request).set({ 'http.request.method': request.method });
    done();
  });
  app.addHook('onResponse', (request, { statusCode }, done) => {
    if (isSeen(request)) {
      const span = traceOf(request);
      span.set({ 'http.response.status_code': statusCode });
      span.end();
    }
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    if (isSeen(request)) traceOf(request).end();
    done();
  });
}
