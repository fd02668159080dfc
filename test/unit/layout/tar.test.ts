import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listTar } from '../../../src/layout/tar.ts';
import { paxRecord, scratch, TAR_END, tarEntry } from './build.ts';

const directory = scratch();
let count = 0;

async function list(bytes: Buffer): Promise<Record<string, string>> {
  const path = join(directory, `${count++}.tar`);
  writeFileSync(path, bytes);
  const handle = await open(path);
  try {
    const found = await listTar(handle, bytes.length);
    return Object.fromEntries(
      [...found].map(([name, { start, size }]) => [name, bytes.toString('utf8', start, start + size)]),
    );
  } finally {
    await handle.close();
  }
}

const file = (path: string, text = 'x'): Buffer => tarEntry({ path }, Buffer.from(text));
const pax = (...records: string[]): Buffer =>
  tarEntry({ path: 'PaxHeaders/x', type: 'x' }, Buffer.from(records.join('')));
const invalid = { code: 'ARCHIVE_INVALID' };

describe('listing a tar archive', () => {
  it('finds regular files and where their content stands', async () => {
    const long = 'y'.repeat(1500);
    await expect(
      list(Buffer.concat([file('a', 'one'), file('b/c', long), file('empty', ''), TAR_END])),
    ).resolves.toEqual({
      a: 'one',
      'b/c': long,
      empty: '',
    });
  });

  it('skips directories and takes "./" for nothing', async () => {
    const entries = [
      tarEntry({ path: './', type: '5' }),
      tarEntry({ path: './blobs/', type: '5' }),
      file('./blobs/a', 'one'),
      TAR_END,
    ];
    await expect(list(Buffer.concat(entries))).resolves.toEqual({ 'blobs/a': 'one' });
  });

  it('joins the prefix of a POSIX header with its name', async () => {
    const entry = tarEntry({ path: 'name', prefix: 'some/where' }, Buffer.from('one'));
    await expect(list(Buffer.concat([entry, TAR_END]))).resolves.toEqual({ 'some/where/name': 'one' });
  });

  it('does not take the times in a GNU header for a prefix', async () => {
    const entry = tarEntry({ path: 'name', prefix: '01234567', magic: 'ustar  \0' }, Buffer.from('one'));
    await expect(list(Buffer.concat([entry, TAR_END]))).resolves.toEqual({ name: 'one' });
  });

  it('takes long names of GNU and pax', async () => {
    const long = `d/${'n'.repeat(300)}`;
    const gnu = tarEntry({ path: '././@LongLink', type: 'L' }, Buffer.from(`${long}\0`));
    await expect(list(Buffer.concat([gnu, file('short', 'one'), TAR_END]))).resolves.toEqual({ [long]: 'one' });
    const extended = pax(paxRecord('mtime', '1.5'), paxRecord('path', long));
    await expect(list(Buffer.concat([extended, file('short', 'one'), file('next', 'two'), TAR_END]))).resolves.toEqual({
      [long]: 'one',
      next: 'two',
    });
  });

  it('takes sizes from pax and from GNU binary numbers', async () => {
    const extended = pax(paxRecord('size', '3'));
    const entry = tarEntry({ path: 'a', size: 0 }, Buffer.from('one'));
    await expect(list(Buffer.concat([extended, entry, TAR_END]))).resolves.toEqual({ a: 'one' });
    const sizeField = Buffer.alloc(12);
    sizeField[0] = 0x80;
    sizeField[11] = 3;
    const binary = tarEntry({ path: 'a', sizeField }, Buffer.from('one'));
    await expect(list(Buffer.concat([binary, TAR_END]))).resolves.toEqual({ a: 'one' });
  });

  it('takes checksums of signed bytes, as old programs summed them', async () => {
    const bytes = tarEntry({ path: 'a\u00e9' }, Buffer.from('one'));
    const signed = bytes.subarray(0, 512).reduce((sum, byte, index) => {
      const counted = index >= 148 && index < 156 ? 0x20 : byte;
      return sum + (counted > 127 ? counted - 256 : counted);
    }, 0);
    const old = tarEntry({ path: 'a\u00e9', checksum: signed }, Buffer.from('one'));
    await expect(list(Buffer.concat([old, TAR_END]))).resolves.toEqual({ 'a\u00e9': 'one' });
  });

  it('skips global headers, comments and long link names that change nothing', async () => {
    const global = tarEntry({ path: 'g', type: 'g' }, Buffer.from(paxRecord('comment', 'git')));
    const entries = [
      global,
      pax(paxRecord('atime', '1')),
      tarEntry({ path: 'l', type: 'K' }, Buffer.from('x\0')),
      file('a'),
      TAR_END,
    ];
    await expect(list(Buffer.concat(entries))).resolves.toEqual({ a: 'x' });
  });

  it('takes an archive that ends with a single block of zeros', async () => {
    await expect(list(Buffer.concat([file('a'), Buffer.alloc(512)]))).resolves.toEqual({ a: 'x' });
  });

  it.each(['gnu', 'pax', 'ustar', 'v7'])('reads what GNU tar writes as %s', async (format) => {
    const tree = join(directory, `tree-${format}`);
    mkdirSync(join(tree, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(tree, 'blobs/sha256/a'), 'one');
    writeFileSync(join(tree, 'index.json'), '{}');
    const bytes = execFileSync('tar', ['-C', tree, `--format=${format}`, '-cf', '-', '.']);
    await expect(list(bytes)).resolves.toEqual({ 'blobs/sha256/a': 'one', 'index.json': '{}' });
  });
});

describe('refusing a tar archive', () => {
  it.each([
    ['an absolute path', file('/etc/passwd')],
    ['a path that leads out', file('blobs/../../x')],
    ['a path that is only ".."', file('..')],
    ['an empty component', file('blobs//x')],
    ['a file whose path ends in a slash', file('blobs/')],
    ['a file without a name', file('.')],
    ['a directory that leads out', tarEntry({ path: '../x/', type: '5' })],
    ['a pax path that leads out', Buffer.concat([pax(paxRecord('path', '../x')), file('a')])],
    ['a symbolic link', tarEntry({ path: 'a', type: '2' })],
    ['a hard link', tarEntry({ path: 'a', type: '1' })],
    ['a device', tarEntry({ path: 'a', type: '3' })],
    ['a fifo', tarEntry({ path: 'a', type: '6' })],
    ['a sparse file of GNU', tarEntry({ path: 'a', type: 'S' })],
    ['a sparse file of pax', Buffer.concat([pax(paxRecord('GNU.sparse.major', '1')), file('a')])],
    ['an unknown type', tarEntry({ path: 'a', type: '~' })],
    ['two files of one name', Buffer.concat([file('a', 'one'), file('a', 'two')])],
    ['two spellings of one name', Buffer.concat([file('b/a', 'one'), file('./b/./a', 'two')])],
    [
      'two names for one file',
      Buffer.concat([tarEntry({ path: 'l', type: 'L' }, Buffer.from('b\0')), pax(paxRecord('path', 'c')), file('a')]),
    ],
    [
      'a global path',
      Buffer.concat([tarEntry({ path: 'g', type: 'g' }, Buffer.from(paxRecord('path', 'b'))), file('a')]),
    ],
    ['a wrong checksum', tarEntry({ path: 'a', checksum: 1 })],
    ['a size that is no number', tarEntry({ path: 'a', sizeField: Buffer.from('12x45678901\0') })],
    ['a negative size', tarEntry({ path: 'a', sizeField: Buffer.alloc(12, 0xff) })],
    [
      'a size beyond all numbers',
      tarEntry({ path: 'a', sizeField: Buffer.from([0x80, ...Array<number>(11).fill(0xff)]) }),
    ],
    ['a pax record that ends in the next', Buffer.concat([pax('99 path=b\n'), file('a')])],
    ['a pax record without a length', Buffer.concat([pax('path=b\n'), file('a')])],
    ['a pax record of length zero', Buffer.concat([pax('0 path=b\n'), file('a')])],
    ['a pax size that is no number', Buffer.concat([pax(paxRecord('size', '-3')), file('a')])],
    ['entries after the end mark', Buffer.concat([file('a'), Buffer.alloc(512), file('b')])],
  ])('refuses %s', async (_, bytes) => {
    await expect(list(Buffer.concat([bytes, TAR_END]))).rejects.toMatchObject(invalid);
  });

  it.each([
    ['inside a header', 300],
    ['inside of content', 700],
    ['before the end mark', 1024],
  ])('refuses an archive cut %s', async (_, length) => {
    const whole = Buffer.concat([file('a', 'z'.repeat(400)), TAR_END]);
    await expect(list(whole.subarray(0, length))).rejects.toMatchObject(invalid);
  });

  it('refuses a size that is larger than the archive', async () => {
    await expect(list(Buffer.concat([tarEntry({ path: 'a', size: 5_000_000 }), TAR_END]))).rejects.toMatchObject(
      invalid,
    );
  });

  it.each([
    ['gzip', '1f8b08'],
    ['zstd', '28b52ffd'],
    ['xz', 'fd377a585a00'],
    ['bzip2', '425a68'],
  ])('says that an archive compressed with %s must be unpacked first', async (_, magic) => {
    const bytes = Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(40, 1)]);
    await expect(list(bytes)).rejects.toThrow(/compressed/);
    await expect(list(bytes)).rejects.toMatchObject(invalid);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello '.repeat(200))],
    ['noise', Buffer.alloc(4096, 0xa5)],
  ])('refuses %s', async (_, bytes) => {
    await expect(list(bytes)).rejects.toMatchObject(invalid);
  });

  it('refuses more than twenty thousand entries of any kind', async () => {
    const files = Array.from({ length: 20_001 }, (_, index) => file(`f${index}`, ''));
    await expect(list(Buffer.concat([...files, TAR_END]))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const directories = Array<Buffer>(100_000).fill(tarEntry({ path: 'd/', type: '5' }));
    await expect(list(Buffer.concat([...directories, TAR_END]))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('refuses an extended header of two megabytes', async () => {
    const bytes = Buffer.concat([pax(paxRecord('comment', 'c'.repeat(2_000_000))), file('a'), TAR_END]);
    await expect(list(bytes)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  it('refuses a link that GNU tar wrote', async () => {
    const tree = join(directory, 'linked');
    mkdirSync(tree);
    symlinkSync('/etc/passwd', join(tree, 'index.json'));
    await expect(list(execFileSync('tar', ['-C', tree, '-cf', '-', '.']))).rejects.toMatchObject(invalid);
  });
});
