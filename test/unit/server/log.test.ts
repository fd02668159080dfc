import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { createLineWriter } from '../../../src/server/line-writer.ts';
import { createLogger, type LogLevel } from '../../../src/server/log.ts';
import { parseTraceparent } from '../../../src/server/trace-context.ts';

const NOW = new Date('2026-11-21T10:00:00.000Z');

function logger(level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, write: (line) => lines.push(line), now: () => NOW }) };
}

function logged(fields: Record<string, unknown>, message = 'm'): { line: string; value: Record<string, unknown> } {
  const { lines, log } = logger();
  log.info(fields, message);
  const [line = ''] = lines;
  return { line, value: JSON.parse(line) };
}

describe('the log', () => {
  it('is one JSON object a line, with time, level and message first', () => {
    const { line } = logged({ requestId: 'r1', traceId: 't1', count: 3, ok: true, none: null }, 'decided');
    expect(line).toBe(
      '{"time":"2026-11-21T10:00:00.000Z","level":"info","msg":"decided","requestId":"r1","traceId":"t1","count":3,"ok":true,"none":null}\n',
    );
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('at level %s writes %s', (level, expected) => {
    const { lines, log } = logger(level);
    for (const own of ['debug', 'info', 'warn', 'error'] as const) log[own]({}, 'm');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
  });

  it('has the fields of a child on each of its lines, and on no other', () => {
    const { lines, log } = logger();
    const child = log.child({ requestId: 'r1' }).child({ traceId: 't1' });
    child.warn({ requestId: 'r2' }, 'm');
    log.warn({}, 'm');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ requestId: 'r2', traceId: 't1' });
    expect(JSON.parse(lines[1] ?? '')).not.toHaveProperty('traceId');
  });

  it('lets no field replace time, level or message', () => {
    const { line, value } = logged({ level: 'debug', msg: 'forged', time: 'never', other: 1 });
    expect(value).toEqual({ time: NOW.toISOString(), level: 'info', msg: 'm', other: 1 });
    expect(line.match(/"level"/g)).toHaveLength(1);
  });

  it('escapes everything that could end a line or turn the text around', () => {
    const hostile = 'a\r\n{"level":"error"}\u0000\u001b[2J\u007f\u0085\u2028\u2029\u202e\u2066\u200f\ufeff\ud800z';
    const { line, value } = logged({ [hostile]: hostile, list: [hostile], err: new Error(hostile) }, hostile);
    expect(line.endsWith('\n')).toBe(true);
    expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line.slice(0, -1))).toBe(false);
    expect(value.msg).toBe(hostile);
    expect(value.list).toEqual([hostile]);
  });

  it('writes no payload: neither bytes nor the inside of errors', () => {
    const error = Object.assign(new VerdictError('NOT_FOUND', 'nothing'), { headers: { authorization: 'secret' } });
    const { line, value } = logged({ body: Buffer.from('secret'), view: new Uint8Array(7), err: error });
    expect(line).not.toContain('secret');
    expect(value).toMatchObject({
      body: '[6 bytes]',
      view: '[7 bytes]',
      err: { code: 'NOT_FOUND', message: 'nothing' },
    });
  });

  it('gives the stack of an error that nobody foresaw, and the cause of every one', () => {
    const { value } = logged({ err: new VerdictError('INTERNAL', 'outer', { cause: new TypeError('inner') }) });
    expect(value.err).toMatchObject({ code: 'INTERNAL', cause: { name: 'TypeError', message: 'inner' } });
    expect(value.err).not.toHaveProperty('stack');
    expect((value.err as { cause: { stack: string } }).cause.stack).toContain('log.test.ts');
  });

  it('takes values that JSON has not', () => {
    const cycle: Record<string, unknown> = { big: 1n, nan: Number.NaN, day: NOW, bad: new Date(Number.NaN) };
    cycle.self = cycle;
    const { value } = logged({
      cycle,
      call: () => 1,
      symbol: Symbol('s'),
      missing: undefined,
      get trap(): string {
        throw new Error('trap');
      },
      json: {
        toJSON() {
          throw new Error('toJSON');
        },
      },
    });
    expect(value).toMatchObject({
      cycle: { big: '1', nan: 'NaN', day: NOW.toISOString(), bad: '[invalid date]' },
      call: '[function]',
      trap: '[unreadable]',
      symbol: '[symbol]',
    });
    expect(value).not.toHaveProperty('missing');
  });

  it('bounds texts, lists, depth and the line', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 'x'.repeat(9000) : Array(99).fill(nested(depth - 1)));
    for (const fields of [
      { text: 'x'.repeat(1e6) },
      { list: Array(1e5).fill('x') },
      { nested: nested(3) },
      Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 'x'.repeat(5000)])),
      { controls: '\u0000'.repeat(1e5) },
      { ['k'.repeat(1e6)]: 1 },
    ]) {
      const { line, value } = logged({ ...fields, last: 1 });
      expect(line.length).toBeLessThanOrEqual(16 * 1024);
      expect(value.msg).toBe('m');
    }
    expect(logged({}, '\u0000'.repeat(1e6)).line.length).toBeLessThan(32 * 1024);
  });

  it('never throws for its output', () => {
    const log = createLogger({
      level: 'info',
      now: () => NOW,
      write: () => {
        throw new Error('EPIPE');
      },
    });
    expect(() => log.error({}, 'm')).not.toThrow();
  });
});

