import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decisionKey, type KeyParts } from '../../../../src/server/cache/key.ts';
import { DIGEST } from './fixtures.ts';

const PARTS: KeyParts = {
  digest: DIGEST,
  requested: 'r.example/a:1',
  registry: 'r.example',
  repository: 'a',
  namespace: 'n',
  caller: 'api',
  parameters: {},
  revision: '1',
};

const SEPARATORS = fc.string({
  unit: fc.constantFrom('a', '/', '"', ',', '[', ']', '\\', '\n', '\0', ':', '@', 'é', '\ud800'),
});
const parts: fc.Arbitrary<KeyParts> = fc
  .record({
    targets: fc.option(fc.array(SEPARATORS), { nil: undefined }),
    requested: SEPARATORS,
    registry: SEPARATORS,
    repository: SEPARATORS,
    namespace: SEPARATORS,
    caller: fc.constantFrom('api' as const, 'gatekeeper' as const),
    parameters: fc.dictionary(SEPARATORS, fc.jsonValue({ maxDepth: 2 })),
    revision: SEPARATORS,
  })
  .map(({ targets, ...rest }) => ({ ...rest, digest: DIGEST, ...(targets === undefined ? {} : { targets }) }));

describe('the key of a decision', () => {
  it.each<[string, Partial<KeyParts>]>([
    ['digest', { digest: `sha256:${'b'.repeat(64)}` }],
    ['reference as it was asked for', { requested: 'r.example/a:2' }],
    ['choice of targets', { targets: [] }],
    ['registry', { registry: 's.example' }],
    ['repository', { repository: 'b' }],
    ['namespace', { namespace: '' }],
    ['caller', { caller: 'gatekeeper' }],
    ['parameters', { parameters: { a: null } }],
    ['revision', { revision: '2' }],
  ])('is another for another %s', (_, change) => {
    expect(decisionKey({ ...PARTS, ...change })).not.toBe(decisionKey(PARTS));
  });

  it('tells one target from two, and none from all', () => {
    const keys = [undefined, [], ['a'], ['a', 'b'], ['a,b'], ['a","b']].map((targets) =>
      decisionKey(targets === undefined ? PARTS : { ...PARTS, targets }),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('does not mind the order of parameters', () => {
    const one = decisionKey({ ...PARTS, parameters: { a: { b: 1, c: 2 }, d: [1, 2] } });
    expect(decisionKey({ ...PARTS, parameters: { d: [1, 2], a: { c: 2, b: 1 } } })).toBe(one);
    expect(decisionKey({ ...PARTS, parameters: { d: [2, 1], a: { c: 2, b: 1 } } })).not.toBe(one);
  });

  it('tells parameters apart by their own names only', () => {
    const inherited = JSON.parse('{"__proto__":{"a":1}}');
    expect(decisionKey({ ...PARTS, parameters: inherited })).not.toBe(decisionKey(PARTS));
    expect(decisionKey({ ...PARTS, parameters: inherited })).not.toBe(decisionKey({ ...PARTS, parameters: { a: 1 } }));
  });

  it('keeps a short text as it is, and hashes a long one', () => {
    expect(JSON.parse(decisionKey(PARTS))).toEqual([
      [DIGEST, 'r.example', 'a', 'r.example/a:1', null],
      'n',
      'api',
      '{}',
      '1',
    ]);
    const long = decisionKey({ ...PARTS, namespace: 'n'.repeat(1000) });
    expect(long).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(long).not.toBe(decisionKey({ ...PARTS, namespace: 'n'.repeat(1001) }));
  });

  it.each(['', 'latest', 'sha256:', 'registry.example/a:1'])('takes no subject that is not pinned: %s', (digest) => {
    expect(() => decisionKey({ ...PARTS, digest })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('is the same for the same parts only, whatever characters they hold', () => {
    const told = ({ targets, ...rest }: KeyParts): unknown => ({ ...rest, targets: targets ?? null });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        // Of JSON's numbers, 0 and -0 are one.
        const isSame = isDeepStrictEqual(
          JSON.parse(JSON.stringify(told(one))),
          JSON.parse(JSON.stringify(told(other))),
        );
        expect(decisionKey(one) === decisionKey(other)).toBe(isSame);
      }),
    );
  });

  it('is the same for the same parts in another order', () => {
    const reversed = (given: object): object => Object.fromEntries(Object.entries(given).reverse());
    fc.assert(
      fc.property(parts, (one) => {
        const other = { ...one, ...reversed(one), parameters: { ...reversed(one.parameters) } };
        expect(decisionKey(other)).toBe(decisionKey(one));
      }),
    );
  });

  it('does not let a character wander to the neighbour', () => {
    const names = ['requested', 'registry', 'repository', 'namespace', 'revision'] as const;
    fc.assert(
      fc.property(
        parts,
        fc.subarray([...names], { minLength: 2, maxLength: 2 }),
        SEPARATORS,
        (one, [from, to], text) => {
          if (from === undefined || to === undefined || text === '') return;
          const left = decisionKey({ ...one, [from]: `${one[from]}${text}` });
          expect(decisionKey({ ...one, [to]: `${text}${one[to]}` })).not.toBe(left);
        },
      ),
    );
  });
});
