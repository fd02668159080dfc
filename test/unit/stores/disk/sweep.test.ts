import { mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../../../src/stores/disk/file-system.ts';
import { type SweepOptions, sweep } from '../../../../src/stores/disk/sweep.ts';
import { failure, filesWith, keepAll, MIB, makeDirectory, openDisk, sampleOf } from './support.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

let directory: string;
beforeEach(() => {
  directory = makeDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A content of so many bytes that was used so many hours before now; returns its name. */
function put(content: string, hours: number, ending = ''): string {
  const name = `${sampleOf(content).name}${ending}`;
  writeFileSync(join(directory, name), content);
  utimesSync(join(directory, name), NOW / 1000 - hours * 3600, NOW / 1000 - hours * 3600);
  return name;
}

const run = (options: Partial<SweepOptions> = {}) =>
  sweep({
    files: promises,
    directory,
    maxBytes: 100,
    maxEntries: 100,
    now: NOW,
    isStopped: () => false,
    ...options,
  });

const ten = (letter: string): string => letter.repeat(10);

describe('making room', () => {
  it('changes nothing while there is room', async () => {
    const names = [put(ten('a'), 1000), put(ten('b'), 0)];
    expect(await run()).toEqual({ entries: 2, bytes: 20, removed: 0, isFull: false });
    expect(readdirSync(directory).sort()).toEqual(names.sort());
  });

  it('removes what was used longest ago, and a little more than it must', async () => {
    const names = Array.from('abcdefghijkl').map((letter, age) => put(ten(letter), age));
    expect(await run()).toEqual({ entries: 9, bytes: 90, removed: 3, isFull: false });
    expect(readdirSync(directory).sort()).toEqual(names.slice(0, 9).sort());
  });

  it('counts files too', async () => {
    const names = Array.from('abcdefghijkl').map((letter, age) => put(letter, age));
    expect(await run({ maxEntries: 10 })).toMatchObject({ entries: 9, removed: 3 });
    expect(readdirSync(directory).sort()).toEqual(names.slice(0, 9).sort());
  });

  it('removes a bounded number at a time, the oldest first, and says that there is more', async () => {
    const old = Array.from({ length: 1500 }, (_, n) => put(`old ${n}`, 2));
    const oldest = Array.from({ length: 1500 }, (_, n) => put(`oldest ${n}`, 3));
    expect(await run({ maxEntries: 10, maxBytes: MIB })).toMatchObject({ removed: 1000, isFull: true });
    const left = new Set(readdirSync(directory));
    expect(old.every((name) => left.has(name))).toBe(true);
    expect(oldest.filter((name) => left.has(name))).toHaveLength(500);
    await run({ maxEntries: 10, maxBytes: MIB });
    expect(await run({ maxEntries: 10, maxBytes: MIB })).toMatchObject({ entries: 9, isFull: false });
  });

  it('takes a time that lies ahead for no use at all', async () => {
    const ahead = put(ten('a'), -1000);
    for (const letter of 'bcdefghijk') put(ten(letter), 1);
    await run();
    expect(readdirSync(directory)).not.toContain(ahead);
  });

  it('removes what crashed processes left, and what others may still write stays', async () => {
    const [left, young] = [put('half', 2, '.0123456789ab.tmp'), put('half', 0.5, '.0123456789ab.tmp')];
    expect(left).toBe(young);
    const stays = put('another half', 0.5, '.0123456789ab.tmp');
    const goes = put('a third half', 2, '.0123456789ab.tmp');
    expect(await run()).toMatchObject({ entries: 0 });
    expect(readdirSync(directory)).toContain(stays);
    expect(readdirSync(directory)).not.toContain(goes);
  });

  it('leaves alone what is not ours, also where links lead', async () => {
    mkdirSync(join(directory, 'theirs'));
    writeFileSync(join(directory, 'theirs', 'file'), 'x'.repeat(1000));
    writeFileSync(join(directory, 'notes.txt'), 'x'.repeat(1000));
    symlinkSync(join(directory, 'notes.txt'), join(directory, sampleOf('a link').name));
    expect(await run({ maxBytes: 10 })).toMatchObject({ entries: 0, removed: 1 });
    expect(readdirSync(directory).sort()).toEqual(['notes.txt', 'theirs']);
  });

  it('goes on where others were quicker', async () => {
    for (const letter of 'abcdefghijkl') put(ten(letter), 1);
    const unlink: FileSystem['unlink'] = async (path) => {
      await promises.unlink(path);
      throw failure('ENOENT');
    };
    expect(await run({ files: filesWith({ unlink }) })).toMatchObject({ entries: 9, removed: 3 });
    const lstat = (async () => {
      throw failure('ENOENT');
    }) as unknown as FileSystem['lstat'];
    expect(await run({ files: filesWith({ lstat }) })).toMatchObject({ entries: 0 });
  });

  it('is stopped between two files', async () => {
    for (const letter of 'abcdefghijkl') put(ten(letter), 1);
    let asked = 0;
    expect(await run({ isStopped: () => ++asked > 13 })).toMatchObject({ removed: 1 });
    expect(readdirSync(directory)).toHaveLength(11);
  });
});

describe('a disk', () => {
  it('makes room by itself when it has written enough', async () => {
    const { disk, faults } = openDisk(directory, { maxBytes: 4 * MIB });
    for (let n = 0; n < 12; n++) {
      const { name, bytes, wanted } = sampleOf(Buffer.alloc(MIB, String(n)));
      disk.keep(name, bytes, wanted);
    }
    const total = async (): Promise<number> => (await sizes()).reduce((sum, size) => sum + size, 0);
    const sizes = async (): Promise<readonly number[]> =>
      await Promise.all(readdirSync(directory).map(async (name) => (await promises.stat(join(directory, name))).size));
    await expect.poll(() => readdirSync(directory).length).toBeGreaterThan(0);
    await expect.poll(async () => disk.size().bytes === (await total()) && (await total()) <= 4 * MIB).toBe(true);
    expect(faults).toEqual([]);
    await disk.close();
  });

  it('says how much it holds, also what was there before', async () => {
    await keepAll(directory, [sampleOf('a'), sampleOf('bc')]);
    const { disk } = openDisk(directory);
    await expect.poll(() => disk.size()).toEqual({ entries: 2, bytes: 3 });
    await disk.close();
  });
});