describe('the line writer', () => {
  const dropped = (count: number): string => `${count} dropped\n`;

  it('drops lines for a reader that does not read, and says how many when it reads again', async () => {
    const stream = new PassThrough({ highWaterMark: 1024 });
    const writer = createLineWriter(stream, dropped);
    const line = `${'x'.repeat(1023)}\n`;
    for (let index = 0; index < 3000; index++) writer.write(line);
    expect(writer.dropped).toBeGreaterThan(1000);
    expect(stream.writableLength).toBeLessThan(2 * 1024 * 1024);
    const missing = writer.dropped;
    const read: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => read.push(chunk));
    await once(stream, 'drain');
    writer.write('again\n');
    stream.end();
    await once(stream, 'end');
    expect(Buffer.concat(read).toString()).toMatch(new RegExp(`x\n${missing} dropped\nagain\n$`));
    expect(writer.dropped).toBe(missing);
  });

  it('survives a stream that fails, throws or is closed', async () => {
    const failing = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const first = createLineWriter(failing, dropped);
    first.write('a\n');
    await new Promise((resolve) => failing.once('close', resolve));
    first.write('b\n');
    expect(first.dropped).toBe(1);

    const throwing = new Writable({
      write: () => {
        throw new Error('broken');
      },
    });
    const second = createLineWriter(throwing, dropped);
    expect(() => second.write('a\n')).not.toThrow();

    const ended = new PassThrough();
    ended.end();
    const third = createLineWriter(ended, dropped);
    third.write('a\n');
    expect(third.dropped).toBe(1);
  });
});

describe('trace context', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';
  const PARENT = 'b7ad6b7169203331';

  it('is read from the header', () => {
    expect(parseTraceparent(`00-${TRACE}-${PARENT}-01`)).toEqual({ traceId: TRACE, parentId: PARENT, sampled: true });
    expect(parseTraceparent(`00-${TRACE}-${PARENT}-02`)?.sampled).toBe(false);
  });

  it.each([
    undefined,
    '',
    `01-${TRACE}-${PARENT}-01`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${PARENT}-01-extra`,
    `00-${TRACE}-${PARENT}-1`,
    `00-${TRACE}-${PARENT}-01\n`,
    ` 00-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}`,
    [`00-${TRACE}-${PARENT}-01`, `00-${TRACE}-${PARENT}-01`],
  ])('is not read from %j', (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});
