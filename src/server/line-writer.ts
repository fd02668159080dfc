import type { Writable } from 'node:stream';

/** Characters that wait for a slow reader; beyond them lines are dropped and counted. */
const MAX_WAITING = 1024 * 1024;

export interface LineWriter {
  /** `line`: with its end. Never throws and never waits. */
  write(line: string): void;
  /** Lines that were dropped: the reader was slow, or is gone. */
  readonly dropped: number;
}

/**
 * Writes lines to a stream, such as standard output, that may be slow or closed at its other end. `onDropped` makes the
 * line, with its end, that tells how many are missing when the stream takes lines again.
 */
export function createLineWriter(stream: Writable, onDropped: (count: number) => string): LineWriter {
  let dropped = 0;
  let untold = 0;
  let isGone = false;
  // Without a listener a closed pipe (EPIPE) would end the process.
  stream.on('error', () => {
    isGone = true;
  });
  const put = (line: string): boolean => {
    if (isGone || stream.destroyed || stream.writableEnded || stream.writableLength > MAX_WAITING) return false;
    try {
      stream.write(line);
      return true;
    } catch {
      return false;
    }
  };
  return {
    write: (line) => {
      if (untold > 0 && put(onDropped(untold))) untold = 0;
      if (put(line)) return;
      dropped++;
      untold++;
    },
    get dropped() {
      return dropped;
    },
  };
}
