/** Size of a WebAssembly page in bytes. */
const PAGE = 65_536;
const MIB = 1024 * 1024;

/** Pages of 64 KiB, as `WebAssembly.Memory` takes them. */
export interface Pages {
  readonly initial: number;
  readonly maximum: number;
}

/** What 32-bit addresses reach. */
const MAX_MEMORY = 4096 * MIB;
/** Memory of all evaluations of a process together, and so the most that one may take: what 100 MB of ordinary SBOMs need. */
export const DEFAULT_MEMORY_BYTES = 2048 * MIB;
/** Of the limit, what a policy may use beside its data for a small input; for a large one twice what the input takes. */
const SMALL_SHARE = 1 / 16;
/** The smallest class: fits any input of {@link SMALL_INPUT_BYTES}. */
const SMALL_BYTES = 8 * MIB;
/** Up to this size an input is not measured: it takes at most a hundred times as much. */
const SMALL_INPUT_BYTES = 64 * 1024;
/** An instance that used more than this besides its data is not kept: a module's memory never shrinks. */
export const KEPT_BYTES = 32 * MIB;

/**
 * What one value takes in the module besides its text. Measured with OPA 1.22 over JSON text: 7 to 9 times its bytes for
 * SBOMs, 93 times for `[0,0,…]`, 98 times for nested empty arrays, which come to 197 bytes a value.
 */
const BYTES_PER_VALUE = 200;
const BYTES_PER_BYTE = 2;

const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
/** 1 for a byte that begins another value. Those within strings count too: the estimate is an upper bound. */
const BEGINS = new Uint8Array(256);
for (const byte of [COMMA, OPEN_ARRAY, OPEN_OBJECT]) BEGINS[byte] = 1;

/** Upper bound of the bytes that a module needs to hold a JSON text parsed, and the text itself while it is parsed. */
export function parsedBytes(text: Uint8Array): number {
  let values = 1;
  // By index: an iterator takes fifteen times as long.
  for (let at = 0; at < text.length; at++) values += BEGINS[text[at] ?? 0] ?? 0;
  return values * BYTES_PER_VALUE + text.byteLength * BYTES_PER_BYTE;
}

/**
 * The memory for one evaluation. A module grows its memory page by page, each time at the cost of a garbage collection
 * (25 MB of input: 16 s instead of 0.4 s), and does not know of pages that the host adds, so all it will need is there
 * from the start; untouched pages cost nothing. Classes are powers of two, so that a kept instance fits the next input.
 *
 * @param resident what the module and its data take
 * @param limit bytes that one evaluation may have
 * @returns undefined when it cannot fit
 */
export function pagesFor(input: Uint8Array, resident: number, limit: number): Pages | undefined {
  const parsed = input.byteLength <= SMALL_INPUT_BYTES ? SMALL_BYTES : parsedBytes(input);
  if (resident + parsed > limit) return undefined;
  let size = SMALL_BYTES;
  while (size < parsed) size *= 2;
  const maximum = Math.floor(Math.min(limit, resident + Math.max(2 * size, limit * SMALL_SHARE), MAX_MEMORY) / PAGE);
  return { initial: Math.min(Math.ceil((resident + size) / PAGE), maximum), maximum };
}

export const bytesOf = (pages: number): number => pages * PAGE;
