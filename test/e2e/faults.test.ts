import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildVerifiers } from '../../src/config/build.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ReadyPolicy } from '../../src/config/policy.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { evaluate, type Means } from '../../src/evaluate.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { parseReference } from '../../src/reference.ts';
import { createRegistryStore } from '../../src/registry/store.ts';
import { examplePolicy, ROOT, TIME } from '../support/decide.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { type Fault, type Matcher, startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const noNetwork = async (): Promise<never> => {
  throw new Error('nothing here asks the network');
};

const CREDENTIAL = { kind: 'basic', username: 'anna', password: 'secret-of-anna' } as const;

let policy: ReadyPolicy;
let registry: TestRegistry;
let elsewhere: TestRegistry;

beforeAll(async () => {
  policy = await examplePolicy();
  const { config } = await loadConfig('examples/verdict.yaml', ROOT);
  ({ verifiers } = await buildVerifiers(config, { environment: {}, fetch: noNetwork }));
  registry = await startRegistry({
    auth: { kind: 'basic', username: CREDENTIAL.username, password: CREDENTIAL.password },
  });
  elsewhere = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
});
afterEach(() => {
  registry.clearFaults();
  elsewhere.forget();
});
afterAll(async () => await Promise.all([policy.close(), registry.close(), elsewhere.close()]));

interface Outcome {
  readonly allow: boolean;
  /** Codes of violations, or of the error that prevented a decision. */
  readonly codes: readonly string[];
  /** Codes of errors in reports and discovery. */
  readonly errors: readonly string[];
}

let verifiers: Means['verifiers'];

/** Decides about the allowed example in the registry, as a person with a login and little patience would. */
async function verdict(tag = 'allowed', deadline = 5000): Promise<Outcome> {
  const { config } = await loadConfig('examples/verdict.yaml', ROOT);
  const store = createRegistryStore({
    credentials: async (host) => (host === registry.host ? CREDENTIAL : undefined),
    limits: { attempts: 2, retryWindow: 300, retryAfter: 100, headersTimeout: 700, bodyTimeout: 700 },
  });
  const means: Means = {
    store,
    verifiers,
    collect: [],
    platforms: [],
    targets: config.targets,
    limits: { ...DEFAULT_LIMITS, deadline },
    validate: () => [],
  };
  const reference = parseReference(registry.reference(tag));
  try {
    const request = { reference, time: TIME, caller: 'cli' as const, namespace: '', parameters: {} };
    const { answer, evidence } = await evaluate(request, means, policy.policy);
    const errors = [
      ...evidence.head.artifacts.flatMap(({ reports }) => reports.map(({ error }) => error?.code)),
      ...evidence.head.discovery.map(({ error }) => error?.code),
    ].filter((code) => code !== undefined);
    return { allow: answer.decision.allow, codes: answer.decision.violations.map(({ code }) => code), errors };
  } catch (thrown) {
    return { allow: false, codes: [(thrown as { code: ErrorCode }).code], errors: [] };
  } finally {
    await store.close();
  }
}

it('allows the example when nothing is wrong', async () => {
  expect(await verdict()).toEqual({ allow: true, codes: [], errors: [] });
});

it.each(['licence-denied', 'no-provenance', 'tampered', 'wrong-subject', 'vulnerable'])('denies %s', async (tag) => {
  expect((await verdict(tag)).allow).toBe(false);
});

const FAULTS: ReadonlyArray<readonly [name: string, fault: Fault]> = [
  ['altered bytes', { kind: 'altered' }],
  ['a body that is too short', { kind: 'short' }],
  ['a body that is too long', { kind: 'long' }],
  ['a web page', { kind: 'html' }],
  ['an error page', { kind: 'answer', status: 500, body: '<html>oops</html>', contentType: 'text/html' }],
  ['server errors', { kind: 'answer', status: 503 }],
  ['a refusal', { kind: 'answer', status: 403 }],
  ['401 whatever is sent', { kind: 'unauthorized' }],
  ['a wish for fewer requests', { kind: 'rate-limit' }],
  ['a wish for fewer requests, for a day', { kind: 'rate-limit', retryAfter: '86400' }],
  ['a closed connection', { kind: 'reset' }],
  ['a connection closed in the middle', { kind: 'reset', after: 10 }],
  ['silence', { kind: 'hang' }],
  ['silence in the middle', { kind: 'hang', after: 10 }],
  ['a redirect to itself', { kind: 'redirect', to: '/v2/loop' }],
  ['a redirect to a metadata address', { kind: 'redirect', to: 'http://169.254.169.254/latest/meta-data' }],
];

const ROUTES: ReadonlyArray<readonly [name: string, matcher: Matcher]> = [
  ['every manifest', { route: 'manifest' }],
  ['every blob', { route: 'blob' }],
  ['the list of referrers', { route: 'referrers' }],
];

describe.each(ROUTES)('a registry that answers for %s', (_, matcher) => {
  // Nobody said how long a list is: a blank after its end is no fault.
  const faults = FAULTS.filter(([, { kind }]) => kind !== 'long' || matcher.route !== 'referrers');

  it.each(faults)('with %s is never taken for an allow', async (name, fault) => {
    registry.fault(matcher, fault);
    const { allow, codes, errors } = await verdict();
    expect(allow).toBe(false);
    // Either there is no decision, with a reason, or the evidence says what went wrong, or there is no evidence at all.
    expect([name, codes.length + errors.length > 0]).toEqual([name, true]);
  });
});

describe('credentials', () => {
  it.each([
    ['a blob', { route: 'blob' }],
    ['a manifest', { route: 'manifest' }],
  ] as const)('are not sent on when %s redirects to another host', async (_, matcher) => {
    registry.fault(matcher, { kind: 'redirect', to: `${elsewhere.url}/taken` });
    await verdict();
    expect(elsewhere.requests.length).toBeGreaterThan(0);
    for (const { headers } of elsewhere.requests) {
      expect(JSON.stringify(headers)).not.toContain('authorization');
    }
  });

  it('stand in no evidence and no error', async () => {
    registry.fault({ route: 'blob' }, { kind: 'unauthorized' });
    expect(JSON.stringify(await verdict())).not.toMatch(/secret-of-anna|YW5uYTpz/);
  });
});

describe('a list of referrers', () => {
  it.each(['loop', 'endless'] as const)('whose pages %s ends, and is not complete', async (form) => {
    registry.fault({ route: 'referrers' }, { kind: 'pages', form });
    const { allow, codes } = await verdict();
    expect(allow).toBe(false);
    expect(codes).toContain('evidence.incomplete');
  });

  it('may be empty while the fallback tag is filled', async () => {
    const other = await startRegistry();
    try {
      putLayout(other, `${ROOT}examples/images`);
      const shelf = other.content();
      for (const [subject, entries] of shelf.lists) {
        for (const entry of entries) other.list(subject, entry, 'referrers-tag');
      }
      shelf.lists.clear();
      const own = registry;
      registry = other;
      try {
        expect(await verdict()).toEqual({ allow: true, codes: [], errors: [] });
      } finally {
        registry = own;
      }
    } finally {
      await other.close();
    }
  });
});
