import type { RouteDescription } from './openapi.ts';

const TAG = 'health';

/** What {@link registerHealth} and {@link registerOpenApi} answer. */
export const HEALTH_ROUTES: readonly RouteDescription[] = [
  {
    methods: ['get'],
    path: '/livez',
    tag: TAG,
    summary: 'Whether the process answers.',
    responses: { 200: { description: 'It does.', schema: undefined, example: 'ok\n' } },
  },
  {
    methods: ['get'],
    path: '/readyz',
    tag: TAG,
    summary: 'Whether it can decide.',
    responses: {
      200: { description: 'It can.', schema: undefined, example: 'ok\n' },
      503: { description: 'It cannot; the text says why.', schema: undefined, example: 'ending\n' },
    },
  },
  {
    methods: ['get'],
    path: '/metrics',
    tag: TAG,
    summary: 'Metrics in the text format of Prometheus.',
    responses: { 200: { description: 'All metrics.', schema: undefined } },
  },
  {
    methods: ['get'],
    path: '/openapi.json',
    tag: TAG,
    summary: 'This document.',
    responses: {
      200: {
        description: 'The document.',
        headers: { ETag: 'Its digest.' },
        schema: { type: 'object', required: ['openapi', 'info', 'paths'] },
      },
      304: { description: 'It is the one that `If-None-Match` names.' },
    },
  },
];
