import { VerdictError } from '../../errors.ts';
import { isObject, parseJson } from '../../json.ts';
import { lines } from '../../lines.ts';
import type { Finished } from './process.ts';

/** What a plugin says of an artifact, as Ratify's plugins say it. */
export interface PluginAnswer {
  readonly isSuccess: boolean;
  readonly message: string;
  /** The whole answer, byte for byte. */
  readonly bytes: Uint8Array;
}

/** Characters of a plugin's own words in a message of ours. */
const MAX_WORDS = 1024;
/** Lines of a log that stand in a message: the last say most. */
const LOG_LINES_TOLD = 3;
const OPEN_OBJECT = 0x7b;
const LOG_PREFIX = /^(?:info|warn|warning|debug|error): */i;

/**
 * Error codes of the protocol that the same plugin with the same settings gives again: 1 and 2 configuration, 3 unknown
 * command, 4 missing variables, 6 version, 7 arguments. Others (0 unknown, 5 input or output, 8 the verification
 * itself, 999 internal) may be a registry that does not answer.
 */
const LASTING_CODES: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 7]);

/**
 * The one answer in what a plugin wrote: any line, of either output, that is a JSON object with a boolean `isSuccess`.
 * Other lines are its log. Throws PLUGIN_FAILED where it did not end well, gave no answer, or more than one: what it logs
 * may be an attacker's words, and must not be taken for an answer beside its own.
 */
export function answerOf(finished: Finished): PluginAnswer {
  const { exitCode, stdout, stderr } = finished;
  if (exitCode !== 0) throw failure(finished);
  const answers = [stderr, stdout].flatMap((output) => objectsIn(output).filter(isAnswer));
  const [answer] = answers;
  if (answer === undefined) throw new VerdictError('PLUGIN_FAILED', `it gave no answer${logOf(finished)}`);
  if (answers.length > 1) throw new VerdictError('PLUGIN_FAILED', `it gave ${answers.length} answers instead of one`);
  const { isSuccess, message } = answer.value;
  return { isSuccess, message: typeof message === 'string' ? words(message) : '', bytes: answer.bytes };
}

interface Parsed {
  readonly value: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

const isAnswer = (
  parsed: Parsed,
): parsed is Parsed & { readonly value: { readonly isSuccess: boolean; readonly message?: unknown } } =>
  typeof parsed.value.isSuccess === 'boolean';

const objectsIn = (output: Uint8Array): readonly Parsed[] =>
  [...lines(output)].flatMap(({ bytes }) => (bytes.includes(OPEN_OBJECT) ? (objectOf(trimmed(bytes)) ?? []) : []));

/** Undefined for whatever is no object that a policy could take. */
function objectOf(bytes: Uint8Array): Parsed | undefined {
  try {
    const value = parseJson(bytes);
    return isObject(value) ? { value, bytes } : undefined;
  } catch (thrown) {
    if (thrown instanceof VerdictError) return undefined;
    throw thrown;
  }
}

/** Without blanks at both ends: they are no part of the value. */
function trimmed(bytes: Uint8Array): Uint8Array {
  const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;
  let [start, end] = [0, bytes.byteLength];
  while (start < end && isBlank(bytes[start])) start++;
  while (end > start && isBlank(bytes[end - 1])) end--;
  return bytes.subarray(start, end);
}

/** Why a plugin ended badly, in its own words where it has some: one object over several lines, or on a line of its own. */
function failure(finished: Finished): VerdictError {
  const { exitCode, signal, stdout, stderr } = finished;
  const whole = [stdout, stderr].flatMap((output) => objectOf(output) ?? []);
  const told = [...whole, ...objectsIn(stdout), ...objectsIn(stderr)].find(
    ({ value }) => typeof value.code === 'number' && typeof value.msg === 'string',
  );
  const ended = exitCode === null ? `it was ended by ${signal ?? 'a signal'}` : `it ended with status ${exitCode}`;
  if (told === undefined) return new VerdictError('PLUGIN_FAILED', `${ended}${logOf(finished)}`, { retryable: true });
  const { code, msg, details } = told.value;
  const reason = [msg, details].filter((text) => typeof text === 'string' && text !== '').join(': ');
  const retryable = !LASTING_CODES.has(Number(code));
  return new VerdictError('PLUGIN_FAILED', `${ended}: ${words(`error ${String(code)}: ${reason}`)}`, { retryable });
}

/** The end of what a plugin logged, for the message about its failure. */
function logOf({ stdout, stderr }: Finished): string {
  const decoder = new TextDecoder();
  const told = [...lines(stdout), ...lines(stderr)]
    .slice(-LOG_LINES_TOLD)
    .map(({ bytes }) => decoder.decode(bytes.subarray(0, MAX_WORDS)).trim().replace(LOG_PREFIX, ''));
  return told.length === 0 ? '' : `; it said: ${words(told.join(' | '))}`;
}

const words = (text: string): string => (text.length <= MAX_WORDS ? text : `${text.slice(0, MAX_WORDS - 1)}…`);
