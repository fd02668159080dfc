import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';
import { Gatekeeper } from '../../support/gatekeeper/client.ts';
import type { ExternalData } from '../../support/gatekeeper/external-data.ts';
import { listenProvider, respond } from '../../support/gatekeeper/fake-provider.ts';
import { makeTestCa } from '../../support/gatekeeper/pki.ts';
import { type Outcome, type Request, readTemplate, review } from '../../support/gatekeeper/template.ts';
import { CACHE } from '../rego/support.ts';
import { A, always, B, BAD_ANSWERS, C, creating, DIGEST, keyOf, PLACES, pod, saying, workload } from './objects.ts';

const TEMPLATE = readTemplate(new URL('../../../charts/verdict/samples/enforce/template.yaml', import.meta.url));
const PROVIDER = { provider: 'verdict' };
const ALLOW = { allow: true, message: '', violations: [] };
const finding = { code: 'signature.vouched', msg: 'nobody vouches for it', severity: 'high' };
const DENY = { allow: false, message: 'nobody vouches for it', violations: [finding] };

let toolchain: Toolchain;
beforeAll(() => {
  toolchain = createToolchain({ cacheDirectory: CACHE });
});
afterAll(() => toolchain.close());

type Case = readonly [name: string, request: Partial<Request>, code: string];

/** Evaluates all cases at once; a case without a code is admitted. */
function cases(rows: readonly Case[]): void {
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    const requests = rows.map(([, request]) => ({
      review: creating(pod(A)),
      parameters: PROVIDER,
      ...request,
    }));
    outcomes = await review(toolchain, TEMPLATE, requests);
  });
  it.each(rows.map(([name, , code], index) => [name, code === '' ? [] : [code], index] as const))(
    '%s: %j',
    (_, codes, index) => {
      expect(outcomes[index]?.violations.map(({ details }) => details.code)).toEqual(codes);
    },
  );
}

async function one(request: Partial<Request>): Promise<Outcome> {
  const whole = { review: creating(pod(A)), parameters: PROVIDER, answer: always(ALLOW), ...request };
  const [outcome] = await review(toolchain, TEMPLATE, [whole]);
  return outcome ?? expect.unreachable();
}

