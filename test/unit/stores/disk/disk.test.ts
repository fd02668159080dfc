import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/descriptor.ts';
import type { FileSystem } from '../../../../src/stores/disk/file-system.ts';
import { fileNameOf, kindOf } from '../../../../src/stores/disk/names.ts';
import { failure, filesWith, keepAll, MIB, makeDirectory, openDisk, PLACE, sampleOf, settled } from './support.ts';

const HOUR = 3_600_000;
const hello = sampleOf('hello');

let root: string;
let directory: string;
beforeEach(() => {
  root = makeDirectory();
  directory = join(root, 'cache');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const pathOf = (name: string): string => join(directory, name);

describe('content on the disk', () => {
  it.each(['sha256', 'sha384', 'sha512'])('is there for the next process, by %s', async (algorithm) => {
    const sample = sampleOf(Buffer.alloc(3 * MIB + 17, 'x'), algorithm);
    await keepAll(directory, [sample]);
    const { disk, events } = openDisk(directory);
    const read = await disk.read(sample.name, sample.wanted);
    expect(read && Buffer.compare(read, sample.bytes)).toBe(0);
    expect(events).toEqual(['hit']);
    await disk.close();
  });

  it('is written also when the cache is closed meanwhile', async () => {
    const samples = Array.from({ length: 20 }, (_, n) => sampleOf(`content ${n}`));
    const { disk } = openDisk(directory);
    for (const { name, bytes, wanted } of samples) disk.keep(name, bytes, wanted);
    await disk.close();
    disk.keep(hello.name, hello.bytes, hello.wanted);
    expect(readdirSync(directory).sort()).toEqual(samples.map(({ name }) => name).sort());
  });

  it('may be empty', async () => {
    const empty = sampleOf('');
    await keepAll(directory, [empty]);
    expect(await openDisk(directory).disk.read(empty.name, empty.wanted)).toEqual(new Uint8Array());
  });

  it('is for its user alone', async () => {
    await keepAll(directory, [hello]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(pathOf(hello.name)).mode & 0o777).toBe(0o600);
  });

  it('is not had from another place by naming its digest', async () => {
    await keepAll(directory, [hello]);
    const elsewhere = sampleOf('hello', 'sha256', ['registry', 'registry.example', 'team/other']);
    expect(await openDisk(directory).disk.read(elsewhere.name, elsewhere.wanted)).toBeUndefined();
  });

  it('has a name only where its digest can be verified', () => {
    const bad = ['md5:d41d8cd98f00b204e9800998ecf8427e', 'sha256:../../etc/passwd', 'sha256:ABC', '', 'sha256:a/b'];
    expect(bad.map((digest) => fileNameOf(PLACE, digest))).toEqual(bad.map(() => undefined));
    expect(kindOf(hello.name)).toBe('content');
    expect(kindOf(`${hello.name}.0123456789ab.tmp`)).toBe('temporary');
    expect(['x', '..', `${hello.name}.tmp`, `../${hello.name}`, 'a.0123456789ab.tmp'].map(kindOf)).toEqual(
      Array(5).fill('foreign'),
    );
  });

  it('that would take too much of the room is not kept', async () => {
    const large = sampleOf(Buffer.alloc(2 * MIB));
    const { disk } = openDisk(directory, { maxBytes: 4 * MIB });
    disk.keep(large.name, large.bytes, large.wanted);
    disk.keep(hello.name, hello.bytes, hello.wanted);
    await settled(directory, hello.name);
    expect(readdirSync(directory)).toEqual([hello.name]);
    await disk.close();
  });

  it('is marked as used at most once an hour', async () => {
    await keepAll(directory, [hello]);
    const read = async (now: number): Promise<number> => {
      const { disk } = openDisk(directory, { now: () => now });
      await disk.read(hello.name, hello.wanted);
      await disk.close();
      return statSync(pathOf(hello.name)).mtimeMs;
    };
    const now = Date.now();
    utimesSync(pathOf(hello.name), now / 1000 - 1800, now / 1000 - 1800);
    expect(await read(now)).toBeCloseTo(now - HOUR / 2, -1);
    expect(await read(now + HOUR)).toBeCloseTo(now + HOUR, -1);
  });
});

describe('a file that is not what its name says', () => {
  const harm: ReadonlyArray<readonly [string, (path: string) => void]> = [
    ['torn', (path) => truncateSync(path, 2)],
    ['empty', (path) => truncateSync(path, 0)],
    ['longer', (path) => writeFileSync(path, 'hello!')],
    ['tampered with, of the right size', (path) => writeFileSync(path, 'hellO')],
    ['a link to the right content', (path) => relink(path, 'hello')],
    ['a link to nowhere', (path) => relink(path, undefined)],
    ['a fifo', (path) => pipe(path)],
  ];
  const pipe = (path: string): void => {
    rmSync(path);
    spawnSync('mkfifo', [path]);
  };
  const relink = (path: string, content: string | undefined): void => {
    rmSync(path);
    const target = join(root, 'target');
    if (content !== undefined) writeFileSync(target, content);
    symlinkSync(target, path);
  };

  it.each(harm)('(%s) is removed and never served', async (_, spoil) => {
    await keepAll(directory, [hello]);
    spoil(pathOf(hello.name));
    const { disk, events, faults } = openDisk(directory);
    expect(await disk.read(hello.name, hello.wanted)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
    expect(events).toEqual(['discarded']);
    disk.keep(hello.name, hello.bytes, hello.wanted);
    await settled(directory, hello.name);
    expect(await disk.read(hello.name, hello.wanted)).toEqual(new Uint8Array(hello.bytes));
    expect(faults).toEqual([]);
    await disk.close();
  });

  it('is not made of bytes that do not have the digest', async () => {
    const { disk, count, faults } = openDisk(directory);
    disk.keep(hello.name, Buffer.from('hellO'), hello.wanted);
    await expect.poll(() => count('fault')).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
    expect(faults[0]?.message).toContain('digest');
    await disk.close();
  });

  it('is never served, whatever anybody wrote there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 64 }),
        fc.oneof(
          fc.record({ at: fc.nat(63), to: fc.nat(255) }).map((change) => (bytes: Uint8Array) => {
            const changed = Uint8Array.from(bytes);
            if (changed.length > 0) changed[change.at % changed.length] = change.to;
            return changed;
          }),
          fc.nat(64).map((length) => (bytes: Uint8Array) => bytes.slice(0, length)),
          fc.uint8Array({ maxLength: 80 }).map((other) => () => other),
        ),
        async (content, change) => {
          const sample = sampleOf(content);
          mkdirSync(directory, { recursive: true, mode: 0o700 });
          const written = change(sample.bytes);
          writeFileSync(pathOf(sample.name), written);
          const { disk } = openDisk(directory);
          const read = await disk.read(sample.name, sample.wanted);
          await disk.close();
          expect(read !== undefined).toBe(Buffer.compare(written, sample.bytes) === 0);
          if (read !== undefined) expect(digestOf(read)).toBe(sample.wanted.digest);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a directory that cannot be used', () => {
  /** Reads and keeps, and says what was told of it. */
  async function tried(files?: FileSystem, at = directory): Promise<{ count: number; message: string }> {
    const { disk, faults } = openDisk(at, files && { files });
    for (let n = 0; n < 3; n++) {
      expect(await disk.read(hello.name, hello.wanted)).toBeUndefined();
      disk.keep(hello.name, hello.bytes, hello.wanted);
    }
    await disk.close();
    return { count: faults.length, message: faults[0]?.message ?? '' };
  }

  it('because others may write into it is left alone, and that is told once', async () => {
    mkdirSync(directory);
    chmodSync(directory, 0o770);
    expect(await tried()).toEqual({ count: 1, message: expect.stringContaining('others may write') });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('because it is a link is left alone', async () => {
    mkdirSync(join(root, 'real'), { mode: 0o700 });
    symlinkSync(join(root, 'real'), directory);
    expect(await tried()).toEqual({ count: 1, message: expect.stringContaining('no directory') });
    expect(readdirSync(join(root, 'real'))).toEqual([]);
  });

  it('because a file stands in its place is told once', async () => {
    writeFileSync(directory, '');
    expect(await tried()).toEqual({ count: 1, message: expect.stringContaining('EEXIST') });
    expect(await tried(undefined, join(directory, 'below'))).toMatchObject({ count: 1 });
  });

  it('because it belongs to another user is left alone', async () => {
    const lstat = (async (path: string) =>
      Object.assign(await promises.lstat(path), { uid: 12_345 })) as unknown as FileSystem['lstat'];
    expect(await tried(filesWith({ lstat }))).toEqual({ count: 1, message: expect.stringContaining('another user') });
  });

  it('because of its permissions is done without', () => {
    mkdirSync(directory, { mode: 0o700 });
    mkdirSync(join(root, 'closed'), { mode: 0o700 });
    const module = new URL('../../../../src/stores/disk/disk.ts', import.meta.url).href;
    const script = `
      import { chmodSync } from 'node:fs';
      const { Disk } = await import(${JSON.stringify(module)});
      const [directory, name, digest] = process.argv.slice(1);
      chmodSync(directory, 0o500);
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
      const faults = [];
      const disk = new Disk({ directory: directory + '/cache', maxBytes: 1e9, now: Date.now, onEvent: () => {},
        onFault: ({ message }) => faults.push(message) });
      const read = await disk.read(name, { digest, size: 5 });
      await disk.close();
      console.log(JSON.stringify({ read: read === undefined, faults }));`;
    const args = ['--input-type=module', '-e', script, join(root, 'closed'), hello.name, hello.wanted.digest];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ read: true, faults: [expect.stringContaining('EACCES')] });
  });

  it('because there is no room is read all the same, and nothing torn is left', async () => {
    await keepAll(directory, [hello]);
    const other = sampleOf('other');
    const open = (async (path: string, flags: number, mode?: number) => {
      const handle = await promises.open(path, flags, mode);
      handle.write = async () => {
        throw failure('ENOSPC');
      };
      return handle;
    }) as FileSystem['open'];
    const { disk, faults, count } = openDisk(directory, { files: filesWith({ open }) });
    for (let n = 0; n < 3; n++) disk.keep(other.name, other.bytes, other.wanted);
    await expect.poll(() => count('skipped')).toBe(2);
    expect(faults.map(({ message }) => message)).toEqual([expect.stringContaining('ENOSPC')]);
    expect(readdirSync(directory)).toEqual([hello.name]);
    expect(await disk.read(hello.name, hello.wanted)).toEqual(new Uint8Array(hello.bytes));
    await disk.close();
  });

  it('because it is read-only is read all the same', async () => {
    await keepAll(directory, [hello]);
    utimesSync(pathOf(hello.name), 1, 1);
    const open = (async (path: string, flags: number, mode?: number) => {
      if ((flags & 3) !== 0) throw failure('EROFS');
      const handle = await promises.open(path, flags, mode);
      handle.utimes = async () => {
        throw failure('EROFS');
      };
      return handle;
    }) as FileSystem['open'];
    const { disk, faults } = openDisk(directory, { files: filesWith({ open }) });
    expect(await disk.read(hello.name, hello.wanted)).toEqual(new Uint8Array(hello.bytes));
    expect(faults).toEqual([]);
    await disk.close();
  });

  it('is tried again after a while, and told of again when it had worked in between', async () => {
    let now = Date.now();
    let isBroken = true;
    const open = (async (path: string, flags: number, mode?: number) => {
      if (isBroken) throw failure('EIO');
      return await promises.open(path, flags, mode);
    }) as FileSystem['open'];
    const { disk, faults, events } = openDisk(directory, { files: filesWith({ open }), now: () => now });
    const read = async (): Promise<unknown> => await disk.read(hello.name, hello.wanted);
    await read();
    isBroken = false;
    await read();
    expect(events).toEqual(['fault', 'skipped']);
    now += 61_000;
    await read();
    expect(events.at(-1)).toBe('miss');
    isBroken = true;
    await read();
    now += 61_000;
    await read();
    expect(faults).toHaveLength(2);
    await disk.close();
  });

  it('is made again when somebody removed it', async () => {
    let now = Date.now();
    const { disk, count } = openDisk(directory, { now: () => now });
    expect(await disk.read(hello.name, hello.wanted)).toBeUndefined();
    rmSync(directory, { recursive: true });
    disk.keep(hello.name, hello.bytes, hello.wanted);
    await expect.poll(() => count('fault')).toBe(1);
    now += 61_000;
    disk.keep(hello.name, hello.bytes, hello.wanted);
    await settled(directory, hello.name);
    await disk.close();
  });

  it('and does not answer keeps nobody waiting, nor is asked again until it does', async () => {
    await keepAll(directory, [hello]);
    const gate = Promise.withResolvers<void>();
    let opened = 0;
    const open = (async (path: string, flags: number, mode?: number) => {
      opened += 1;
      await gate.promise;
      return await promises.open(path, flags, mode);
    }) as FileSystem['open'];
    let now = Date.now();
    const { disk, faults, events } = openDisk(directory, { files: filesWith({ open }), now: () => now });
    expect(await disk.read(hello.name, hello.wanted)).toBeUndefined();
    now += 10 * HOUR;
    expect(await disk.read(hello.name, hello.wanted)).toBeUndefined();
    expect({ opened, events }).toEqual({ opened: 1, events: ['fault', 'skipped'] });
    expect(faults[0]?.message).toContain('took longer');
    gate.resolve();
    await expect.poll(() => disk.read(hello.name, hello.wanted)).toEqual(new Uint8Array(hello.bytes));
    await disk.close();
  });
});

describe('several processes', () => {
  const module = new URL('../../../../src/stores/disk/disk.ts', import.meta.url).href;
  const names = new URL('../../../../src/stores/disk/names.ts', import.meta.url).href;
  /** Writes contents `0`, `1`, … of many sizes without end, and says each that it began. */
  const WRITER = `
    import { createHash } from 'node:crypto';
    const { Disk } = await import(${JSON.stringify(module)});
    const { fileNameOf } = await import(${JSON.stringify(names)});
    const [directory, count, maxBytes] = process.argv.slice(1);
    let faults = 0;
    const disk = new Disk({ directory, maxBytes: Number(maxBytes), now: Date.now, onEvent: () => {}, onFault: () => faults++ });
    let wrong = 0;
    for (let n = 0; n < Number(count); n++) {
      const bytes = Buffer.alloc(20_000 + (n % 50) * 20_000, String(n % 100) + '-');
      const digest = 'sha256:' + createHash('sha256').update(bytes).digest('hex');
      const name = fileNameOf(['registry', 'r', 'a'], digest);
      disk.keep(name, bytes, { digest, size: bytes.length });
      if (n === 0) console.log('writing');
      const read = await disk.read(name, { digest, size: bytes.length });
      if (read !== undefined && Buffer.compare(read, bytes) !== 0) wrong++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await disk.close();
    console.log(JSON.stringify({ wrong, faults }));`;
  const writer = (count: number, maxBytes = 1e9) =>
    spawn(process.execPath, ['--input-type=module', '-e', WRITER, directory, String(count), String(maxBytes)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const said = async (child: ReturnType<typeof writer>): Promise<string> => {
    let text = '';
    for await (const chunk of child.stdout) text += String(chunk);
    return text;
  };
  /** Every file with the name of a content has it. */
  const wrongFiles = (): readonly string[] =>
    readdirSync(directory)
      .filter((name) => kindOf(name) === 'content')
      .filter((name) => digestOf(readFileSync(pathOf(name))) !== name.slice(0, 71).replace('-', ':'));

  it('that are killed while they write leave whole files and temporary ones, which go in time', async () => {
    for (let round = 0; round < 4; round++) {
      const child = writer(1_000_000);
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await expect.poll(() => existsSync(directory) && readdirSync(directory).length > 5 * (round + 1)).toBe(true);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      expect(wrongFiles()).toEqual([]);
    }
    writeFileSync(pathOf(`${hello.name}.0123456789ab.tmp`), 'he');
    const later = Date.now() + 2 * HOUR;
    const { disk, faults } = openDisk(directory, { now: () => later });
    await expect.poll(() => readdirSync(directory).filter((name) => kindOf(name) !== 'content')).toEqual([]);
    await disk.close();
    expect({ left: readdirSync(directory).length > 0, faults }).toEqual({ left: true, faults: [] });
  });

  it('write, read and make room at once, and nothing wrong is served', async () => {
    const outputs = await Promise.all([writer(400, 4e6), writer(400, 4e6), writer(400, 4e6)].map(said));
    expect(outputs).toEqual(outputs.map(() => 'writing\n{"wrong":0,"faults":0}\n'));
    expect(wrongFiles()).toEqual([]);
  });
});
