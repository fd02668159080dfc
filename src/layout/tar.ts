import type { FileHandle } from 'node:fs/promises';
import { VerdictError } from '../errors.ts';
import { MAX_LAYOUT_FILES } from './container.ts';

/** Where the content of one regular file stands in an archive. */
export interface TarEntry {
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
const BLOCK = 512;
/** Headers are read through a window of this size, so that an archive of many small files takes few reads. */
const WINDOW_BYTES = 64 * 1024;
/** Largest extended header taken: paths of 4 KiB and some extended attributes fit many times over. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

const invalid = (message: string): VerdictError => new VerdictError('ARCHIVE_INVALID', `the archive ${message}`);

const MAGIC_BYTES = 6;
/** First bytes of compressed streams that people take for tar archives, each with the program that unpacks it. */
const COMPRESSED: ReadonlyArray<readonly [string, string]> = [
  ['1f8b', 'gunzip'],
  ['28b52ffd', 'zstd -d'],
  ['fd377a585a00', 'unxz'],
  ['425a68', 'bunzip2'],
];

/**
 * Lists the regular files of an uncompressed tar archive (ustar, pax, GNU long names) by its headers alone. An archive
 * that two programs could read differently is refused: duplicate names, links, paths that lead out, sparse files, no
 * end. Throws ARCHIVE_INVALID, or LIMIT_EXCEEDED for more than MAX_LAYOUT_FILES entries.
 */
export async function listTar(handle: FileHandle, size: number): Promise<ReadonlyMap<string, TarEntry>> {
  const window = new Window(handle, size);
  const files = new Map<string, TarEntry>();
  let next: Extension = {};
  let entries = 0;
  refuseCompressed(await window.read(0, Math.min(size, MAGIC_BYTES)));
  for (let at = 0; ; ) {
    const block = await window.read(at, BLOCK);
    at += BLOCK;
    if (isZero(block)) {
      // One block of zeros in the middle hides what follows from some programs and not from others.
      if (at < size && !isZero(await window.read(at, BLOCK))) throw invalid('has entries after its end mark');
      return files;
    }
    if (++entries > MAX_LAYOUT_FILES)
      throw new VerdictError('LIMIT_EXCEEDED', `the archive has more than ${MAX_LAYOUT_FILES} entries`);
    const header = parseHeader(block);
    const length = header.kind === 'file' ? (next.size ?? header.size) : header.size;
    if (length > size - at) throw invalid(`ends in the middle of ${quoted(next.path ?? header.path)}`);
    if (header.kind === 'extension') {
      if (length > MAX_EXTENSION_BYTES)
        throw new VerdictError('LIMIT_EXCEEDED', 'the archive has an extended header that is too long');
      next = extend(next, extension(header.type, await window.read(at, length)));
    } else {
      const name = safeName(next.path ?? header.path);
      if (header.kind === 'file') add(files, name, { start: at, size: length });
      next = {};
    }
    at += Math.ceil(length / BLOCK) * BLOCK;
  }
}

/** A path as part of a message. */
const quoted = (path: string): string => JSON.stringify(path.slice(0, 200));

function refuseCompressed(block: Buffer): void {
  const start = block.toString('hex');
  const found = COMPRESSED.find(([magic]) => start.startsWith(magic));
  if (found !== undefined) throw invalid(`is compressed; unpack it with \`${found[1]}\` first`);
}

/** A path in one spelling, so that two spellings cannot stand for two files. */
function safeName(path: string): string {
  const components = path.replace(/\/$/, '').split('/');
  const isSafe =
    !path.startsWith('/') && !components.includes('..') && !(components.length > 1 && components.includes(''));
  if (!isSafe) throw invalid(`has an unsafe path, ${quoted(path)}`);
  return components.filter((component) => component !== '.').join('/');
}

function add(files: Map<string, TarEntry>, name: string, entry: TarEntry): void {
  if (name === '' || files.has(name)) throw invalid(`has two files ${quoted(name)}, or one without a name`);
  files.set(name, entry);
}

/** What an extended header says of the entry after it. */
interface Extension {
  readonly path?: string;
  readonly size?: number;
}

function extend(before: Extension, more: Extension): Extension {
  if (before.path !== undefined && more.path !== undefined) throw invalid(`names one file twice, ${quoted(more.path)}`);
  return { ...before, ...more };
}

interface Header {
  readonly kind: 'file' | 'directory' | 'extension';
  readonly type: string;
  readonly path: string;
  readonly size: number;
}

function parseHeader(block: Buffer): Header {
  checkSum(block);
  const type = String.fromCharCode(block[156] ?? 0);
  // The prefix field exists in POSIX headers only; GNU's own format keeps times there.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const size = number(block, 124, 12);
  switch (type) {
    case '0':
    case '\0':
    case '7':
      if (path.endsWith('/')) throw invalid(`has a file whose path ends in a slash, ${quoted(path)}`);
      return { kind: 'file', type, path, size };
    case '5':
      return { kind: 'directory', type, path, size: 0 };
    case 'x':
    case 'g':
    case 'L':
    case 'K':
      return { kind: 'extension', type, path, size };
    case '1':
    case '2':
      throw invalid(`has a link, ${quoted(path)}; a layout needs none`);
    default:
      throw invalid(`has an entry that is not a plain file, ${quoted(path)} (type ${JSON.stringify(type)})`);
  }
}

/** The sum of all bytes with the checksum's own field as spaces; old programs summed signed bytes. */
function checkSum(block: Buffer): void {
  const expected = number(block, 148, 8);
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < BLOCK; index++) {
    const byte = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  if (expected !== unsigned && expected !== signed)
    throw invalid('is not a tar archive, or is damaged (header checksum)');
}

function extension(type: string, bytes: Buffer): Extension {
  switch (type) {
    case 'L':
      return { path: text(bytes, 0, bytes.length) };
    case 'x':
      return paxExtension(bytes);
    case 'g':
      if (Object.keys(paxExtension(bytes)).length > 0) throw invalid('has a global path or size');
      return {};
    default:
      return {};
  }
}

/** Records `length key=value\n`, the length counting itself. */
function paxExtension(bytes: Buffer): Extension {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : decimal(bytes.toString('latin1', at, space));
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space);
    if (!(end <= bytes.length) || equals < 0 || equals >= end || bytes[end - 1] !== 0x0a)
      throw invalid('has a malformed pax header');
    const key = bytes.toString('utf8', space + 1, equals);
    const value = bytes.toString('utf8', equals + 1, end - 1);
    if (key.startsWith('GNU.sparse.')) throw invalid('has a sparse file');
    if (key === 'path') found.path = value;
    if (key === 'size') found.size = decimal(value);
    at = end;
  }
  return found;
}

