import { OPAClient } from '@open-policy-agent/opa';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appOf, fault, KeptLog, madePolicy, result } from './api.ts';

/** The client that OPA publishes, against this service. */
describe('@open-policy-agent/opa', () => {
  const log = new KeptLog();
  const made = madePolicy({
    'authz/allow': (input) => result(String(/"user":"alice"/.test(input))),
    'authz/broken': () => fault(),
    'authz/none': () => ({ kind: 'undefined' }),
    'authz/even': (input) => (Number(input.replace(/\D/g, '')) % 2 === 0 ? result('true') : fault()),
    'a b/c': () => result('1'),
  });
  let app: FastifyInstance;
  let client: OPAClient;
  beforeAll(async () => {
    app = appOf({ ...made.deps, log });
    client = new OPAClient(await app.listen({ port: 0, host: '127.0.0.1' }));
  });
  afterAll(() => app.close());

  it('evaluates with and without input', async () => {
    expect(await client.evaluate('authz/allow', { user: 'alice' })).toBe(true);
    expect(await client.evaluate('/authz/allow', { user: 'bob' })).toBe(false);
    expect(await client.evaluate('authz/allow')).toBe(false);
    expect(await client.evaluate('a b/c', {})).toBe(1);
  });

  it('takes a package and an undefined result', async () => {
    expect(await client.evaluate('a b', {})).toEqual({ c: 1 });
    expect(await client.evaluate('authz/none', {})).toBeUndefined();
  });

  it('asks for the default decision', async () => {
    expect(await client.evaluateDefault({ a: { b: [1, 'é'] } })).toEqual({ a: { b: [1, 'é'] } });
  });

  it('gets an error of evaluation as OPA reports it', async () => {
    await expect(client.evaluate('authz/broken', {})).rejects.toMatchObject({
      code: 'internal_error',
      message: 'error(s) occurred while evaluating query',
      decisionId: expect.any(String),
      errors: [{ code: 'POLICY_TIMEOUT' }],
    });
  });

  it('evaluates batches, all well, mixed and all failed', async () => {
    expect(await client.evaluateBatch('authz/allow', { a: { user: 'alice' }, b: { user: 'bob' } })).toEqual({
      a: true,
      b: false,
    });
    expect(await client.evaluateBatch('authz/even', { a: { n: 1 }, b: { n: 2 } })).toMatchObject({
      a: { code: 'internal_error', httpStatusCode: '500', decisionId: expect.any(String) },
      b: true,
    });
    await expect(client.evaluateBatch('authz/broken', { a: {}, b: {} })).rejects.toMatchObject({
      responses: { a: { code: 'internal_error' }, b: { code: 'internal_error' } },
    });
  });

  it('leaves an event for each of these decisions', () => {
    expect(new Set(log.events.map(({ decisionId }) => decisionId)).size).toBe(log.events.length);
    expect(log.events.map(({ path }) => path)).toContain('a%20b/c');
    expect(log.events.every(({ requestedBy }) => /^127\.0\.0\.1:\d+$/.test(requestedBy))).toBe(true);
  });
});
