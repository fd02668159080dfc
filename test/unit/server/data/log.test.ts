import { describe, expect, it } from 'vitest';
import { ConsoleLog, type DecisionEvent, eventLine, MAX_RECORDED_BYTES } from '../../../../src/server/data/log.ts';
import { TIME } from './api.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const event = (parts: Partial<DecisionEvent> = {}): DecisionEvent => ({
  labels: { id: 'a', version: '0.1.0' },
  decisionId: 'one',
  bundles: { starter: { revision: 'r1' } },
  path: 'verdict/decision',
  input: bytes('{"a": 1}'),
  result: bytes('{"allow":true,"big":12345678901234567890}'),
  requestedBy: '127.0.0.1:50000',
  timestamp: TIME,
  metrics: { timer_server_handler_ns: 1 },
  requestId: 7,
  ...parts,
});

describe('eventLine', () => {
  it('is one line in the format of OPA, without the input', () => {
    expect(eventLine(event())).toBe(
      '{"labels":{"id":"a","version":"0.1.0"},"decision_id":"one","bundles":{"starter":{"revision":"r1"}},' +
        '"path":"verdict/decision","result":{"allow":true,"big":12345678901234567890},"erased":["/input"],' +
        '"requested_by":"127.0.0.1:50000","timestamp":"2026-11-21T10:00:00.123Z",' +
        '"metrics":{"timer_server_handler_ns":1},"req_id":7}\n',
    );
  });

  it('records inputs where it is told to, on the same line', () => {
    const line = eventLine(event({ input: bytes('{\n "a":\r\n "x y"}') }), { inputs: true });
    expect(line).toContain('"input":{"a":"x y"},');
    expect(line).not.toContain('erased');
    expect(line.indexOf('\n')).toBe(line.length - 1);
  });

  it('leaves out what is too large, and says so', () => {
    const large = bytes(`"${'x'.repeat(MAX_RECORDED_BYTES)}"`);
    const line = JSON.parse(eventLine(event({ input: large, result: large }), { inputs: true }));
    expect(line).toMatchObject({ erased: ['/input', '/result'] });
    expect(line).not.toHaveProperty('input');
    expect(line).not.toHaveProperty('result');
  });

  it('erases nothing where there was nothing', () => {
    const { input: _input, result: _result, ...rest } = event();
    const line = JSON.parse(eventLine(rest));
    expect(Object.keys(line)).not.toContain('erased');
    expect(Object.keys(line)).not.toContain('result');
  });

  it('tells the fault and the batch', () => {
    const error = { code: 'POLICY_TIMEOUT', message: 'slow', retryable: false } as const;
    expect(JSON.parse(eventLine(event({ error, batchDecisionId: 'b' })))).toMatchObject({
      error: { code: 'POLICY_TIMEOUT', message: 'slow' },
      batch_decision_id: 'b',
    });
  });

  it('lets nothing of the caller end the line', () => {
    const line = eventLine(event({ path: 'a\nb', requestedBy: '"\n', bundles: { '\n': { revision: '\n' } } }));
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ path: 'a\nb' });
  });
});

describe('ConsoleLog', () => {
  it('writes each event at once', () => {
    const lines: string[] = [];
    const log = new ConsoleLog((line) => lines.push(line), { inputs: true });
    log.record(event());
    expect(lines).toEqual([eventLine(event(), { inputs: true })]);
    expect(log.dropped).toBe(0);
  });

  it('counts what could not be written', () => {
    const log = new ConsoleLog(() => {
      throw new Error('EPIPE');
    });
    log.record(event());
    log.record(event());
    expect(log.dropped).toBe(2);
  });
});
