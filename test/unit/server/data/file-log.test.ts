import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLog, type FileLogOptions, MAX_WAITING_BYTES } from '../../../../src/server/data/file-log.ts';
import { type DecisionEvent, eventLine, MAX_RECORDED_BYTES } from '../../../../src/server/data/log.ts';
import { TIME } from './api.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verdict-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name = 'log'): string => join(folder, name);
const event = (id: string, result = '1'): DecisionEvent => ({
  labels: {},
  decisionId: id,
  bundles: {},
  path: 'verdict/decision',
  result: new TextEncoder().encode(result),
  requestedBy: '',
  timestamp: TIME,
  metrics: {},
  requestId: 1,
});
const LINE = eventLine(event('0')).length;

/** Records one after the other, then closes. */
async function write(ids: readonly string[], options: Partial<FileLogOptions> = {}): Promise<FileLog> {
  const log = new FileLog({ path: file(), ...options });
  for (const id of ids) log.record(event(id));
  await log.close();
  return log;
}

const idsIn = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): string => JSON.parse(line).decision_id);

describe('FileLog', () => {
  it('appends a line for each event, readable by its owner only', async () => {
    await write(['1', '2']);
    await write(['3']);
    expect(idsIn(file())).toEqual(['1', '2', '3']);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('rotates by size and keeps so many files', async () => {
    for (const id of ['1', '2', '3', '4', '5', '6', '7']) await write([id], { maxBytes: LINE * 2, files: 3 });
    expect(readdirSync(folder).sort()).toEqual(['log', 'log.1', 'log.2']);
    expect([file(), file('log.1'), file('log.2')].map(idsIn)).toEqual([['7'], ['5', '6'], ['3', '4']]);
  });

  it('rotates within one batch too', async () => {
    await write(['1', '2', '3', '4', '5'], { maxBytes: LINE * 2, files: 9 });
    expect([file(), file('log.1'), file('log.2')].map(idsIn)).toEqual([['5'], ['3', '4'], ['1', '2']]);
  });

  it('starts over where only one file is kept', async () => {
    await write(['1', '2', '3'], { maxBytes: LINE * 2, files: 1 });
    expect(readdirSync(folder)).toEqual(['log']);
    expect(idsIn(file())).toEqual(['3']);
  });

  it('writes an event that is larger than a file', async () => {
    await write(['1', '2'], { maxBytes: 10, files: 3 });
    expect([file(), file('log.1')].map(idsIn)).toEqual([['2'], ['1']]);
  });

  it('ends a line that was left unfinished', async () => {
    writeFileSync(file(), '{"decision_id":"1"}\n{"deci');
    await write(['2']);
    expect(readFileSync(file(), 'utf8').split('\n').slice(0, 2)).toEqual(['{"decision_id":"1"}', '{"deci']);
    expect(JSON.parse(readFileSync(file(), 'utf8').split('\n')[2] ?? '')).toMatchObject({ decision_id: '2' });
  });

  it('counts what a full disk does not take, and never throws', async () => {
    symlinkSync('/dev/full', file());
    const log = await write(['1', '2', '3']);
    expect(log.dropped).toBe(3);
  });

  it('counts what has no folder, and writes again once there is one', async () => {
    const log = new FileLog({ path: join(folder, 'log', 'log') });
    log.record(event('1'));
    await expect.poll(() => log.dropped).toBe(1);
    mkdirSync(join(folder, 'log'));
    log.record(event('2'));
    await log.close();
    expect(idsIn(join(folder, 'log', 'log'))).toEqual(['2']);
    expect(log.dropped).toBe(1);
  });

  it('drops what waits too long rather than fill the memory', async () => {
    const log = new FileLog({ path: file(), inputs: true, maxBytes: MAX_WAITING_BYTES * 4 });
    const large = `"${'x'.repeat(MAX_RECORDED_BYTES - 2)}"`;
    for (let index = 0; index < 20; index++) log.record(event(String(index), large));
    expect(log.dropped).toBe(5);
    await log.close();
    expect(idsIn(file())).toHaveLength(15);
  });

  it('drops what comes after its end', async () => {
    const log = await write(['1']);
    log.record(event('2'));
    await log.close();
    expect(log.dropped).toBe(1);
    expect(idsIn(file())).toEqual(['1']);
  });

  it('goes on while others read, move or append', async () => {
    const log = new FileLog({ path: file() });
    log.record(event('1'));
    await expect.poll(() => existsSync(file()) && idsIn(file())).toEqual(['1']);
    appendFileSync(file(), '{"decision_id":"other"}\n');
    chmodSync(file(), 0o644);
    log.record(event('2'));
    await log.close();
    expect(idsIn(file())).toEqual(['1', 'other', '2']);
  });
});