function decimal(value: string): number {
  const parsed = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(parsed)) throw invalid('has a malformed number in a pax header');
  return parsed;
}

/** Text up to the first NUL. */
function text(block: Buffer, start: number, length: number): string {
  const end = block.subarray(start, start + length).indexOf(0);
  return block.toString('utf8', start, start + (end < 0 ? length : end));
}

/** Octal digits, or GNU's big-endian binary with the top bit set. */
function number(block: Buffer, start: number, length: number): number {
  if (block[start] === 0x80) {
    const high = block.subarray(start + 1, start + length - 6);
    if (high.every((byte) => byte === 0)) return block.readUIntBE(start + length - 6, 6);
  }
  const digits = text(block, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw invalid('is not a tar archive, or is damaged (number)');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

const isZero = (block: Uint8Array): boolean => block.every((byte) => byte === 0);

/** Reads small pieces of a file in ascending order. */
class Window {
  readonly #handle: FileHandle;
  readonly #size: number;
  #buffer = Buffer.alloc(0);
  #start = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  /** Exactly these bytes; throws ARCHIVE_INVALID where the file has fewer. */
  async read(at: number, length: number): Promise<Buffer> {
    if (at + length > this.#size) throw invalid('is truncated: its end mark is missing');
    if (at < this.#start || at + length > this.#start + this.#buffer.length) await this.#fill(at, length);
    return this.#buffer.subarray(at - this.#start, at - this.#start + length);
  }

  async #fill(at: number, length: number): Promise<void> {
    const buffer = Buffer.alloc(Math.min(Math.max(length, WINDOW_BYTES), this.#size - at));
    for (let filled = 0; filled < buffer.length; ) {
      const { bytesRead } = await this.#handle.read(buffer, filled, buffer.length - filled, at + filled);
      if (bytesRead === 0) throw invalid('became shorter while it was read');
      filled += bytesRead;
    }
    this.#buffer = buffer;
    this.#start = at;
  }
}
