import type { FastifyInstance } from 'fastify';
import type { VerdictError } from '../errors.ts';
import { parseKey } from './keys.ts';
import {
  answerMutation,
  answerValidation,
  type Dialect,
  type Express,
  itemsText,
  type ProviderAnswer,
  type ProviderDeps,
  refusing,
} from './provider.ts';
import { ORDINARY } from './question.ts';
import { shownOf } from './shown.ts';
import { valueText } from './value.ts';

/** The provider of Gatekeeper's external data. Always answers 200: other statuses are looked at by nobody. */
export function registerGatekeeper(app: FastifyInstance, deps: ProviderDeps): void {
  app.post('/v1/gatekeeper/validate', { errorHandler: refusing(DIALECT, false) }, async (request, reply) => {
    reply.type('application/json');
    const shown = shownOf(request.query as Readonly<Record<string, unknown>>, deps.settings());
    const express: Express = {
      wants: shown.kind === 'decision' ? ORDINARY : shown,
      value: ({ decided, cached }) => {
        const { allow } = decided.answer.decision;
        return {
          text: valueText(decided, cached, shown),
          denied: allow ? '' : decided.answer.message,
          // An allow is a decision, whatever is missing; where somebody else decides, nothing may be missing.
          settled: decided.gap === '' || (allow && shown.kind !== 'reports'),
        };
      },
    };
    return await answerValidation(request, deps, DIALECT, express);
  });
  app.post('/v1/gatekeeper/mutate', { errorHandler: refusing(DIALECT, true) }, async (request, reply) => {
    reply.type('application/json');
    return await answerMutation(request, deps, DIALECT);
  });
}

const fault = ({ code, message }: VerdictError): string => `${code}: ${message}`;

const DIALECT: Dialect = {
  key: parseKey,
  fault,
  refused: (key, error) => ({ key, error: fault(error) }),
  write: ({ idempotent, items, systemError }: ProviderAnswer): string => {
    const head = '"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderResponse"';
    const body = `"idempotent":${idempotent},"items":${itemsText(items)},"systemError":${JSON.stringify(systemError)}`;
    return `{${head},"response":{${body}}}`;
  },
};
