import { CATALOGUE } from '../errors.ts';
import { closed, type JsonSchema, type ResponseDescription, type RouteDescription, ref, text } from './openapi.ts';

const TAG = 'decisions';
const QUESTION = { reference: 'registry.example/team/app:1.4', namespace: 'team-a' };

const error = (description: string, headers?: ResponseDescription['headers']): ResponseDescription => ({
  description,
  schema: ref('Error'),
  ...(headers && { headers }),
});

const FAULTS: Readonly<Record<number, ResponseDescription>> = {
  400: error('The question is malformed.'),
  404: error('There is no such image.'),
  413: error('The request is too large.'),
  500: error('There is no decision, and asking again does not help.'),
  503: error('There is no decision now; ask again.', { 'Retry-After': 'Seconds to wait before.' }),
};

const answers = (one: string): JsonSchema => ({
  oneOf: [ref(one), closed({ answers: { type: 'array', items: { oneOf: [ref(one), ref('Error')] } } })],
});

/** What {@link registerNative} answers. */
export const NATIVE_ROUTES: readonly RouteDescription[] = [
  {
    methods: ['post'],
    path: '/v1/verify',
    tag: TAG,
    summary: 'The decision about an image, or about several.',
    description: 'Several `questions` are answered in their order under `answers`, each with a decision or an error.',
    request: { schema: ref('Questions'), example: QUESTION },
    responses: { 200: { description: 'The decision.', schema: answers('Value') }, ...FAULTS },
  },
  {
    methods: ['post'],
    path: '/v1/evidence',
    tag: TAG,
    summary: "Everything that is known about an image: the policy's input without documents.",
    request: { schema: ref('Questions'), example: { questions: [QUESTION] } },
    responses: { 200: { description: 'The evidence.', schema: answers('EvidenceHead') }, ...FAULTS },
  },
];

const QUESTION_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['reference'],
  properties: {
    reference: text('An image in a registry.'),
    namespace: text('For which namespace; empty: none.'),
    parameters: {
      type: 'object',
      description: 'What the policy reads as `input.context.parameters`; names as `server.parameters` lists them.',
    },
  },
};

/** Schemas of their own, by name. */
export const NATIVE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Question: QUESTION_SCHEMA,
  Questions: {
    anyOf: [
      ref('Question'),
      { type: 'object', required: ['questions'], properties: { questions: { type: 'array', items: ref('Question') } } },
    ],
  },
  Error: closed(
    {
      error: closed({
        code: { type: 'string', enum: Object.keys(CATALOGUE), description: 'See docs/errors.md.' },
        message: text('What happened, for a person.'),
        retryable: { type: 'boolean', description: 'Whether the same request may succeed later.' },
        remedy: text('What to do next.'),
      }),
    },
    'Why there is no answer.',
  ),
};
