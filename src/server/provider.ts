import type { FastifyRequest, RouteShorthandOptions } from 'fastify';
import { asVerdictError, type ErrorCode, VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import type { Trace } from '../trace.ts';
import type { Decides } from './decider.ts';
import type { Key } from './keys.ts';
import { memo } from './memo.ts';
import type { Metrics } from './metrics.ts';
import { type Patience, patience } from './patience.ts';
import type { Outcome, Wants } from './question.ts';
import { traceOf } from './traced.ts';

/** What the routes of a provider work with. */
export interface ProviderDeps {
  /** The decider of the configuration that is at work now. */
  readonly decider: () => Decides;
  readonly settings: () => ProviderSettings;
  readonly metrics: Pick<Metrics, 'systemError'>;
}

export interface ProviderSettings {
  /** Most keys of one request. */
  readonly keys: number;
  /** Milliseconds for one request. */
  readonly verifyTimeout: number;
  readonly mutateTimeout: number;
  /** Whether Gatekeeper's own Rego decides. */
  readonly passthrough: boolean;
  /** Whether our policy is asked then too. */
  readonly advice: boolean;
  /** Bytes of reports and documents for one key. */
  readonly reportBytes: number;
}

/** https://open-policy-agent.github.io/gatekeeper/website/docs/externaldata: one answer for a key, or why there is none. */
export type Item =
  | {
      readonly key: string;
      /** JSON text. */
      readonly value: string;
      /** Why it is denied; empty where it is not. */
      readonly denied: string;
    }
  | { readonly key: string; readonly error: string }
  /** No answer may be kept: the same question may have one in a moment. */
  | { readonly key: string; readonly undecided: string; readonly code: ErrorCode };

/** How one provider interface reads keys, words faults and writes answers. */
export interface Dialect {
  /** Throws REFERENCE_INVALID. */
  readonly key: (text: string) => Key;
  readonly fault: (error: VerdictError) => string;
  /** What a key gets that will not have another answer later. */
  readonly refused: (key: string, error: VerdictError) => Item;
  /** The body of the answer. Items whose answer may not be kept are never among these. */
  readonly write: (answer: ProviderAnswer) => string;
}

export interface ProviderAnswer {
  readonly idempotent: boolean;
  readonly items: readonly Item[];
  /** Empty: there is none. */
  readonly systemError: string;
}

/** The value of a decided key, JSON text, and why it is denied. */
export interface Value {
  readonly text: string;
  /** Empty where it is allowed. */
  readonly denied: string;
  /** Whether it may be kept. */
  readonly settled: boolean;
}

/** What a decision is as a value, and what has to be known for it. */
export interface Express {
  readonly wants: Wants;
  readonly value: (outcome: Extract<Outcome, { readonly kind: 'decided' }>) => Value;
}

const NONE: Readonly<Record<string, unknown>> = {};

/** Longest `systemError`: a person reads it in the message of a denied Pod. */
const MAX_SYSTEM_ERROR = 2048;
/** Kept for the answer itself, out of the time that a request has. */
const MARGIN = 50;

/** What Fastify refuses (a body that is too large or breaks off) is answered as everything else is. */
export const refusing =
  ({ fault, write }: Dialect, idempotent: boolean): NonNullable<RouteShorthandOptions['errorHandler']> =>
  (error, _request, reply) => {
    const { message } = error as { message?: string };
    const systemError = fault(new VerdictError('USAGE', message ?? 'not understood'));
    reply
      .code(200)
      .type('application/json')
      .send(write({ idempotent, items: [], systemError }));
  };

/**
 * Answers a validation request. `express` says what a decision is as a value. If any key has no answer that may be kept,
 * there are no items at all, because Gatekeeper keeps items.
 */
export async function answerValidation(
  request: FastifyRequest,
  { decider, settings, metrics }: ProviderDeps,
  dialect: Dialect,
  express: Express,
): Promise<string> {
  const { keys, verifyTimeout } = settings();
  const signal = patience(verifyTimeout - MARGIN);
  const trace = traceOf(request);
  return await answer({ body: request.body, most: keys, idempotent: false, metrics, dialect }, async (key) => {
    const question = { ...dialect.key(key), caller: 'gatekeeper', parameters: NONE, wants: express.wants } as const;
    const outcome = await decider().decide(question, signal, trace);
    if (outcome.kind === 'fault') throw outcome.error;
    const { text, denied, settled } = express.value(outcome);
    return settled ? { key, value: text, denied } : { key, undecided: outcome.decided.gap, code: 'UNDECIDED' };
  });
}

/** Answers a mutation request: a tag becomes `registry/repository:tag@digest`, what has a digest stays. */
export async function answerMutation(
  request: FastifyRequest,
  { decider, settings, metrics }: ProviderDeps,
  dialect: Dialect,
): Promise<string> {
  const { keys, mutateTimeout } = settings();
  const signal = patience(mutateTimeout - MARGIN);
  const trace = traceOf(request);
  return await answer({ body: request.body, most: keys, idempotent: true, metrics, dialect }, async (key) => {
    const { reference } = dialect.key(key);
    const value = reference.digest === '' ? await pinned(reference, decider(), signal, trace) : key;
    return { key, value: JSON.stringify(value), denied: '' };
  });
}

async function pinned(reference: Key['reference'], decider: Decides, signal: Patience, trace: Trace): Promise<string> {
  const { registry, repository, tag } = reference;
  const { digest } = await decider.pin(reference, signal, trace);
  return `${registry}/${repository}:${tag}@${digest}`;
}

/** Items as JSON text. */
export const itemsText = (items: readonly Item[]): string =>
  `[${items
    .map((item) => {
      const key = JSON.stringify(item.key);
      return 'value' in item
        ? `{"key":${key},"value":${item.value}}`
        : `{"key":${key},"error":${JSON.stringify('error' in item ? item.error : item.undecided)}}`;
    })
    .join(',')}]`;

interface Asked {
  readonly body: unknown;
  /** Most keys. */
  readonly most: number;
  readonly idempotent: boolean;
  readonly metrics: ProviderDeps['metrics'];
  readonly dialect: Dialect;
}

async function answer(
  { body, most, idempotent, metrics, dialect }: Asked,
  work: (key: string) => Promise<Item>,
): Promise<string> {
  const refuse = (code: ErrorCode, systemError: string): string => {
    metrics.systemError(code);
    return dialect.write({ idempotent, items: [], systemError });
  };
  try {
    const keys = keysOf(body, most);
    const items = await Promise.all(keys.map((key) => work(key).catch((thrown) => faultItem(key, thrown, dialect))));
    const open = items.find((item) => 'undecided' in item);
    return open === undefined
      ? dialect.write({ idempotent, items, systemError: '' })
      : refuse(open.code, systemErrorOf(items));
  } catch (thrown) {
    const error = asVerdictError(thrown);
    return refuse(error.code, dialect.fault(error));
  }
}

function faultItem(key: string, thrown: unknown, { fault, refused }: Dialect): Item {
  const error = asVerdictError(thrown);
  return error.retryable ? { key, undecided: fault(error), code: error.code } : refused(key, error);
}

/** Every key once: Gatekeeper finds answers by key. Throws USAGE or LIMIT_EXCEEDED. */
function keysOf(body: unknown, most: number): readonly string[] {
  if (!(body instanceof Uint8Array)) throw new VerdictError('USAGE', 'send a ProviderRequest as JSON');
  const { all, distinct } = body.length <= MAX_KEPT_BODY ? keptKeys(latin1(body)) : readKeys(body);
  if (all > most) {
    throw new VerdictError('LIMIT_EXCEEDED', `${all} keys in one request, more than ${most} (server.keys)`);
  }
  return distinct;
}

interface AskedKeys {
  /** How many there were. */
  readonly all: number;
  readonly distinct: readonly string[];
}

function readKeys(body: Uint8Array): AskedKeys {
  const value = parseJson(body, 'the request', 'USAGE');
  const request = isObject(value) ? (value.request ?? {}) : undefined;
  const keys = isObject(request) ? (request.keys ?? []) : undefined;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw new VerdictError('USAGE', 'a ProviderRequest has a list of texts under "request.keys"');
  }
  return { all: keys.length, distinct: [...new Set<string>(keys)] };
}

/** Bytes of a body with some twenty keys. */
const MAX_KEPT_BODY = 4096;
/** A name for a body: one character for each byte. */
const latin1 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
const keptKeys = memo((text) => readKeys(Buffer.from(text, 'latin1')), { entries: 2000, length: MAX_KEPT_BODY });

/** Every key that is undecided or denied, with its reason. */
function systemErrorOf(items: readonly Item[]): string {
  const lines = items.flatMap((item) => {
    const reason = 'undecided' in item ? item.undecided : 'error' in item ? item.error : item.denied;
    return reason === '' ? [] : [`${item.key}: ${reason}`];
  });
  const text = lines.join('; ');
  return text.length <= MAX_SYSTEM_ERROR ? text : `${text.slice(0, MAX_SYSTEM_ERROR - 1)}…`;
}
