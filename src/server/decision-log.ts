import type { DecisionLog as Settings } from '../generated/config.ts';
import { FileLog } from './data/file-log.ts';
import { ConsoleLog, type DecisionLog } from './data/log.ts';

export interface OpenDecisionLog {
  readonly log: DecisionLog;
  /** Writes what waits. */
  readonly close: () => Promise<void>;
}

/** Where the Data API records what it decides. `out`: takes one line for standard output. */
export function openDecisionLog(
  { path, maxBytes, files, inputs }: Settings,
  out: (line: string) => void,
): OpenDecisionLog {
  if (path === undefined) return { log: new ConsoleLog(out, { inputs }), close: async () => undefined };
  const log = new FileLog({ path, maxBytes, files, inputs });
  return { log, close: () => log.close() };
}
