import type { Step } from '../../evaluate.ts';
import type { Io } from '../io.ts';

/** Nothing is shown before this many milliseconds: what is quick needs no progress. */
const PATIENCE_MS = 500;
const REDRAW_MS = 120;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const WORDS: Readonly<Record<Step, string>> = {
  resolve: 'resolving',
  discover: 'looking for evidence',
  decide: 'deciding',
};

export interface Progress {
  readonly onStep: (step: Step) => void;
  /** Clears the line; nothing is drawn afterwards. */
  readonly end: () => void;
}

/** One line on standard error while something is slow, on a terminal only. */
export function progress(io: Pick<Io, 'err' | 'progress'>, requests: () => number): Progress {
  if (!io.progress) return { onStep: () => undefined, end: () => undefined };
  const started = performance.now();
  let word = WORDS.resolve;
  let frame = 0;
  let isDrawn = false;
  const timer = setInterval(() => {
    if (performance.now() - started < PATIENCE_MS) return;
    const count = requests();
    frame = (frame + 1) % FRAMES.length;
    io.err(`\r\u001b[K${FRAMES[frame] ?? ''} ${word}${count > 0 ? ` (${count} requests)` : ''}`);
    isDrawn = true;
  }, REDRAW_MS);
  timer.unref();
  return {
    onStep: (step) => {
      word = WORDS[step];
    },
    end: () => {
      clearInterval(timer);
      if (isDrawn) io.err('\r\u001b[K');
    },
  };
}
