/** How long somebody waits. */
export interface Patience {
  /** Makes the signal, the same each time, when it is needed. */
  (): AbortSignal;
  /** Milliseconds that are left; without it, nobody can tell. */
  readonly left?: () => number;
}

/** Waits so many milliseconds, from now on. */
export function patience(ms: number): Patience {
  const started = performance.now();
  let signal: AbortSignal | undefined;
  const left = (): number => ms - (performance.now() - started);
  const wait = (): AbortSignal => {
    signal ??= AbortSignal.timeout(Math.max(1, Math.round(left())));
    return signal;
  };
  return Object.assign(wait, { left });
}
