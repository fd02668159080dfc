import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/generated/evidence.ts';
import { lint } from '../../../src/rego/lint.ts';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';
import { readText } from './config.ts';
import { type Attachment, evidenceOf } from './evidence.ts';
import { sources, withoutTests } from './policy.ts';
import { type Starter, starter } from './starter.ts';

/** The rule that the README shows. */
const shown = /```rego\n(?<text>[\s\S]*?)```/.exec(readText('policies/README.md'))?.groups?.text ?? '';
const rule = { path: 'rules/acme/tests_passed/tests_passed.rego', text: shown };

const config = {
  profile: 'mine',
  profiles: { mine: { required: ['acme.tests_passed'], unsigned: ['acme.tests_passed'] } },
};

const result = (outcome: string): Attachment => ({
  type: 'https://in-toto.io/attestation/test-result/v0.1',
  content: { result: outcome },
});

let policy: Starter;
let toolchain: Toolchain;
beforeAll(async () => {
  toolchain = createToolchain();
  policy = await starter([rule]);
});
afterAll(() => Promise.all([policy.close(), toolchain.close()]));

describe('the rule in the README', () => {
  it('is formatted and keeps the house rules', async () => {
    const formatted = await toolchain.format({ files: [rule] });
    expect(formatted.ok && formatted.files).toMatchObject([{ changed: false }]);
    const facts = await toolchain.inspect({ files: [...withoutTests(sources()), rule] });
    expect(facts.ok && lint(facts, { shape: 'rules' })).toEqual([]);
  });

  const codes = async (evidence: Evidence): Promise<readonly string[]> =>
    (await policy.decide(evidence, config)).violations.map(({ code, msg }) => `${code}: ${msg}`);

  it('allows what it asks for', async () => {
    expect(await codes(evidenceOf([result('PASSED')]))).toEqual([]);
  });

  it.each([
    ['another result', [result('FAILED')]],
    ['nothing', []],
  ])('denies %s in its own words', async (_, attachments) => {
    expect(await codes(evidenceOf(attachments))).toEqual([
      'acme.tests_passed: No test result says that all tests passed.',
    ]);
  });
});
