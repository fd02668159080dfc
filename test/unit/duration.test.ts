import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/duration.ts';

describe('a duration of Go', () => {
  it.each([
    ['24h', 86_400e9],
    ['1h30m', 5_400e9],
    ['1.5s', 1.5e9],
    ['.5s', 0.5e9],
    ['300ms', 300e6],
    ['1us2ns', 1002],
    ['1µs', 1000],
    ['+2m', 120e9],
    ['0', 0],
    ['0s', 0],
  ])('%s has %d nanoseconds', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  it.each(['', '1', '-1s', '1d', '1h 30m', 'h', '1e3s', '9999999h', '1s;', '1hh'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