describe('what the provider answers', () => {
  const of = (value: unknown) => ({ answer: always(value) });
  const giving = (answer: ExternalData) => ({ answer: () => answer });
  const both = { review: creating(pod(A, B)) };
  const good = [keyOf(A), ALLOW] as const;
  cases([
    ['a verdict that allows', of(ALLOW), ''],
    ['nothing but allow: true', of({ allow: true }), ''],
    ['the same twice', giving(saying([good, good])), ''],
    ['status 0, as when all is cached', giving(saying([good], { status_code: 0 })), ''],
    ['status 500 with a valid body', giving(saying([good], { status_code: 500 })), ''],
    ['a foreign key beside the right one', giving(saying([good, [keyOf(C), DENY]])), ''],
    ['an error for a foreign key', giving(saying([good], { errors: [[keyOf(C), 'no']] })), ''],
    ['a verdict that denies', of(DENY), 'DENIED'],
    ['a denial without violations', of({ allow: false, message: 'no', violations: [] }), 'DENIED'],
    ['a denial without a message', of({ allow: false }), 'NO_VERDICT'],
    ['a denial with an empty message', of({ allow: false, message: '' }), 'NO_VERDICT'],
    ['allow: "true"', of({ allow: 'true' }), 'NO_VERDICT'],
    ['allow: 1', of({ allow: 1 }), 'NO_VERDICT'],
    ['allow: null', of({ allow: null }), 'NO_VERDICT'],
    ['allow: [true]', of({ allow: [true] }), 'NO_VERDICT'],
    ['Allow: true', of({ Allow: true }), 'NO_VERDICT'],
    ['a list with a verdict', of([ALLOW]), 'NO_VERDICT'],
    ['a verdict in a verdict', of({ verdict: ALLOW }), 'NO_VERDICT'],
    ['violations that are text', of({ allow: false, violations: 'x' }), 'NO_VERDICT'],
    ['violations of every wrong shape', of({ allow: false, violations: [1, null, 'x', {}, { code: 'c' }] }), 'DENIED'],
    ['the value of Ratify', of({ isSuccess: true }), 'NO_VERDICT'],
    ...BAD_ANSWERS.map(
      ([name, answer, code]): Case => [
        name,
        { answer: answer === undefined ? undefined : () => answer },
        code === 'any' ? 'NO_VERDICT' : code,
      ],
    ),
    ['only a foreign key', giving(saying([[keyOf(C), ALLOW]])), 'NO_VERDICT'],
    ['only the key without its namespace', giving(saying([[A, ALLOW]])), 'NO_VERDICT'],
    ['items beside a system error', giving(saying([good], { system_error: 'busy' })), 'NO_DECISION'],
    ['a value beside an error', giving(saying([good], { errors: [[keyOf(A), 'no']] })), 'FAILED'],
    ['an empty error', giving(saying([good], { errors: [[keyOf(A), '']] })), 'FAILED'],
    ['both allow and deny for one key', giving(saying([good, [keyOf(A), DENY]])), 'DENIED'],
    ['both allow and nonsense for one key', giving(saying([good, [keyOf(A), true]])), 'NO_VERDICT'],
    ['one of two keys', { ...both, ...giving(saying([good])) }, 'NO_VERDICT'],
    ['a denial of one of two keys', { ...both, ...giving(saying([good, [keyOf(B), DENY]])) }, 'DENIED'],
    ['an error for one of two keys', { ...both, ...giving(saying([good], { errors: [[keyOf(B), 'no']] })) }, 'FAILED'],
    ['an object without a system error', giving({ responses: [good] } as unknown as ExternalData), 'NO_DECISION'],
    [
      'lists of a wrong shape',
      giving({ ...saying([]), responses: { a: ALLOW } } as unknown as ExternalData),
      'NO_VERDICT',
    ],
    ['elements of a wrong shape', giving(saying([[keyOf(A)], [keyOf(A), ALLOW, 1], keyOf(A)] as never)), 'NO_VERDICT'],
  ]);

  it('admits only where every value for every key says exactly allow: true', async () => {
    const key = fc.constantFrom(A, B, C).map(keyOf);
    const value = fc.oneof(
      fc.constantFrom<unknown>(ALLOW, { allow: true }, DENY, { allow: 'true' }, true, null),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const list = <T>(element: fc.Arbitrary<T>): fc.Arbitrary<readonly T[] | null> =>
      fc.option(fc.array(element, { maxLength: 4 }), { freq: 8 });
    const answers = fc.sample(
      fc.record({
        responses: list(fc.oneof({ weight: 3, arbitrary: fc.tuple(key, fc.constant(ALLOW)) }, fc.tuple(key, value))),
        errors: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, list(fc.tuple(key, fc.string()))),
        status_code: fc.constantFrom(0, 200, 400, 500),
        system_error: fc.oneof({ weight: 6, arbitrary: fc.constant('') }, fc.string()),
      }),
      { numRuns: 600, seed: 20_261_121 },
    );
    const requests = answers.map((answer, index) => ({
      review: creating(index % 2 === 0 ? pod(A) : pod(A, B)),
      parameters: PROVIDER,
      answer: () => answer,
    }));
    const outcomes = await review(toolchain, TEMPLATE, requests);
    const expected = answers.map(({ responses, errors, system_error: systemError }, index) =>
      (index % 2 === 0 ? [A] : [A, B]).map(keyOf).every((asked) => {
        const values = (responses ?? []).filter(([about]) => about === asked);
        const allows = values.every(([, said]) => (said as { allow?: unknown } | null)?.allow === true);
        return systemError === '' && allows && values.length > 0 && !errors?.some(([about]) => about === asked);
      }),
    );
    expect(outcomes.map(({ violations }) => violations.length === 0)).toEqual(expected);
    expect(new Set(expected)).toEqual(new Set([true, false]));
  });
});

