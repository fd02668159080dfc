import { loadPolicy } from '@open-policy-agent/opa-wasm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/opa/bundle.ts';
import { ask, bytes, openHost, policyBundle } from './fixtures.ts';

/*
 * The same module under OPA's own SDK for npm. It is right about JSON without large numbers, sets or built-ins; sets come
 * in the order of the module there.
 */

/** Numbers that a double holds: the SDK hands its input over as JSON of doubles. */
const json = fc
  .jsonValue({ maxDepth: 4, noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value).toWellFormed()) as unknown);

const results = (set: readonly { readonly result: unknown }[]): unknown[] => set.map(({ result }) => result);

describe("OPA's SDK", () => {
  it('and the host agree on any input and data', async () => {
    const { wasm } = await readBundle(policyBundle('cases'));
    const theirs = await loadPolicy(Buffer.from(wasm));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), json), json, async (input, config) => {
        const ours = await openHost(wasm, { data: bytes(JSON.stringify({ config })) });
        theirs.setData({ config });
        const [identity, data] = ask(ours, ['identity', 'config'], input);
        expect([JSON.parse(identity ?? '')]).toEqual(results(theirs.evaluate(input, 'verdict/identity')));
        expect([JSON.parse(data ?? '')]).toEqual(results(theirs.evaluate(input, 'verdict/config')));
      }),
      { numRuns: 150 },
    );
  });

  it.each([{ case: 'nothing' }, { case: 'echo', decision: { allow: true, violations: [] } }, { case: 'conflict' }])(
    'and the host agree on the decision over %j',
    async (input) => {
      const { wasm } = await readBundle(policyBundle('cases'));
      const theirs = await loadPolicy(Buffer.from(wasm));
      theirs.setData({});
      const ours = await openHost(wasm);
      const outcome = (run: () => unknown): unknown => {
        try {
          return run();
        } catch {
          return 'stopped';
        }
      };
      const mine = outcome(() =>
        ask(ours, ['decision'], input).flatMap((text) => (text === undefined ? [] : [JSON.parse(text)])),
      );
      expect(mine).toEqual(outcome(() => results(theirs.evaluate(input, 'verdict/decision'))));
    },
  );
});
