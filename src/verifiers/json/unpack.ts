import { createGunzip, createZstdDecompress } from 'node:zlib';
import { VerdictError } from '../../errors.ts';

/** How content may be packed; told by its first bytes, whatever its media type says. */
export type Packing = 'gzip' | 'zstd';

/** How many times its own size packed content may have; SBOMs pack 10 to 50 times. */
export const MAX_UNPACK_RATIO = 200;
/** Up to this many bytes the ratio is no matter: short content of one repeated character packs any number of times. */
export const UNPACK_RATIO_FREE_BYTES = 1024 * 1024;
/** Most frames of one zstd content; pzstd writes one for every few megabytes. */
export const MAX_ZSTD_FRAMES = 2000;
/** Bytes unpacked at a time. */
const CHUNK_BYTES = 256 * 1024;

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

/** https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1, https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1 */
export function packingOf(bytes: Uint8Array): Packing | undefined {
  if (startsWith(bytes, [0x1f, 0x8b])) return 'gzip';
  const isSkippable =
    ((bytes[0] ?? 0) & 0xf0) === 0x50 && bytes.length > 3 && startsWith(bytes.subarray(1), [0x2a, 0x4d, 0x18]);
  return isSkippable || startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd]) ? 'zstd' : undefined;
}

/** Bytes that may still be unpacked; counted down while they come, whether in the end they are of use or not. */
export interface UnpackBudget {
  unpackedBytes: number;
}

/**
 * Unpacks content, stopping as soon as the budget is used up or there are more than {@link MAX_UNPACK_RATIO} times the
 * bytes it was. Throws LIMIT_EXCEEDED, or DOCUMENT_INVALID where it is damaged.
 */
export async function unpack(bytes: Uint8Array, packing: Packing, budget: UnpackBudget): Promise<Uint8Array> {
  const most = Math.max(UNPACK_RATIO_FREE_BYTES, bytes.byteLength * MAX_UNPACK_RATIO);
  try {
    return packing === 'gzip'
      ? (await run(createGunzip(OPTIONS), bytes, most, budget)).output
      : await frames(bytes, most, budget);
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new VerdictError('DOCUMENT_INVALID', `the ${packing} content is damaged: ${text}`, { cause });
  }
}

const OPTIONS = { chunkSize: CHUNK_BYTES };

/** All frames of zstd content: Node's decoder stops after the first and says nothing. */
async function frames(bytes: Uint8Array, most: number, budget: UnpackBudget): Promise<Uint8Array> {
  const outputs: Uint8Array[] = [];
  let length = 0;
  let at = 0;
  while (at < bytes.byteLength) {
    if (outputs.length === MAX_ZSTD_FRAMES) throw exceeded(`more than ${MAX_ZSTD_FRAMES} frames`);
    const { output, consumed } = await run(createZstdDecompress(OPTIONS), bytes.subarray(at), most - length, budget);
    outputs.push(output);
    length += output.byteLength;
    at += consumed;
  }
  return Buffer.concat(outputs, length);
}

interface Unpacked {
  readonly output: Uint8Array;
  /** Bytes of input that it came from. */
  readonly consumed: number;
}

async function run(
  stream: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
  bytes: Uint8Array,
  most: number,
  budget: UnpackBudget,
): Promise<Unpacked> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  stream.end(bytes);
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    budget.unpackedBytes -= chunk.byteLength;
    if (length > most) throw exceeded(`more than ${MAX_UNPACK_RATIO} times its own size`);
    if (budget.unpackedBytes < 0) throw exceeded('more bytes than all packed content of one decision may have');
    chunks.push(chunk);
  }
  return { output: Buffer.concat(chunks, length), consumed: stream.bytesWritten };
}

const exceeded = (what: string): VerdictError => new VerdictError('LIMIT_EXCEEDED', `the packed content has ${what}`);