describe('what is asked', () => {
  describe('in every place', () => {
    let outcomes: readonly Outcome[] = [];
    beforeAll(async () => {
      const answer = (keys: readonly string[]): ExternalData =>
        saying(keys.map((key) => [key, key === keyOf(A) ? DENY : ALLOW] as const));
      const requests = PLACES.map(([, object]) => ({ review: creating(object(A)), parameters: PROVIDER, answer }));
      outcomes = await review(toolchain, TEMPLATE, requests);
    });
    it.each(PLACES.map(([place], index) => [place, index] as const))('%s', (_, index) => {
      expect(outcomes[index]?.violations.map(({ details }) => details)).toEqual([{ code: 'DENIED', images: [A] }]);
    });
  });

  it('is every image once, with its namespace', async () => {
    const spec = { containers: [{ image: A }, { image: B }, { image: A }], initContainers: [{ image: B }] };
    const { keys } = await one({ review: creating(workload('Pod', spec)) });
    expect(keys).toEqual([keyOf(A), keyOf(B)]);
  });

  it('is the whole Pod when an ephemeral container is added', async () => {
    const object = workload('Pod', { containers: [{ image: A }], ephemeralContainers: [{ image: B }] });
    const { keys } = await one({
      review: { ...creating(object), operation: 'UPDATE', subResource: 'ephemeralcontainers' },
    });
    expect(keys).toEqual([keyOf(A), keyOf(B)]);
  });

  it('is nothing of an object that is deleted', async () => {
    const outcome = await one({ review: { ...creating(pod(A)), operation: 'DELETE' }, answer: always(DENY) });
    expect(outcome).toEqual({ keys: [], violations: [] });
  });

  it('is nothing of an object that brings no image', async () => {
    const outcome = await one({ review: creating({ kind: 'Service', spec: { ports: [] } }), answer: always(DENY) });
    expect(outcome).toEqual({ keys: [], violations: [] });
  });

  it('is the object of an audit, which has no operation', async () => {
    const { operation: _, ...audit } = creating(pod(A)) as { readonly operation: string };
    const { keys, violations } = await one({ review: audit, answer: always(DENY) });
    expect(keys).toEqual([keyOf(A)]);
    expect(violations).toHaveLength(1);
  });

  it.each([undefined, null, 5])('still is asked where the namespace is %j', async (namespace) => {
    const { keys, violations } = await one({ review: { ...creating(pod(A)), namespace }, answer: always(DENY) });
    expect(keys).toEqual([`[]${A}`]);
    expect(violations).toHaveLength(1);
  });
});

describe('an object', () => {
  const upper = A.replaceAll('a'.repeat(64), 'A'.repeat(64));
  const short = A.slice(0, -1);
  const allowing = { answer: always(ALLOW) };
  const taking = { ...allowing, parameters: { provider: 'verdict', allowTags: true } };
  const tagged = 'registry.example/a:1';
  cases([
    ...[tagged, 'nginx', 'nginx:latest', short, upper, `${A}0`, `@${DIGEST}`, `${A}@${DIGEST}`, ' ', `${A}\n`].map(
      (image): Case => [`with ${JSON.stringify(image)}`, { ...allowing, review: creating(pod(image)) }, 'UNPINNED'],
    ),
    ['with an empty image', { ...allowing, review: creating(pod('')) }, 'UNPINNED'],
    ['with tag and digest', { ...allowing, review: creating(pod(`registry.example/a:1@${DIGEST}`)) }, ''],
    ['with SHA-512', { ...allowing, review: creating(pod(`registry.example/a@sha512:${'b'.repeat(128)}`)) }, ''],
    ['with one tag of two images', { ...allowing, review: creating(pod(A, tagged)) }, 'UNPINNED'],
    ['with a tag, where tags are taken', { ...taking, review: creating(pod(tagged)) }, ''],
    [
      'with a denied tag, where tags are taken',
      { ...taking, answer: always(DENY), review: creating(pod(tagged)) },
      'DENIED',
    ],
    [
      'with a tag and allowTags: "true"',
      { ...taking, parameters: { provider: 'verdict', allowTags: 'true' }, review: creating(pod(tagged)) },
      'UNPINNED',
    ],
    [
      'with a container without an image',
      { ...allowing, review: creating(workload('Pod', { containers: [{ name: 'c' }] })) },
      'UNPINNED',
    ],
    [
      'with an image that is no text',
      { ...allowing, review: creating(workload('Pod', { containers: [{ image: 5 }] })) },
      'UNPINNED',
    ],
    [
      'with an image volume without a reference',
      { ...allowing, review: creating(workload('Pod', { volumes: [{ image: {} }] })) },
      'UNPINNED',
    ],
    ['without containers', { ...allowing, review: creating(workload('Pod', { containers: [] })) }, 'NO_IMAGES'],
    [
      'without a list of containers',
      { ...allowing, review: creating(workload('Deployment', { template: { spec: {} } })) },
      'NO_IMAGES',
    ],
    ['with containers of null', { ...allowing, review: creating(workload('Pod', { containers: null })) }, 'NO_IMAGES'],
    ['without a spec', { ...allowing, review: creating({ kind: 'CronJob' }) }, 'NO_IMAGES'],
    ['under a constraint without parameters', { ...allowing, parameters: {} }, 'NO_DECISION'],
    ['under a constraint whose provider is no text', { ...allowing, parameters: { provider: 5 } }, 'NO_DECISION'],
  ]);

  it('sends no image that is denied for want of a digest', async () => {
    const { keys } = await one({ review: creating(pod(A, tagged)) });
    expect(keys).toEqual([keyOf(A)]);
  });
});

