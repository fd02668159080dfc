import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import { asVerdictError, type ErrorCode, VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import type { Trace } from '../trace.ts';
import { type Decides, type Outcome, type Patience, patience } from './decider.ts';
import { type Key, parseKey } from './keys.ts';
import type { Metrics } from './metrics.ts';
import { traceOf } from './traced.ts';
import { type Shown, valueText } from './value.ts';

/** What the provider's routes work with. */
export interface GatekeeperDeps {
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
}

/** https://open-policy-agent.github.io/gatekeeper/website/docs/externaldata: one answer for a key, or why there is none. */
type Item =
  | {
      readonly key: string;
      readonly value: string /** Why it is denied; empty where it is not. */;
      readonly denied: string;
    }
  | { readonly key: string; readonly error: string }
  /** No answer may be kept: the same question may have one in a moment. */
  | { readonly key: string; readonly undecided: string; readonly code: ErrorCode };

/** Longest `systemError`: a person reads it in the message of a denied Pod. */
const MAX_SYSTEM_ERROR = 2048;
/** Kept for the answer itself, out of the time that a request has. */
const MARGIN = 50;

/**
 * The provider of Gatekeeper's external data. Always answers 200: other statuses are looked at by nobody. If any key has
 * no answer that may be kept, there are no items at all, because Gatekeeper keeps items.
 */
export function registerGatekeeper(app: FastifyInstance, { decider, settings, metrics }: GatekeeperDeps): void {
  app.post('/v1/gatekeeper/validate', { errorHandler: refusing(false) }, async (request, reply) => {
    reply.type('application/json');
    const { verifyTimeout, passthrough, keys } = settings();
    const shown: Shown = passthrough
      ? 'reports'
      : (request.query as { reports?: string }).reports === 'true'
        ? 'both'
        : 'decision';
    return await answer({ body: request.body, most: keys, idempotent: false, metrics }, async (asked) => {
      const signal = patience(verifyTimeout - MARGIN);
      const trace = traceOf(request);
      return await Promise.all(asked.map((key) => validate(key, decider(), shown, signal, trace)));
    });
  });
  app.post('/v1/gatekeeper/mutate', { errorHandler: refusing(true) }, async (request, reply) => {
    reply.type('application/json');
    const { mutateTimeout, keys } = settings();
    return await answer({ body: request.body, most: keys, idempotent: true, metrics }, async (asked) => {
      const signal = patience(mutateTimeout - MARGIN);
      const trace = traceOf(request);
      return await Promise.all(asked.map((key) => mutate(key, decider(), signal, trace)));
    });
  });
}

/** What Fastify refuses (a body that is too large or breaks off) is answered as everything else is. */
const refusing =
  (idempotent: boolean): NonNullable<RouteShorthandOptions['errorHandler']> =>
  (error, _request, reply) => {
    const { message } = error as { message?: string };
    reply
      .code(200)
      .type('application/json')
      .send(response(idempotent, [], `USAGE: ${message ?? 'not understood'}`));
  };

interface Asked {
  readonly body: unknown;
  /** Most keys. */
  readonly most: number;
  readonly idempotent: boolean;
  readonly metrics: GatekeeperDeps['metrics'];
}

async function answer(
  { body, most, idempotent, metrics }: Asked,
  work: (keys: readonly string[]) => Promise<readonly Item[]>,
): Promise<string> {
  try {
    const items = await work(keysOf(body, most));
    const open = items.find((item) => 'undecided' in item);
    if (open === undefined) return response(idempotent, items, '');
    metrics.systemError(open.code);
    return response(idempotent, [], systemError(items));
  } catch (thrown) {
    const { code, message } = asVerdictError(thrown);
    metrics.systemError(code);
    return response(idempotent, [], `${code}: ${message}`);
  }
}

async function validate(text: string, decider: Decides, shown: Shown, signal: Patience, trace: Trace): Promise<Item> {
  let key: Key;
  try {
    key = parseKey(text);
  } catch (thrown) {
    return refused(text, asVerdictError(thrown));
  }
  const outcome = await decider.decide({ ...key, caller: 'gatekeeper', parameters: {} }, signal, trace);
  return itemOf(text, outcome, shown);
}

function itemOf(key: string, outcome: Outcome, shown: Shown): Item {
  switch (outcome.kind) {
    case 'fault':
      return outcome.error.retryable ? undecided(key, outcome.error) : refused(key, outcome.error);
    case 'decided': {
      const { decided, cached } = outcome;
      const { decision, message } = decided.answer;
      // An allow is a decision, whatever is missing; where somebody else decides, nothing may be missing.
      const isSettled = decided.gap === '' || (decision.allow && shown !== 'reports');
      return isSettled
        ? { key, value: valueText(decided, cached, shown), denied: decision.allow ? '' : message }
        : { key, undecided: decided.gap, code: 'UNDECIDED' };
    }
  }
}

async function mutate(text: string, decider: Decides, signal: Patience, trace: Trace): Promise<Item> {
  try {
    const { reference } = parseKey(text);
    if (reference.digest !== '') return { key: text, value: JSON.stringify(text), denied: '' };
    const { digest } = await decider.pin(reference, signal, trace);
    const { registry, repository, tag } = reference;
    return { key: text, value: JSON.stringify(`${registry}/${repository}:${tag}@${digest}`), denied: '' };
  } catch (thrown) {
    const error = asVerdictError(thrown);
    return error.retryable ? undecided(text, error) : refused(text, error);
  }
}

const refused = (key: string, { code, message }: VerdictError): Item => ({ key, error: `${code}: ${message}` });

const undecided = (key: string, { code, message }: VerdictError): Item => ({
  key,
  undecided: `${code}: ${message}`,
  code,
});

/** Every key once: Gatekeeper finds answers by key. Throws USAGE or LIMIT_EXCEEDED. */
function keysOf(body: unknown, most: number): readonly string[] {
  if (!(body instanceof Uint8Array)) throw new VerdictError('USAGE', 'send a ProviderRequest as JSON');
  const value = parseJson(body, 'the request', 'USAGE');
  const request = isObject(value) ? (value.request ?? {}) : undefined;
  const keys = isObject(request) ? (request.keys ?? []) : undefined;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw new VerdictError('USAGE', 'a ProviderRequest has a list of texts under "request.keys"');
  }
  if (keys.length > most) {
    throw new VerdictError('LIMIT_EXCEEDED', `${keys.length} keys in one request, more than ${most} (server.keys)`);
  }
  return [...new Set<string>(keys)];
}

/** Every key that is undecided or denied, with its reason. */
function systemError(items: readonly Item[]): string {
  const lines = items.flatMap((item) => {
    const reason = 'undecided' in item ? item.undecided : 'error' in item ? item.error : item.denied;
    return reason === '' ? [] : [`${item.key}: ${reason}`];
  });
  const text = lines.join('; ');
  return text.length <= MAX_SYSTEM_ERROR ? text : `${text.slice(0, MAX_SYSTEM_ERROR - 1)}…`;
}

/** Values are JSON text already. */
function response(idempotent: boolean, items: readonly Item[], systemError: string): string {
  const listed = items.map((item) => {
    const key = JSON.stringify(item.key);
    return 'value' in item
      ? `{"key":${key},"value":${item.value}}`
      : `{"key":${key},"error":${JSON.stringify('error' in item ? item.error : '')}}`;
  });
  const head = '"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderResponse"';
  const body = `"idempotent":${idempotent},"items":[${listed.join(',')}],"systemError":${JSON.stringify(systemError)}`;
  return `{${head},"response":{${body}}}`;
}
