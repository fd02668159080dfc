import { encodeFields, type Fields, mergeFields } from './log-fields.ts';

export type { Fields } from './log-fields.ts';

/** What an event is told of. Fields never hold payloads: documents, bodies, tokens. */
export interface Logger {
  /** Whether `debug` writes anything. */
  readonly isDebug: boolean;
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  /** A logger whose every line has these fields too, such as `requestId` and `traceId`. */
  child(fields: Fields): Logger;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];
/** The least that is written; `silent`: nothing. */
export type LogLevel = Level | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Gets one line of JSON with its end. What it throws is dropped: no request fails for its log. */
  readonly write: (line: string) => void;
  readonly now: () => Date;
}

/**
 * One JSON object a line: `time` (RFC 3339, UTC), `level`, `msg`, then the fields. Control characters, line and
 * paragraph separators and marks of text direction are escaped, so nothing in a value can end a line or forge one.
 */
export function createLogger({ level, write, now }: LoggerOptions): Logger {
  const least = level === 'silent' ? LEVELS.length : LEVELS.indexOf(level);
  const made = (bound: Fields): Logger => {
    const at = (own: Level): Logger['info'] => {
      if (LEVELS.indexOf(own) < least) return () => undefined;
      return (fields, message) => {
        try {
          write(`${encodeFields({ time: now(), level: own, msg: message }, mergeFields(bound, fields))}\n`);
        } catch {
          // Whatever is wrong with the output must not reach the work that was told of.
        }
      };
    };
    return {
      isDebug: least === LEVELS.indexOf('debug'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => made(mergeFields(bound, fields)),
    };
  };
  return made({});
}
