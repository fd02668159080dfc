import { closed, type JsonSchema, type RouteDescription, ref, text } from './openapi.ts';

const TAG = 'gatekeeper';
const IMAGE = 'registry.example/team/app:1.4';
const HEAD = { apiVersion: 'externaldata.gatekeeper.sh/v1beta1', kind: 'ProviderResponse' } as const;

const request = (key: string): object => ({
  apiVersion: HEAD.apiVersion,
  kind: 'ProviderRequest',
  request: { keys: [key] },
});

const FLAG: JsonSchema = { type: 'string', enum: ['true', 'false'] };

const REFUSED_SUMMARY = 'The status is 200 whatever happened: Gatekeeper looks at no other.';

/** What {@link registerGatekeeper} answers. */
export const GATEKEEPER_ROUTES: readonly RouteDescription[] = [
  {
    methods: ['post'],
    path: '/v1/gatekeeper/validate',
    tag: TAG,
    summary: "Gatekeeper's external data, for validation: what is decided about each image.",
    description: `${REFUSED_SUMMARY} An error of one key will not pass by itself; where any key may have another answer in a moment, there are no items and \`systemError\` says why.`,
    query: [
      { name: 'reports', description: 'Add what the verifiers said.', schema: FLAG },
      {
        name: 'passthrough',
        description: 'Let the template decide: reports go back, and nothing is allowed.',
        schema: FLAG,
      },
      {
        name: 'documents',
        description: 'Add the documents that reports speak of; by default with passthrough.',
        schema: FLAG,
      },
      { name: 'advice', description: 'With passthrough: whether our policy is asked too.', schema: FLAG },
      {
        name: 'types',
        description:
          'Types of which reports and documents are wanted, with commas between them; one `*` at the end of each.',
        schema: { type: 'string' },
      },
      {
        name: 'maxBytes',
        description: 'Most bytes of reports and documents for one key, within `server.reportBytes`.',
        schema: { type: 'integer', minimum: 1 },
      },
    ],
    request: { schema: ref('ProviderRequest'), example: request(`[team-a]${IMAGE}`) },
    responses: { 200: { description: 'A ProviderResponse.', schema: ref('ValidateResponse') } },
  },
  {
    methods: ['post'],
    path: '/v1/gatekeeper/mutate',
    tag: TAG,
    summary: "Gatekeeper's external data, for mutation: each image with its digest.",
    description: REFUSED_SUMMARY,
    request: { schema: ref('ProviderRequest'), example: request(IMAGE) },
    responses: { 200: { description: 'A ProviderResponse.', schema: ref('MutateResponse') } },
  },
];

const item = (value: JsonSchema): JsonSchema => ({
  oneOf: [
    closed({ key: text('The key as it was asked.'), value }),
    closed({ key: text('The key as it was asked.'), error: text('`CODE: message`.') }),
  ],
});

const response = (idempotent: boolean, value: JsonSchema): JsonSchema =>
  closed({
    apiVersion: { const: HEAD.apiVersion },
    kind: { const: HEAD.kind },
    response: closed({
      idempotent: { const: idempotent },
      items: { type: 'array', items: item(value) },
      systemError: text('Why nothing is answered; empty where something is.'),
    }),
  });

const decisionPart = (name: string): JsonSchema => ref(`Decision/properties/${name}`);
const answerPart = (name: string): JsonSchema => ref(`Answer/properties/${name}`);

const GENERATION: JsonSchema = { type: 'integer', description: 'Number of the configuration that decided.' };

const DECISIVE = {
  allow: { type: 'boolean', description: 'Deny unless it is exactly true.' },
  message: text('Why not; empty where it is allowed.'),
  violations: decisionPart('violations'),
  warnings: decisionPart('warnings'),
  exceptions: decisionPart('exceptions'),
  truncated: decisionPart('truncated'),
} as const;
const COMMON = {
  subject: answerPart('subject'),
  policies: answerPart('policies'),
  time: answerPart('time'),
  id: answerPart('id'),
  generation: GENERATION,
  cached: answerPart('cached'),
} as const;
const REPORTS = {
  complete: { type: 'boolean', description: 'Whether everything could be looked up, and all reports are here.' },
  reports: { type: 'array', items: ref('ArtifactReport') },
  cut: {
    type: 'array',
    items: { enum: ['reports', 'documents'] },
    description: 'What was too large and was left out.',
  },
} as const;
const DOCUMENTS = {
  documents: { type: 'object', description: 'By digest, as they are.', additionalProperties: true },
} as const;

/** Schemas of their own, by name. */
export const GATEKEEPER_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ProviderRequest: {
    description: 'https://open-policy-agent.github.io/gatekeeper/website/docs/externaldata',
    type: 'object',
    properties: {
      apiVersion: text('Not looked at.'),
      kind: text('Not looked at.'),
      request: {
        type: 'object',
        properties: {
          keys: { type: 'array', items: text('`image` or `[namespace]image`.') },
        },
      },
    },
  },
  Value: closed({ ...DECISIVE, ...COMMON }, 'A decision.'),
  ValueWithReports: {
    ...closed({ ...DECISIVE, ...COMMON, ...REPORTS, ...DOCUMENTS }, 'A decision with what the verifiers said.'),
    required: Object.keys({ ...DECISIVE, ...COMMON, ...REPORTS }),
  },
  Reports: {
    ...closed(
      {
        allow: { const: false },
        message: text('Says that the template decides.'),
        advice: closed({ ...DECISIVE }, 'Our decision; missing where none was wanted.'),
        ...COMMON,
        ...REPORTS,
        ...DOCUMENTS,
      },
      'What the verifiers said, with passthrough.',
    ),
    required: ['allow', 'message', ...Object.keys({ ...COMMON, ...REPORTS })],
  },
  ArtifactReport: {
    description: 'A report with the artifact that it is about.',
    type: 'object',
    required: ['artifact'],
    properties: {
      artifact: closed({
        digest: ref('Artifact/properties/digest'),
        artifactType: ref('Artifact/properties/artifactType'),
        subject: ref('Artifact/properties/subject'),
        binding: ref('Artifact/properties/binding'),
      }),
    },
  },
  ValidateResponse: response(false, { oneOf: [ref('Value'), ref('ValueWithReports'), ref('Reports')] }),
  MutateResponse: response(true, text('`repository:tag@digest`.')),
};
