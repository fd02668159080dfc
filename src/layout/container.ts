import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { ContentCheck, type Descriptor, parseDigest } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { stopped } from '../waiting.ts';

/** A range of an open file: a whole regular file, or one entry of an archive. Whoever opens it closes the handle. */
export interface Section {
  readonly handle: FileHandle;
  /** Offset of its first byte in the file. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

/** The digests for which there is a file under `blobs/`. */
export interface BlobNames {
  readonly digests: readonly string[];
  /** Whether there are more than MAX_LAYOUT_FILES. */
  readonly truncated: boolean;
}

/** Where the files of an image layout are: a directory or a tar archive. Only regular files are ever opened. */
export interface Container {
  blobs(): Promise<BlobNames>;
  /** Opens `oci-layout`, `index.json` or `blobs/<algorithm>/<encoded>`. Throws NOT_FOUND, LAYOUT_INVALID, FILE_UNREADABLE. */
  open(path: string): Promise<Section>;
}

/** A place that holds a layout. */
export interface ContainerSource {
  /** Text that differs once files were added, removed or replaced, so that what was read before is not used for ever. */
  revision(): Promise<string>;
  open(): Promise<Container>;
}

/**
 * Most files of one layout: an image has tens of blobs, a mirror of a distribution's images some thousands. A
 * directory with more is read in part and says so; an archive with more is refused.
 */
export const MAX_LAYOUT_FILES = 20_000;

/** Bytes read at a time: between two reads, others get their turn and the signal is looked at. */
const CHUNK_BYTES = 1024 * 1024;

/** Why work ended because its caller no longer waits. */
export const readingStopped = (signal: AbortSignal): VerdictError => stopped(signal, 'reading the layout was stopped');

/** What a failed call of the file system means. */
export function fileFault(thrown: unknown, path: string): VerdictError {
  if (thrown instanceof VerdictError || !(thrown instanceof Error && 'code' in thrown))
    return asVerdictError(thrown, path);
  const code = String(thrown.code);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new VerdictError('NOT_FOUND', `there is no ${path}`, { cause: thrown });
  if (code === 'ELOOP') return new VerdictError('LAYOUT_INVALID', `${path} is a symbolic link`, { cause: thrown });
  return new VerdictError('FILE_UNREADABLE', `cannot read ${path}: ${code}`, { cause: thrown });
}

/** Where a blob stands. Throws DESCRIPTOR_INVALID or DIGEST_UNSUPPORTED, so no other text ever gets into a path. */
export function blobPath(digest: string): string {
  const { algorithm, encoded } = parseDigest(digest);
  return `blobs/${algorithm}/${encoded}`;
}

/** The digest that a path below `blobs/` stands for; undefined for files that are no blobs. */
export function blobDigest(path: string): string | undefined {
  const [blobs, algorithm = '', encoded = '', ...rest] = path.split('/');
  if (blobs !== 'blobs' || rest.length > 0) return undefined;
  try {
    return blobPath(`${algorithm}:${encoded}`) === path ? `${algorithm}:${encoded}` : undefined;
  } catch {
    return undefined;
  }
}

/** Every byte of a section, in order. */
async function readSection(
  section: Section,
  path: string,
  signal: AbortSignal | undefined,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(section.size);
  for (let offset = 0; offset < section.size; ) {
    if (signal?.aborted) throw readingStopped(signal);
    const length = Math.min(CHUNK_BYTES, section.size - offset);
    const { bytesRead } = await section.handle.read(bytes, offset, length, section.start + offset);
    if (bytesRead === 0) throw new VerdictError('SIZE_MISMATCH', `${path} became shorter while it was read`);
    onChunk?.(bytes.subarray(offset, offset + bytesRead));
    offset += bytesRead;
  }
  return bytes;
}

/** Opens a file, hands it on and closes it, whatever happens; faults of the file system become ours. */
async function withSection<T>(container: Container, path: string, use: (section: Section) => Promise<T>): Promise<T> {
  const section = await container.open(path);
  try {
    return await use(section);
  } catch (thrown) {
    throw fileFault(thrown, path);
  } finally {
    await section.handle.close();
  }
}

/**
 * A file of at most `limit` bytes, unchecked: its digest is not known, or not yet of interest. Throws LIMIT_EXCEEDED
 * before reading.
 */
export function readFile(container: Container, path: string, limit: number, signal?: AbortSignal): Promise<Uint8Array> {
  return withSection(container, path, async (section) => {
    if (section.size > limit) {
      throw new VerdictError('LIMIT_EXCEEDED', `${path} has ${section.size} bytes, more than ${limit}`);
    }
    return await readSection(section, path, signal);
  });
}

/**
 * The blob that a descriptor names, checked. Throws LIMIT_EXCEEDED and SIZE_MISMATCH before reading, DIGEST_MISMATCH
 * after it.
 */
export async function readBlob(
  container: Container,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { digest, size } = descriptor;
  if (size > limit) throw new VerdictError('LIMIT_EXCEEDED', `${digest} has ${size} bytes, more than ${limit}`);
  const path = blobPath(digest);
  return await withSection(container, path, async (section) => {
    if (section.size !== size) {
      throw new VerdictError('SIZE_MISMATCH', `${path} has ${section.size} bytes, its descriptor says ${size}`);
    }
    const check = new ContentCheck(descriptor);
    const bytes = await readSection(section, path, signal, (chunk) => check.update(chunk));
    check.finish();
    return bytes;
  });
}

/**
 * Opens a regular file, never a directory, device or fifo. `name`: how messages call it, which is not where it lies.
 * Throws what the file system throws, or LAYOUT_INVALID.
 */
export async function openRegular(path: string, name: string, flags = 0): Promise<Section> {
  // Without O_NONBLOCK opening a fifo would wait for somebody to write into it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw new VerdictError('LAYOUT_INVALID', `${name} is not a regular file`);
    return { handle, start: 0, size: facts.size };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/** What changes when a file is replaced or written to, or a directory's list changes. */
export const identityOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string => `${dev}:${ino}:${size}:${mtimeNs}`;

/** As {@link identityOf}, empty for what is not there. */
export async function identityAt(path: string): Promise<string> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch {
    return '';
  }
}
