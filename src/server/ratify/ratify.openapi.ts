import { closed, type JsonSchema, type RouteDescription, ref, text } from '../openapi.ts';

const TAG = 'ratify';
const HEAD = { apiVersion: 'externaldata.gatekeeper.sh/v1alpha1', kind: 'ProviderResponse' } as const;
const SUMMARY = 'As Ratify v1 answers; the status is 200 whatever happened. See docs/ratify.md.';

const request = (key: string): object => ({
  apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
  kind: 'ProviderRequest',
  request: { keys: [key] },
});

/** What {@link registerRatify} answers. */
export const RATIFY_ROUTES: readonly RouteDescription[] = [
  {
    methods: ['post'],
    path: '/ratify/gatekeeper/v1/verify',
    tag: TAG,
    summary: "Ratify v1's provider of external data, for validation.",
    description: SUMMARY,
    request: { schema: ref('ProviderRequest'), example: request('[team-a]registry.example/team/app:1.4') },
    responses: { 200: { description: 'A ProviderResponse.', schema: ref('RatifyVerifyResponse') } },
  },
  {
    methods: ['post'],
    path: '/ratify/gatekeeper/v1/mutate',
    tag: TAG,
    summary: "Ratify v1's provider of external data, for mutation.",
    description: SUMMARY,
    request: { schema: ref('ProviderRequest'), example: request('registry.example/team/app:1.4') },
    responses: { 200: { description: 'A ProviderResponse.', schema: ref('RatifyMutateResponse') } },
  },
];

/** An object whose members are not all there. */
const some = (required: readonly string[], properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

const response = (value: JsonSchema): JsonSchema =>
  closed({
    apiVersion: { const: HEAD.apiVersion },
    kind: { const: HEAD.kind },
    response: some(['items'], {
      idempotent: { const: true, description: 'Of mutation only.' },
      items: {
        type: 'array',
        items: {
          oneOf: [
            closed({ key: text('The key as it was asked.'), value }),
            closed({ key: text('The key as it was asked.'), error: text("Ratify's code, ours, the message.") }),
          ],
        },
      },
      systemError: text('Why nothing is answered; missing where something is.'),
    }),
  });

/** Schemas of their own, by name. */
export const RATIFY_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  RatifyValue: some(['version', 'isSuccess', 'traceID', 'timestamp', 'verifierReports'], {
    version: { enum: ['0.2.0', '1.1.0'], description: 'Form of the reports.' },
    isSuccess: { type: 'boolean', description: 'Deny unless it is exactly true.' },
    traceID: text('Trace of the request.'),
    timestamp: text('When the decision was made, RFC 3339.'),
    verifierReports: { type: 'array', items: { type: 'object' } },
    message: text('Why it is no success; missing where it is one.'),
    cached: ref('Answer/properties/cached'),
    generation: { type: 'integer', description: 'Number of the configuration that decided.' },
  }),
  RatifyVerifyResponse: response(ref('RatifyValue')),
  RatifyMutateResponse: response(text('`repository:tag@digest`.')),
};
