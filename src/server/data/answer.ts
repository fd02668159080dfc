import { Buffer } from 'node:buffer';
import type { FastifyReply } from 'fastify';
import { type ErrorCode, VerdictError } from '../../errors.ts';
import type { Decided } from './decide.ts';
import type { DataDeps } from './deps.ts';
import { type JsonMember, layOut, objectText } from './json-text.ts';
import { referenceOf } from './path.ts';
import type { Query } from './query.ts';

/** Bytes up to which an answer is indented on request: that is for people, and deep arrays grow a hundredfold. */
export const MAX_PRETTY_BYTES = 256 * 1024;

const NEWLINE = Buffer.from('\n');

/** Sends JSON text. */
export function send(reply: FastifyReply, status: number, json: Uint8Array, query?: Query): FastifyReply {
  const pretty = query?.flag('pretty') === true && json.byteLength <= MAX_PRETTY_BYTES;
  const text = pretty ? Buffer.from(layOut(new TextDecoder().decode(json), '  ')) : json;
  return reply
    .code(status)
    .type('application/json')
    .send(Buffer.concat([text, NEWLINE]));
}

/** Codes of OPA's own errors (https://github.com/open-policy-agent/opa/blob/v1.22.0/v1/server/types/types.go#L212). */
type OpaCode = 'internal_error' | 'invalid_parameter' | 'invalid_operation' | 'undefined_document';

/** An error in OPA's shape; `errors` says which of ours it was. */
export function errorMembers(code: OpaCode, message: string, faults: readonly VerdictError[] = []): JsonMember[] {
  const errors = faults.map((fault) => ({ code: fault.code, message: fault.message }));
  return [
    ['code', JSON.stringify(code)],
    ['message', JSON.stringify(message)],
    ['errors', JSON.stringify(errors)],
  ];
}

/** What the caller can mend by sending something else. */
const CALLERS: readonly ErrorCode[] = ['DOCUMENT_INVALID', 'LIMIT_EXCEEDED'];

/** Answers what was thrown before a policy was asked: the caller's mistake with 400, as OPA does, ours with 500. */
export function sendFault(reply: FastifyReply, thrown: unknown, { onFault }: Pick<DataDeps, 'onFault'>): FastifyReply {
  if (thrown instanceof VerdictError && CALLERS.includes(thrown.code)) {
    return send(reply, 400, objectText(errorMembers('invalid_parameter', thrown.message, [thrown])));
  }
  if (thrown instanceof Error && statusOf(thrown) < 500) {
    return send(reply, 400, objectText(errorMembers('invalid_parameter', thrown.message)));
  }
  onFault(thrown, reply.request);
  return send(reply, 500, objectText(errorMembers('internal_error', 'the request could not be answered: see the log')));
}

/** Of an error of the HTTP framework. */
const statusOf = (thrown: unknown): number =>
  thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : 500;

/** https://github.com/open-policy-agent/opa/blob/v1.22.0/v1/server/types/types.go#L364 */
const NO_INPUT = JSON.stringify({ code: 'api_usage_warning', message: "'input' key missing from the request" });

/** What stands beside a result, as far as it was asked for. */
function besides(deps: DataDeps, { id, metrics }: Decided, query: Query): JsonMember[] {
  const wantsMetrics = query.flag('metrics') || query.flag('instrument');
  const wantsProvenance = query.flag('provenance');
  return [
    ...idMember('decision_id', deps, id, query),
    ...(wantsProvenance ? [['provenance', provenance(deps)] as const] : []),
    ...(wantsMetrics ? [['metrics', JSON.stringify(metrics)] as const] : []),
  ];
}

/** The identifier, where it is recorded or the caller wants to know more than the result. */
export function idMember(name: string, { log }: DataDeps, id: string, query: Query): JsonMember[] {
  const wanted = log !== undefined || ['metrics', 'instrument', 'provenance'].some((flag) => query.flag(flag));
  return wanted ? [[name, JSON.stringify(id)]] : [];
}

const provenance = ({ labels = {}, revisions }: DataDeps): string =>
  JSON.stringify({ version: labels.version ?? '', bundles: revisions() });

/** One decision as version 1 answers it. `warn`: the caller sent no input where one is usual. */
export function v1Members(deps: DataDeps, decided: Decided, query: Query, warn: boolean): JsonMember[] {
  const { evaluated } = decided;
  switch (evaluated.kind) {
    case 'fault':
      return [...evaluationFault(evaluated.error), ...besides(deps, decided, query)];
    case 'undefined':
      return [...besides(deps, decided, query), ...warning(warn)];
    case 'result':
      return [...besides(deps, decided, query), ['result', evaluated.json], ...warning(warn)];
  }
}

const warning = (warn: boolean): JsonMember[] => (warn ? [['warning', NO_INPUT]] : []);

/** https://github.com/open-policy-agent/opa/blob/v1.22.0/v1/server/writer/writer.go#L31 */
const evaluationFault = (error: VerdictError): JsonMember[] =>
  errorMembers('internal_error', 'error(s) occurred while evaluating query', [error]);

/** Status of one decision: OPA answers 500 for whatever goes wrong in the evaluation. */
export const statusOfDecision = ({ evaluated }: Decided): 200 | 500 => (evaluated.kind === 'fault' ? 500 : 200);

/** One decision as version 0 answers it: the bare result, 404 where it is undefined. */
export function sendV0(
  reply: FastifyReply,
  path: readonly string[],
  { evaluated }: Decided,
  query: Query,
): FastifyReply {
  switch (evaluated.kind) {
    case 'fault':
      return send(reply, 500, objectText(evaluationFault(evaluated.error)), query);
    case 'undefined': {
      const message = `document missing or undefined: ${referenceOf(path)}`;
      return send(reply, 404, objectText(errorMembers('undefined_document', message)), query);
    }
    case 'result':
      return send(reply, 200, evaluated.json, query);
  }
}
