import type { FastifyReply } from 'fastify';
import { VerdictError } from '../../errors.ts';
import { idMember, send, statusOfDecision, v1Members } from './answer.ts';
import { type Ask, type Decided, decide } from './decide.ts';
import { BATCH_PARALLEL, type DataDeps } from './deps.ts';
import { type JsonMember, objectText } from './json-text.ts';
import type { Query } from './query.ts';

export type BatchItem = readonly [id: string, input: Uint8Array];

/**
 * Decides every input over the same path and at the same time, and answers in Enterprise OPA's shape: 200 where all
 * were evaluated, 500 where none was, else 207. What no longer fits the answer is a fault of that input; which one
 * depends on what was evaluated first. Stops when the caller has gone.
 */
export async function sendBatch(
  reply: FastifyReply,
  deps: DataDeps,
  ask: Omit<Ask, 'input' | 'batchId'>,
  items: readonly BatchItem[],
  query: Query,
): Promise<FastifyReply> {
  const batchId = deps.newId();
  const decided = await decideAll(deps, { ...ask, batchId }, items, () => reply.raw.destroyed);
  const statuses = new Set(decided.map(([, one]) => statusOfDecision(one)));
  const status = statuses.size > 1 ? 207 : statuses.has(500) ? 500 : 200;
  const responses = decided.map(([id, one]): JsonMember => {
    const members = v1Members(deps, one, query, false);
    const own: JsonMember[] = status === 200 ? [] : [['http_status_code', `"${statusOfDecision(one)}"`]];
    return [id, objectText([...own, ...members])];
  });
  const members: JsonMember[] = [...idMember('batch_decision_id', deps, batchId, query)];
  return send(reply, status, objectText([...members, ['responses', objectText(responses)]]), query);
}

async function decideAll(
  deps: DataDeps,
  ask: Omit<Ask, 'input'>,
  items: readonly BatchItem[],
  gone: () => boolean,
): Promise<readonly (readonly [id: string, decided: Decided])[]> {
  const decided: (readonly [string, Decided])[] = [];
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, [id, input]] of queue) {
      const one = gone() ? GONE : await decide(deps, { ...ask, input });
      decided[index] = [id, one];
    }
  };
  await Promise.all(Array.from({ length: BATCH_PARALLEL }, work));
  return decided;
}

/** Nobody reads this answer. */
const GONE: Decided = {
  id: '',
  evaluated: { kind: 'fault', error: new VerdictError('DEADLINE_EXCEEDED', 'the caller has gone') },
  metrics: {},
};
