import { randomBytes } from 'node:crypto';
import {
  type Context,
  createTraceState,
  isSpanContextValid,
  type Span as OtelSpan,
  trace as otel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import type { ErrorCode } from '../errors.ts';
import type { Attributes, Span, TracedStep } from '../trace.ts';
import { parseTraceparent, parseTracestate, type Traceparent, traceparent } from './trace-context.ts';

/** The headers of a request, by lower-case names: its trace is read from `traceparent` and `tracestate`. */
export type TraceHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Where traces begin. */
export interface Tracing {
  /** Whether spans are recorded: then a request's should begin when it comes. */
  readonly isRecorded: boolean;
  /** The trace of a request: its caller's, or a new one. Headers are not read before somebody wants to know. */
  request(headers: TraceHeaders, route: string): Span;
  /** The trace of work that nobody waits for. */
  renewal(): Span;
}

const NAME = 'verdict';

/** The tracer registered with OpenTelemetry; undefined where no SDK is there to record anything. */
export function registeredTracer(): Tracer | undefined {
  const tracer = otel.getTracer(NAME);
  // Without an SDK, spans have no identity. This one is never ended, so it is never exported.
  return isSpanContextValid(tracer.startSpan('start', { root: true }).spanContext()) ? tracer : undefined;
}

/** Traces with spans recorded by `tracer`; without one, traces that only have an identity, which is made when it is asked for. */
export function createTracing(tracer: Tracer | undefined): Tracing {
  if (tracer === undefined) {
    return {
      isRecorded: false,
      request: (headers) => new PlainTrace(headers),
      renewal: () => new PlainTrace({}),
    };
  }
  return {
    isRecorded: true,
    request: (headers, route) => begin(tracer, callersOf(headers), 'request', route),
    renewal: () => begin(tracer, ROOT_CONTEXT, 'renew', ''),
  };
}

/** Random bytes are had many at a time: each time takes longer than the bytes do. */
const POOL_BYTES = 4096;
let pool = Buffer.alloc(0);

function hex(bytes: number): string {
  if (pool.length < bytes) pool = randomBytes(POOL_BYTES);
  const text = pool.subarray(0, bytes).toString('hex');
  pool = pool.subarray(bytes);
  return text;
}

interface Identity extends Omit<Traceparent, 'parentId'> {
  readonly tracestate: string;
}

/** A trace of which nobody here records anything: it and all its steps are one object. */
class PlainTrace implements Span {
  readonly isRecorded = false;
  readonly #headers: TraceHeaders;
  #identity: Identity | undefined;

  constructor(headers: TraceHeaders) {
    this.#headers = headers;
  }

  get traceId(): string {
    return this.#known().traceId;
  }

  headers(): Readonly<Record<string, string>> {
    const { tracestate, ...identity } = this.#known();
    return headersOf({ ...identity, parentId: hex(8) }, tracestate);
  }

  begin(): Span {
    return this;
  }

  set(): void {}

  end(): void {}

  #known(): Identity {
    this.#identity ??= identityOf(this.#headers);
    return this.#identity;
  }
}

function identityOf(headers: TraceHeaders): Identity {
  const parent = parseTraceparent(headers.traceparent);
  if (parent === undefined) return { traceId: hex(16), sampled: false, tracestate: '' };
  const { traceId, sampled } = parent;
  return { traceId, sampled, tracestate: parseTracestate(headers.tracestate) };
}

const headersOf = (parent: Traceparent, tracestate: string): Readonly<Record<string, string>> => ({
  traceparent: traceparent(parent),
  ...(tracestate !== '' && { tracestate }),
});

/** Name, kind, and what `about` is called, of each step. */
const STEPS: Readonly<Record<TracedStep, { readonly name: string; readonly kind: SpanKind; readonly about: string }>> =
  {
    request: { name: 'request', kind: SpanKind.SERVER, about: 'http.route' },
    renew: { name: 'renew', kind: SpanKind.INTERNAL, about: '' },
    decide: { name: 'decide', kind: SpanKind.INTERNAL, about: 'verdict.reference' },
    resolve: { name: 'resolve', kind: SpanKind.INTERNAL, about: 'verdict.reference' },
    gather: { name: 'gather', kind: SpanKind.INTERNAL, about: 'verdict.reference' },
    verify: { name: 'verify', kind: SpanKind.INTERNAL, about: 'verdict.verifier' },
    policy: { name: 'policy', kind: SpanKind.INTERNAL, about: 'verdict.policy' },
    registry: { name: 'registry request', kind: SpanKind.CLIENT, about: 'server.address' },
  };

/** Characters of an attribute: a repository and a digest; callers choose what stands in it. */
const MAX_ATTRIBUTE = 512;

const bounded = <T>(value: T): T | string => (typeof value === 'string' ? value.slice(0, MAX_ATTRIBUTE) : value);

/** The caller's span, if its headers name one. Nobody's baggage is read. */
function callersOf(headers: TraceHeaders): Context {
  const parent = parseTraceparent(headers.traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, parentId: spanId, sampled } = parent;
  const tracestate = parseTracestate(headers.tracestate);
  return otel.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(tracestate !== '' && { traceState: createTraceState(tracestate) }),
  });
}

function begin(tracer: Tracer, parent: Context, step: TracedStep, about: string): Span {
  const { name, kind, about: key } = STEPS[step];
  const attributes = about === '' ? {} : { [key]: bounded(about) };
  const span = tracer.startSpan(name, { kind, attributes }, parent);
  return new RecordedSpan(tracer, otel.setSpan(parent, span), span);
}

class RecordedSpan implements Span {
  readonly #tracer: Tracer;
  readonly #context: Context;
  readonly #span: OtelSpan;

  constructor(tracer: Tracer, context: Context, span: OtelSpan) {
    this.#tracer = tracer;
    this.#context = context;
    this.#span = span;
  }

  get isRecorded(): boolean {
    return this.#span.isRecording();
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  headers(): Readonly<Record<string, string>> {
    const { traceId, spanId: parentId, traceFlags, traceState } = this.#span.spanContext();
    const sampled = (traceFlags & TraceFlags.SAMPLED) === TraceFlags.SAMPLED;
    return headersOf({ traceId, parentId, sampled }, parseTracestate(traceState?.serialize()));
  }

  begin(step: TracedStep, about = ''): Span {
    return begin(this.#tracer, this.#context, step, about);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(
      Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, bounded(value)])),
    );
  }

  end(error?: ErrorCode): void {
    // A request may be answered and broken off: the first counts.
    if (!this.#span.isRecording()) return;
    if (error !== undefined) {
      this.#span.setAttribute('error.type', error);
      this.#span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    }
    this.#span.end();
  }
}
