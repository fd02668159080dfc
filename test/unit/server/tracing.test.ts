import { trace } from '@opentelemetry/api';
import { AlwaysOffSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { createTracing, registeredTracer } from '../../../src/server/tracing.ts';
import { within } from '../../../src/trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const CALLER = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };

function recorded(options: object = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })], ...options });
  return { tracing: createTracing(provider.getTracer('test')), spans: () => exporter.getFinishedSpans() };
}

describe('a trace that nobody records', () => {
  const tracing = createTracing(undefined);

  it('is its caller’s, with a new span for every request, whatever the step', () => {
    const span = tracing.request(CALLER, '/v1/verify').begin('decide').begin('registry', 'r.example');
    const [one, other] = [span.headers(), span.headers()];
    expect(span.traceId).toBe(TRACE);
    for (const { traceparent, tracestate } of [one, other]) {
      expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!${PARENT})[0-9a-f]{16}-01$`));
      expect(tracestate).toBe('vendor=1');
    }
    expect(one.traceparent).not.toBe(other.traceparent);
  });

  it.each([
    {},
    { traceparent: 'nonsense', tracestate: 'vendor=1' },
    { traceparent: `00-${TRACE}-${PARENT}-01`.repeat(99) },
  ])('is a new one where the caller says %j, and its tracestate stays behind', (headers) => {
    const span = tracing.request(headers, '');
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.traceId).not.toBe(TRACE);
    expect(span.traceId).toBe(span.begin('decide').traceId);
    expect(span.headers()).toEqual({
      traceparent: expect.stringMatching(new RegExp(`^00-${span.traceId}-[0-9a-f]{16}-00$`)),
    });
    expect(tracing.request(headers, '').traceId).not.toBe(span.traceId);
  });

  it('makes nothing for its steps, and reads no header before somebody asks', () => {
    const headers = {
      get traceparent(): string {
        throw new Error('it was read');
      },
    };
    const span = tracing.request(headers, '/v1/verify');
    expect(span.begin('decide', 'r.example/app')).toBe(span);
    span.end();
    expect(() => span.traceId).toThrow('it was read');
  });
});

describe('a trace that is recorded', () => {
  it('goes on from its caller, and requests name the step that makes them', () => {
    const { tracing, spans } = recorded();
    const request = tracing.request(CALLER, '/v1/verify');
    const step = request.begin('registry', 'r.example');
    const { traceparent = '', tracestate } = step.headers();
    step.end();
    request.end();
    const [child, root] = spans();
    expect(root?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PARENT, isRemote: true });
    expect(child?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
    expect(traceparent).toBe(`00-${TRACE}-${child?.spanContext().spanId}-01`);
    expect(tracestate).toBe('vendor=1');
  });

  it('has the code of what was thrown, once', async () => {
    const { tracing, spans } = recorded();
    const root = tracing.renewal();
    const failing = within(root, 'policy', 'main', async () => {
      throw new VerdictError('POLICY_TIMEOUT', 'a secret in a message');
    });
    await expect(failing).rejects.toMatchObject({ code: 'POLICY_TIMEOUT' });
    root.end();
    root.end('INTERNAL');
    const [policy, renewal] = spans();
    expect(policy).toMatchObject({
      status: { code: 2, message: 'POLICY_TIMEOUT' },
      attributes: { 'error.type': 'POLICY_TIMEOUT' },
    });
    expect(JSON.stringify([policy?.attributes, policy?.events])).not.toContain('secret');
    expect(renewal?.status.code).toBe(0);
    expect(spans()).toHaveLength(2);
  });

  it('has attributes of bounded length', () => {
    const { tracing, spans } = recorded();
    const span = tracing.request({}, 'x'.repeat(10_000));
    span.set({ 'verdict.code': 'y'.repeat(10_000), 'verdict.allow': true });
    span.end();
    const { attributes } = spans()[0] ?? { attributes: {} };
    expect(Object.values(attributes).map((value) => String(value).length)).toEqual([512, 512, 4]);
  });

  it('that is not sampled is told on as it is, and records nothing', () => {
    const { tracing, spans } = recorded({ sampler: new AlwaysOffSampler() });
    const span = tracing.request(CALLER, '/v1/verify');
    expect(span.isRecorded).toBe(false);
    expect(span.traceId).toBe(TRACE);
    expect(span.headers().traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    span.end();
    expect(spans()).toEqual([]);
  });
});

describe('the tracer', () => {
  it('is that of the SDK that is registered, and there is none without one', () => {
    expect(registeredTracer()).toBeUndefined();
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    trace.setGlobalTracerProvider(provider);
    try {
      const tracer = registeredTracer();
      expect(exporter.getFinishedSpans()).toEqual([]);
      createTracing(tracer).request({}, '/v1/verify').end();
      expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['request']);
    } finally {
      trace.disable();
    }
  });
});