describe('the message', () => {
  const text = async (value: unknown, ...images: readonly string[]): Promise<readonly string[]> => {
    const { violations } = await one({ review: creating(pod(...images)), answer: always(value) });
    return violations.map(({ msg }) => msg);
  };

  it('lists the violations with their codes', async () => {
    const violations = [
      finding,
      { ...finding, code: 'sbom.present', msg: '100%s of nothing' },
      { code: '', msg: 'other' },
    ];
    expect(await text({ allow: false, message: 'ignored', violations }, A)).toEqual([
      `${A}: other; sbom.present: 100%s of nothing; signature.vouched: nobody vouches for it`,
    ]);
  });

  it('falls back on the verdict’s own', async () => {
    expect(await text({ allow: false, message: 'no, never' }, A)).toEqual([`${A}: no, never`]);
  });

  it('names the images that share a reason together', async () => {
    expect(await text(DENY, A, B)).toEqual([`${A}, ${B}: signature.vouched: nobody vouches for it`]);
  });

  it('says each reason apart', async () => {
    const { violations } = await one({
      review: creating(pod(A, B, 'nginx')),
      answer: (keys) => saying(keys.slice(0, 1).map((key) => [key, DENY] as const)),
    });
    expect(violations.map(({ details }) => details)).toEqual([
      { code: 'DENIED', images: [A] },
      { code: 'NO_VERDICT', images: [B] },
      { code: 'UNPINNED', images: ['nginx'] },
    ]);
  });

  it('says a system error once', async () => {
    const { violations } = await one({
      review: creating(pod(A, B)),
      answer: () => saying(null, { errors: null, system_error: 'EOF', status_code: 500 }),
    });
    expect(violations.map(({ msg }) => msg)).toEqual([`${A}, ${B}: no decision: EOF`]);
  });

  it('ends after ten violations and says how many there are more', async () => {
    const violations = Array.from({ length: 1000 }, (_, n) => ({ code: 'c', msg: `m${n}` }));
    const [msg = ''] = await text({ allow: false, violations }, A);
    expect(msg.split('; ')).toHaveLength(11);
    expect(msg.endsWith('; and 990 more')).toBe(true);
  });

  it('points at the Assign set where a digest is missing', async () => {
    expect((await text(ALLOW, 'nginx'))[0]).toContain('assign.yaml');
  });
});

describe('with a provider', () => {
  const ca = makeTestCa();
  const closing: Array<() => void> = [];
  afterAll(() => {
    for (const close of closing) close();
  });

  /** Gatekeeper with its usual cache, and a provider that says this of every key. */
  async function cluster(response: (keys: readonly string[]) => object) {
    const provider = await listenProvider((keys) => respond(response(keys)), ca.server());
    const gatekeeper = new Gatekeeper({ url: provider.url, ca: ca.ca, ttlMs: 180_000, timeoutMs: 10_000 });
    closing.push(() => gatekeeper.close(), provider.close);
    const codes = async (...images: readonly string[]): Promise<readonly string[]> => {
      const { violations } = await one({
        review: creating(pod(...images)),
        answer: (keys) => gatekeeper.externalData(keys),
      });
      return violations.map(({ details }) => details.code);
    };
    return { provider, codes };
  }
  const items = (keys: readonly string[], value: unknown = ALLOW): object => ({
    items: keys.map((key) => ({ key, value })),
  });

  it('an image is admitted, again from the cache, and one that is denied beside it is not', async () => {
    const { provider, codes } = await cluster((keys) => items(keys, keys.includes(keyOf(B)) ? DENY : ALLOW));
    expect([await codes(A), await codes(A), await codes(A, B)]).toEqual([[], [], ['DENIED']]);
    expect(provider.seen.map(({ keys }) => keys)).toEqual([[keyOf(A)], [keyOf(B)]]);
  });

  it('a system error denies as long as it lasts and no longer', async () => {
    let busy = true;
    const { codes } = await cluster((keys) => (busy ? { systemError: 'busy' } : items(keys)));
    expect([await codes(A), await codes(A)]).toEqual([['NO_DECISION'], ['NO_DECISION']]);
    busy = false;
    expect(await codes(A)).toEqual([]);
  });

  it('no template can tell that an item stood beside a system error: the cache has it', async () => {
    const { codes } = await cluster((keys) => ({ ...items(keys), systemError: 'busy' }));
    expect([await codes(A), await codes(A)]).toEqual([['NO_DECISION'], []]);
  });

  it('no template can tell that nobody asked for a key: the cache has it', async () => {
    const { provider, codes } = await cluster((keys) => items([...keys, keyOf(B)]));
    expect([await codes(A), await codes(B)]).toEqual([[], []]);
    expect(provider.seen).toHaveLength(1);
  });
});
