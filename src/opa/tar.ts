import type { Buffer } from 'node:buffer';
import { VerdictError } from '../errors.ts';

/** Most entries of a bundle. */
const MAX_ENTRIES = 10_000;
/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
const BLOCK = 512;

const invalid = (message: string): VerdictError => new VerdictError('BUNDLE_INVALID', `the bundle ${message}`);

/**
 * The regular files of an unpacked tar archive (ustar, with paths of pax and GNU), by path: `/x`, `./x` and `x` are `x`,
 * as OPA writes and reads them. The contents are views of `archive`.
 *
 * @throws VerdictError BUNDLE_INVALID for links, `..`, the same path twice or a damaged archive; LIMIT_EXCEEDED for too many entries.
 */
export function readTar(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  let longPath: string | undefined;
  let entries = 0;
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    if (++entries > MAX_ENTRIES)
      throw new VerdictError('LIMIT_EXCEEDED', `the bundle has more than ${MAX_ENTRIES} entries`);
    checkSum(header);
    const size = octal(header, 124, 136);
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw invalid('ends in the middle of a file');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'x') longPath = paxPath(content) ?? longPath;
    else if (type === 'L') longPath = text(content, 0, content.length);
    else if (type !== 'g') {
      const path = longPath ?? ustarPath(header);
      longPath = undefined;
      if (type === '0' || type === '\0') add(files, path, content);
      else if (type !== '5')
        throw invalid(`has an entry that is neither file nor directory: ${JSON.stringify(path.slice(0, 200))}`);
    }
  }
  throw invalid('has no end: it is cut off or not a tar archive');
}

function add(files: Map<string, Buffer>, path: string, content: Buffer): void {
  const components = path.split('/').filter((component) => component !== '' && component !== '.');
  const name = components.join('/');
  if (name === '' || components.includes('..'))
    throw invalid(`has an unsafe path: ${JSON.stringify(path.slice(0, 200))}`);
  if (files.has(name)) throw invalid(`has ${JSON.stringify(name.slice(0, 200))} twice`);
  files.set(name, content);
}

function ustarPath(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? text(header, 345, 500) : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The path among records `length key=value\n`; nothing else in them changes what a bundle holds. */
function paxPath(content: Buffer): string | undefined {
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = space < 0 ? 0 : Number(content.toString('latin1', at, space));
    if (!(Number.isSafeInteger(length) && length > 0)) throw invalid('has a malformed pax header');
    const record = content.toString('utf8', space + 1, at + length - 1);
    if (record.startsWith('size=')) throw invalid('has a file of more than 8 GiB');
    if (record.startsWith('path=')) return record.slice('path='.length);
    at += length;
  }
  return undefined;
}

/** The sum of all bytes, with the checksum's own field as spaces. */
function checkSum(header: Buffer): void {
  let sum = 0;
  // By index: an iterator costs ten times as much, for every file of a bundle.
  for (let index = 0; index < BLOCK; index++) sum += index >= 148 && index < 156 ? 0x20 : (header[index] ?? 0);
  if (sum !== octal(header, 148, 156)) throw invalid('is damaged, or not a tar archive');
}

function octal(header: Buffer, start: number, end: number): number {
  const digits = text(header, start, end).trim();
  if (!/^[0-7]{1,11}$/.test(digits)) throw invalid('has a malformed header');
  return Number.parseInt(digits, 8);
}

/** Text up to the first NUL. */
function text(bytes: Buffer, start: number, end: number): string {
  const nul = bytes.subarray(start, end).indexOf(0);
  return bytes.toString('utf8', start, nul < 0 ? end : start + nul);
}
