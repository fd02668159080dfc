import { describe, expect, it } from 'vitest';
import { parseTracestate } from '../../../src/server/trace-context.ts';

const members = (count: number): string => Array.from({ length: count }, (_, at) => `k${at}=v`).join(',');

describe('tracestate', () => {
  it.each([
    ['a=1', 'a=1'],
    ['vendor=opaque value!, 1tenant@system=x ,', 'vendor=opaque value!,1tenant@system=x'],
    [members(32), members(32)],
    [`a=${'x'.repeat(256)}`, `a=${'x'.repeat(256)}`],
    [['a=1', 'b=2'], 'a=1,b=2'],
  ])('%j is passed on', (header, passed) => {
    expect(parseTracestate(header)).toBe(passed);
  });

  it.each([
    undefined,
    '',
    members(33),
    members(40),
    `a=${'x'.repeat(257)}`,
    `a=1,${'b'.repeat(600)}=2`,
    'a=1,a=2',
    'A=1',
    'a',
    '=1',
    'a=',
    'a=1,b',
    'a=1=2',
    'a=1\r\nx-evil: 1',
    'a=1\n',
    'a=é',
    'a=\u0000',
    'a=1,b@=2',
  ])('%j is dropped as a whole', (header) => {
    expect(parseTracestate(header)).toBe('');
  });
});
