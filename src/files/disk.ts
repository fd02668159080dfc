import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ContentCheck, type Descriptor } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { stopped } from '../waiting.ts';

/** Bytes read at a time: between two reads, others get their turn and the signal is looked at. */
const CHUNK_BYTES = 1024 * 1024;

/** What a failed call of the file system means. */
export function unreadable(thrown: unknown, path: string): VerdictError {
  if (thrown instanceof VerdictError || !(thrown instanceof Error && 'code' in thrown))
    return asVerdictError(thrown, path);
  return new VerdictError('FILE_UNREADABLE', `cannot read ${path}: ${String(thrown.code)}`, { cause: thrown });
}

/**
 * Reads a regular file from its beginning; `onOpen` may refuse it by its size, in bytes. Throws FILE_UNREADABLE, also
 * for a file that changes meanwhile: its digest would be of content that never was. DEADLINE_EXCEEDED when the signal
 * stops it.
 */
async function stream(
  path: string,
  signal: AbortSignal,
  onOpen: (size: number) => void,
  onChunk: (chunk: Uint8Array) => void,
): Promise<number> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK opening a fifo would wait for somebody to write into it.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await handle.stat({ bigint: true });
    if (!facts.isFile()) throw new VerdictError('FILE_UNREADABLE', `${path} is not a regular file`);
    const size = Number(facts.size);
    onOpen(size);
    await readAll(handle, size, path, signal, onChunk);
    const after = await handle.stat({ bigint: true });
    if (after.size !== facts.size || after.mtimeNs !== facts.mtimeNs) throw changed(path);
    return size;
  } catch (thrown) {
    throw unreadable(thrown, path);
  } finally {
    await handle?.close();
  }
}

async function readAll(
  handle: FileHandle,
  size: number,
  path: string,
  signal: AbortSignal,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size));
  for (let offset = 0; offset < size; ) {
    if (signal.aborted) throw stopped(signal, 'reading a file was stopped');
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - offset), offset);
    if (bytesRead === 0) throw changed(path);
    onChunk(buffer.subarray(0, bytesRead));
    offset += bytesRead;
  }
}

const changed = (path: string): VerdictError =>
  new VerdictError('FILE_UNREADABLE', `${path} was written to while it was read; try again`, { retryable: true });

/** What a file is, without what is in it. */
export interface Fingerprint {
  /** Bytes. */
  readonly size: number;
  /** One per algorithm asked for, in that order. */
  readonly digests: readonly string[];
  /** The content, where it was asked for and is no longer than allowed. */
  readonly content: Uint8Array | undefined;
}

/** Digests of a file of any size, computed in one pass. `keep`: largest content to return, 0 for none. */
export async function fingerprint(
  path: string,
  algorithms: readonly string[],
  keep: number,
  signal: AbortSignal,
): Promise<Fingerprint> {
  const hashes = algorithms.map((algorithm) => createHash(algorithm));
  const chunks: Uint8Array[] = [];
  let isKept = false;
  const size = await stream(
    path,
    signal,
    (length) => {
      isKept = length <= keep;
    },
    (chunk) => {
      for (const hash of hashes) hash.update(chunk);
      if (isKept) chunks.push(Buffer.from(chunk));
    },
  );
  const digests = algorithms.map((algorithm, index) => `${algorithm}:${hashes[index]?.digest('hex')}`);
  return { size, digests, content: isKept ? Buffer.concat(chunks) : undefined };
}

/** A file that a descriptor names, checked. Throws LIMIT_EXCEEDED, SIZE_MISMATCH or DIGEST_MISMATCH. */
export async function readChecked(
  path: string,
  descriptor: Descriptor,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { digest, size } = descriptor;
  if (size > limit) throw new VerdictError('LIMIT_EXCEEDED', `${path} has ${size} bytes, more than ${limit}`);
  const check = new ContentCheck(descriptor);
  let bytes = Buffer.alloc(0);
  let received = 0;
  await stream(
    path,
    signal,
    (actual) => {
      if (actual !== size)
        throw new VerdictError('SIZE_MISMATCH', `${path} has ${actual} bytes, but had ${size} when it was ${digest}`);
      bytes = Buffer.allocUnsafeSlow(actual);
    },
    (chunk) => {
      check.update(chunk);
      bytes.set(chunk, received);
      received += chunk.length;
    },
  );
  check.finish();
  return bytes;
}
