import {
  type JsonSchema,
  type QueryParameter,
  type ResponseDescription,
  type RouteDescription,
  ref,
  text,
} from '../openapi.ts';
import { REFUSED } from './health.ts';

const TAG = 'data';
const FLAG: JsonSchema = { type: 'string', description: 'On without a value or with `true`.' };
const flag = (name: string, description: string): QueryParameter => ({ name, description, schema: FLAG });

const QUERY: readonly QueryParameter[] = [
  flag('pretty', 'Indent the answer.'),
  flag('metrics', 'Add how long it took.'),
  flag('instrument', 'The same.'),
  flag('provenance', 'Add version and revisions.'),
];
const INPUT: QueryParameter = { name: 'input', description: 'The input, JSON.', schema: { type: 'string' } };

const error = (description: string): ResponseDescription => ({ description, schema: ref('DataError') });
const FAULTS: Readonly<Record<number, ResponseDescription>> = {
  400: error('The request is malformed or too large.'),
  500: error('The policy could not be evaluated.'),
};

const BOTH = (path: string): readonly string[] => [path, `${path}/{path}`];
const DEFAULT = 'Without a path: the package of all entrypoints.';

const v1 = (path: string): readonly RouteDescription[] => [
  {
    methods: ['post'],
    path,
    tag: TAG,
    summary: "OPA's Data API: a policy over the input that is sent; nothing is gathered.",
    description: `An undefined document has no \`result\`. ${DEFAULT}`,
    query: QUERY,
    request: { schema: ref('DataRequest'), example: { input: { version: '1' } } },
    responses: { 200: { description: 'The document.', schema: ref('DataResponse') }, ...FAULTS },
  },
  {
    methods: ['get'],
    path,
    tag: TAG,
    summary: 'The same with the input in the query, or without any.',
    query: [INPUT, ...QUERY],
    responses: { 200: { description: 'The document.', schema: ref('DataResponse') }, ...FAULTS },
  },
];

const v0 = (path: string, summary: string): RouteDescription => ({
  methods: ['post'],
  path,
  tag: TAG,
  summary,
  query: [flag('pretty', 'Indent the answer.')],
  request: { schema: {}, example: { version: '1' } },
  responses: {
    200: { description: 'The document itself.', schema: {} },
    404: error('It is undefined.'),
    ...FAULTS,
  },
});

const batch = (path: string): RouteDescription => ({
  methods: ['post'],
  path,
  tag: TAG,
  summary: 'Several inputs over one path, as Enterprise OPA has it.',
  query: QUERY,
  request: { schema: ref('BatchRequest'), example: { inputs: { one: { version: '1' }, two: {} } } },
  responses: {
    200: { description: 'All were evaluated.', schema: ref('BatchResponse') },
    207: { description: 'Some could not be.', schema: ref('BatchResponse') },
    400: error('The request is malformed or too large.'),
    500: { description: 'None could be.', schema: { oneOf: [ref('BatchResponse'), ref('DataError')] } },
  },
});

/** What {@link registerData} answers. */
export const DATA_ROUTES: readonly RouteDescription[] = [
  ...BOTH('/v1/data').flatMap(v1),
  ...BOTH('/v0/data').map((path) => v0(path, 'The same with the bare input as body, answered with the bare document.')),
  v0('/', 'The decision `verdict/decision` over the bare input.'),
  ...BOTH('/v1/batch/data').map(batch),
  {
    methods: ['get'],
    path: '/health',
    tag: TAG,
    summary: "OPA's health.",
    query: ['bundles', 'bundle', 'plugins'].map((name) => flag(name, 'Healthy only once a policy is active.')),
    responses: {
      200: { description: 'Healthy.', schema: { type: 'object' }, example: {} },
      500: {
        description: 'Not.',
        schema: { type: 'object', required: ['error'], properties: { error: text('Why.') } },
      },
    },
  },
  {
    methods: ['get'],
    path: '/v1/status',
    tag: TAG,
    summary: "OPA's status: bundles and plugins.",
    responses: {
      200: {
        description: 'The status.',
        schema: {
          type: 'object',
          required: ['result'],
          properties: {
            result: {
              type: 'object',
              required: ['labels', 'bundles', 'plugins'],
              properties: { labels: {}, bundles: { type: 'object' }, plugins: { type: 'object' } },
            },
          },
        },
      },
    },
  },
  ...REFUSED.flatMap(({ urls, methods }) =>
    urls.map(
      (url): RouteDescription => ({
        methods: methods.map((method) => method.toLowerCase() as Lowercase<typeof method>),
        path: url.replace(/\*$/, '{path}'),
        tag: TAG,
        summary: 'OPA has it, this has not: policies and data come as bundles.',
        responses: { 501: error('Not offered.') },
      }),
    ),
  ),
];

const BESIDES = {
  decision_id: text('Where decisions are recorded, or more than the result is asked for.'),
  metrics: { type: 'object', additionalProperties: { type: 'number' }, description: 'Nanoseconds by name.' },
  provenance: { type: 'object', description: 'Version and revisions.' },
} as const;
const RESULT = { ...BESIDES, result: { description: 'The document; missing where it is undefined.' } } as const;
const FAULT = {
  ...BESIDES,
  code: text('`internal_error`, `invalid_parameter`, `invalid_operation`, `undefined_document`.'),
  message: text('What happened, for a person.'),
  errors: { type: 'array', items: { type: 'object', required: ['code', 'message'] } },
} as const;

/** Schemas of their own, by name. */
export const DATA_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  DataRequest: { type: 'object', properties: { input: { description: 'What the policy reads as `input`.' } } },
  DataResponse: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...RESULT,
      warning: { type: 'object', required: ['code', 'message'], description: 'There was no input.' },
    },
  },
  DataError: {
    type: 'object',
    additionalProperties: false,
    required: ['code', 'message', 'errors'],
    properties: FAULT,
  },
  BatchRequest: {
    type: 'object',
    required: ['inputs'],
    properties: { inputs: { type: 'object', description: 'Inputs by an identifier of your own.' } },
  },
  BatchResponse: {
    type: 'object',
    additionalProperties: false,
    required: ['responses'],
    properties: {
      batch_decision_id: text('Identifier of the batch.'),
      responses: {
        type: 'object',
        description: 'By the identifiers sent.',
        additionalProperties: {
          type: 'object',
          additionalProperties: false,
          properties: { ...RESULT, ...FAULT, http_status_code: text('Where not all are the same.') },
        },
      },
    },
  },
};
