import type { FastifyInstance } from 'fastify';
import { asVerdictError, VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import type { Trace } from '../trace.ts';
import type { Decides } from './decider.ts';
import { parseKey } from './keys.ts';
import { type Patience, patience } from './patience.ts';
import { ORDINARY, type Outcome, type Question } from './question.ts';
import { traceOf } from './traced.ts';
import { valueText } from './value.ts';

/** What the native routes work with. */
export interface NativeDeps {
  readonly decider: () => Decides;
  readonly settings: () => NativeSettings;
}

export interface NativeSettings {
  /** Names of parameters that a caller may give. */
  readonly parameters: readonly string[];
  /** Milliseconds for one decision. */
  readonly deadline: number;
  /** Most questions of one request. */
  readonly keys: number;
}

/** `POST /v1/verify` and `/v1/evidence`: one question, or several under `questions`, answered in their order. */
export function registerNative(app: FastifyInstance, { decider, settings }: NativeDeps): void {
  app.post('/v1/verify', async (request, reply) => {
    reply.type('application/json');
    const trace = traceOf(request);
    return await answerAll(request.body, settings(), (question, signal) => verify(decider(), question, signal, trace));
  });
  app.post('/v1/evidence', async (request, reply) => {
    reply.type('application/json');
    const trace = traceOf(request);
    return await answerAll(request.body, settings(), (question, signal) =>
      evidence(decider(), question, signal, trace),
    );
  });
}

type Ask = (question: Question, signal: Patience) => Promise<string>;

async function answerAll(body: unknown, settings: NativeSettings, ask: Ask): Promise<string> {
  const value = body instanceof Uint8Array ? parseJson(body, 'the request', 'USAGE') : undefined;
  if (!isObject(value)) throw new VerdictError('USAGE', 'send a JSON object with "reference", or with "questions"');
  const signal = patience(settings.deadline);
  if (value.questions === undefined) return await ask(questionOf(value, settings), signal);
  const { questions } = value;
  if (!Array.isArray(questions)) throw new VerdictError('USAGE', '"questions" is a list');
  if (questions.length > settings.keys) {
    throw new VerdictError(
      'LIMIT_EXCEEDED',
      `${questions.length} questions in one request, more than ${settings.keys}`,
    );
  }
  const answers = await Promise.all(
    questions.map(async (one: unknown) => {
      try {
        return await ask(questionOf(one, settings), signal);
      } catch (thrown) {
        return faultOf(asVerdictError(thrown));
      }
    }),
  );
  return `{"answers":[${answers.join(',')}]}`;
}

function questionOf(value: unknown, { parameters: known }: NativeSettings): Question {
  if (!isObject(value) || typeof value.reference !== 'string') {
    throw new VerdictError('USAGE', 'a question has a text "reference"');
  }
  const { reference, namespace = '', parameters = {} } = value;
  if (typeof namespace !== 'string') throw new VerdictError('USAGE', '"namespace" is a text');
  if (!isObject(parameters)) throw new VerdictError('USAGE', '"parameters" is an object');
  const foreign = Object.keys(parameters).filter((name) => !known.includes(name));
  if (foreign.length > 0) {
    throw new VerdictError(
      'USAGE',
      `the parameters ${foreign.join(', ').slice(0, 200)} are not taken; name them under \`server.parameters\` if they should be`,
    );
  }
  const key = parseKey(namespace === '' ? reference : `[${namespace}]${reference}`);
  return { ...key, caller: 'api', parameters, wants: ORDINARY };
}

async function verify(decider: Decides, question: Question, signal: Patience, trace: Trace): Promise<string> {
  const { decided, cached } = settled(await decider.decide(question, signal, trace));
  return valueText(decided, cached, { kind: 'decision' });
}

async function evidence(decider: Decides, question: Question, signal: Patience, trace: Trace): Promise<string> {
  const { decided } = settled(await decider.decide(question, signal, trace));
  return JSON.stringify(decided.evidence);
}

function settled(outcome: Outcome): Extract<Outcome, { kind: 'decided' }> {
  if (outcome.kind === 'fault') throw outcome.error;
  return outcome;
}

/** An error as every route answers it. */
export const faultOf = (error: VerdictError): string =>
  JSON.stringify({ error: { ...error.toFacts(), remedy: error.remedy } });
