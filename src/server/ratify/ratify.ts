import type { FastifyInstance } from 'fastify';
import { parseKey } from '../keys.ts';
import {
  answerMutation,
  answerValidation,
  type Dialect,
  itemsText,
  type ProviderAnswer,
  type ProviderDeps,
  refusing,
} from '../provider.ts';
import { ORDINARY } from '../question.ts';
import { traceOf } from '../traced.ts';
import { ratifyFault } from './codes.ts';
import { failedItem, type RatifyForm, ratifyValue } from './value.ts';

export const RATIFY_VERIFY = '/ratify/gatekeeper/v1/verify';
export const RATIFY_MUTATE = '/ratify/gatekeeper/v1/mutate';

export interface RatifyDeps extends ProviderDeps {
  /** The form of the reports of the policy at work; that of a policy which knows nothing of Ratify is `1.1.0`. */
  readonly form: () => RatifyForm;
  readonly now: () => Date;
}

/** The provider interface of Ratify v1, for its Providers and templates as they are. Always answers 200. */
export function registerRatify(app: FastifyInstance, deps: RatifyDeps): void {
  app.post(RATIFY_VERIFY, { errorHandler: refusing(DIALECT, false) }, async (request, reply) => {
    reply.type('application/json');
    const { traceId } = traceOf(request);
    const { passthrough } = deps.settings();
    const form = deps.form();
    const dialect: Dialect = {
      ...DIALECT,
      refused: (key, error) =>
        form === '0.2.0' ? failedItem(key, error, { traceId, time: deps.now() }) : DIALECT.refused(key, error),
    };
    return await answerValidation(request, deps, dialect, {
      wants: ORDINARY,
      value: ({ decided, cached }) => ratifyValue(decided, { cached, traceId, passthrough, form }),
    });
  });
  app.post(RATIFY_MUTATE, { errorHandler: refusing(DIALECT, true) }, async (request, reply) => {
    reply.type('application/json');
    return await answerMutation(request, deps, DIALECT);
  });
}

/** Ratify leaves out what is false or empty. */
const DIALECT: Dialect = {
  key: (text) => parseKey(text.replaceAll(/[\r\n]/g, '')),
  fault: ratifyFault,
  refused: (key, error) => ({ key, error: ratifyFault(error) }),
  write: ({ idempotent, items, systemError }: ProviderAnswer): string => {
    const head = '"apiVersion":"externaldata.gatekeeper.sh/v1alpha1","kind":"ProviderResponse"';
    const failed = systemError && `,"systemError":${JSON.stringify(`operation failed with error ${systemError}`)}`;
    return `{${head},"response":{${idempotent ? '"idempotent":true,' : ''}"items":${itemsText(items)}${failed}}}`;
  },
};
