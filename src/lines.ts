/** A line that is not blank. */
export interface Line {
  /** Its number, from 0; blank lines count. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The lines of a text that are not blank, as views of its bytes. */
export function* lines(bytes: Uint8Array): Generator<Line> {
  let start = 0;
  for (let number = 0; start < bytes.byteLength; number++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.byteLength : found;
    const line = bytes.subarray(start, end);
    if (line.some((byte) => !isBlank(byte))) yield { number, bytes: line };
    start = end + 1;
  }
}

/** Space, tab and carriage return. */
export const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;
