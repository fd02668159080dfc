import type { ErrorCode } from '../errors.ts';

/** What a command may touch of the process around it. */
export interface Io {
  /** Standard output: results only. */
  readonly out: (text: string | Uint8Array) => void;
  /** Standard error: progress, diagnostics. */
  readonly err: (text: string) => void;
  /** Whether results go to a terminal that shows colours. */
  readonly colour: boolean;
  /** Whether standard error is a terminal, where a progress line can be redrawn. */
  readonly progress: boolean;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

/**
 * Exit codes.
 * `undecided`: no decision was possible; `usage`: the command line or the configuration is at fault.
 */
export const EXIT = { allowed: 0, ok: 0, denied: 1, undecided: 2, usage: 64 } as const;

const USAGE: ReadonlySet<ErrorCode> = new Set([
  'CONFIG_INVALID',
  'TRUST_INVALID',
  'USAGE',
  'REFERENCE_INVALID',
  'POLICY_INVALID',
  'BUNDLE_INVALID',
  'NODE_TOO_OLD',
]);

/** Faults of the person who asked are usage; everything else means that no decision was possible. */
export const exitCodeOf = (code: ErrorCode): number => (USAGE.has(code) ? EXIT.usage : EXIT.undecided);

/** The process's own. Colour follows https://no-color.org and the terminal. */
export function processIo(): Io {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    colour: stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    progress: stderr.isTTY === true && env.TERM !== 'dumb' && (env.CI ?? '') === '',
    directory: process.cwd(),
    environment: env,
    now: () => new Date(),
  };
}
