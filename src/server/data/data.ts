import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { send, sendFault, sendV0, statusOfDecision, v1Members } from './answer.ts';
import { sendBatch } from './batch.ts';
import { type Ask, type Caller, decide, peerOf } from './decide.ts';
import { type DataDeps, DEFAULT_BODY_BYTES, MAX_ANSWER_BYTES } from './deps.ts';
import { registerHealth, registerRefused } from './health.ts';
import { bareInput, batchInputs, bodyOf, queriedInput, wrappedInput } from './input.ts';
import { objectText } from './json-text.ts';
import { segmentsOf } from './path.ts';
import { type Query, urlOf } from './query.ts';

export type { DataDeps, Evaluated } from './deps.ts';

/** What `POST /` asks: OPA's default decision is `system/main`, ours the one that every policy has. */
const DEFAULT_DECISION: readonly string[] = ['verdict', 'decision'];

/**
 * OPA's Data API (https://www.openpolicyagent.org/docs/rest-api#data-api) over the entrypoints of a policy. It gathers
 * nothing: the bytes a caller sends as input are the bytes that the policy reads. All routes and the way bodies are read
 * and errors are answered stay within a scope of their own.
 *
 * Unlike OPA it takes JSON only in the strict subset of `scanJson`, and no YAML; it hands `input: null` on as null; it
 * ignores `explain` and `strict-builtin-errors`; and it answers what follows from entrypoints only, never base data.
 */
export function registerData(app: FastifyInstance, deps: DataDeps): void {
  void app.register((scope, _options, done) => {
    const bodyLimit = deps.bodyBytes ?? DEFAULT_BODY_BYTES;
    scope.removeAllContentTypeParsers();
    // As OPA: whatever a body is called, it is JSON.
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, parsed) => parsed(null, body));
    scope.setErrorHandler((thrown, _request, reply) => sendFault(reply, thrown, deps));
    registerRoutes(scope, deps, bodyLimit);
    registerHealth(scope, deps);
    registerRefused(scope);
    done();
  });
}

/** A request of this API: what every handler needs of it. */
interface Question {
  readonly path: readonly string[];
  readonly query: Query;
  /** The question to the policy, once its input was read. */
  readonly ask: (input: Uint8Array | undefined) => Ask;
}

function registerRoutes(scope: FastifyInstance, deps: DataDeps, bodyLimit: number): void {
  let requests = 0;
  const question = (request: FastifyRequest, prefix: string): Question => {
    const started = performance.now();
    requests++;
    const { path: whole, query } = urlOf(request.raw.url ?? '');
    const path = prefix === '' ? DEFAULT_DECISION : segmentsOf(whole.slice(prefix.length));
    const requestId = requests;
    const time = deps.now();
    return {
      path,
      query,
      ask: (input) => {
        const caller: Caller = { requestedBy: peerOf(request), requestId, started, parsed: performance.now() };
        return { path, input, time, caller, room: { left: MAX_ANSWER_BYTES } };
      },
    };
  };

  const sendV1 = async (
    reply: FastifyReply,
    { query, ask }: Question,
    input: Uint8Array | undefined,
    warn: boolean,
  ) => {
    const decided = await decide(deps, ask(input));
    return await send(reply, statusOfDecision(decided), objectText(v1Members(deps, decided, query, warn)), query);
  };

  for (const url of ['/v1/data', '/v1/data/*']) {
    scope.post(url, async (request, reply) => {
      const asked = question(request, '/v1/data');
      const input = wrappedInput(await bodyOf(request, bodyLimit));
      return await sendV1(reply, asked, input, input === undefined);
    });
    scope.get(url, { exposeHeadRoute: false }, async (request, reply) => {
      const asked = question(request, '/v1/data');
      return await sendV1(reply, asked, queriedInput(asked.query), false);
    });
  }

  const v0 = async (request: FastifyRequest, reply: FastifyReply, prefix: string): Promise<FastifyReply> => {
    const { path, query, ask } = question(request, prefix);
    const input = bareInput(await bodyOf(request, bodyLimit));
    return sendV0(reply, path, await decide(deps, ask(input)), query);
  };
  for (const url of ['/v0/data', '/v0/data/*']) scope.post(url, (request, reply) => v0(request, reply, '/v0/data'));
  scope.post('/', (request, reply) => v0(request, reply, ''));

  for (const url of ['/v1/batch/data', '/v1/batch/data/*']) {
    scope.post(url, async (request, reply) => {
      const { query, ask } = question(request, '/v1/batch/data');
      const items = batchInputs(await bodyOf(request, bodyLimit));
      return await sendBatch(reply, deps, ask(undefined), items, query);
    });
  }
}
