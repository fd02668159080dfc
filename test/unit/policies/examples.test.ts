import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDecision } from '../../../src/decision.ts';
import type { Evidence, Signer } from '../../../src/generated/evidence.ts';
import { compileSchema } from '../../../src/schema.ts';
import { pathOf, readJson, readText, rules } from './config.ts';
import { keySigner } from './evidence.ts';
import { ALLOWED, DENIED, EXAMPLE_CONFIG, examples } from './examples.ts';
import { type Starter, starter } from './starter.ts';

let policy: Starter;
beforeAll(async () => {
  policy = await starter();
});
afterAll(() => policy.close());

const evidence = compileSchema(readJson('schemas/evidence.schema.json'), 'evidence');
const all = Object.entries({ ...ALLOWED, ...DENIED });

/** The same evidence with other signers; without any, its reports are `present`. */
const signedBy = (from: Evidence, signers: readonly Signer[]): Evidence => ({
  ...from,
  artifacts: from.artifacts.map((artifact) => ({
    ...artifact,
    reports: artifact.reports.map((report) =>
      report.outcome !== 'verified'
        ? report
        : { ...report, signers, outcome: signers.length > 0 ? 'verified' : 'present' },
    ),
  })),
});

describe('the examples', () => {
  it.each([...examples()])('%s is what is written by test/unit/policies/examples.ts', (path, text) => {
    expect(readText(`policies/${path}`)).toBe(text);
  });

  it('has no others', () => {
    const files = ['allowed', 'denied'].flatMap((kind) =>
      readdirSync(pathOf(`policies/examples/${kind}`)).map((name) => `examples/${kind}/${name}`),
    );
    expect(files.filter((path) => !examples().has(path))).toEqual([]);
  });

  it.each(all)('%s fits the schema of evidence', (_, value) => {
    expect(evidence.validate(structuredClone(value))).toEqual([]);
  });

  it('has a denied one for every rule', () => {
    expect(Object.keys(DENIED).sort()).toEqual([...rules()].sort());
  });
});

describe('the decision', () => {
  it.each(Object.entries(ALLOWED))('allows %s', async (_, value) => {
    expect(await policy.decide(value, EXAMPLE_CONFIG)).toMatchObject({ allow: true, violations: [], warnings: [] });
  });

  it('lists what a signed VEX statement excused', async () => {
    const { exceptions } = await policy.decide(ALLOWED['excused-vulnerability'] as Evidence, EXAMPLE_CONFIG);
    expect(exceptions).toMatchObject([{ code: 'vulnerability.severity', term: 'CVE-2026-1000', until: '' }]);
  });

  it.each(Object.entries(DENIED))('denies by %s', async (rule, value) => {
    const { allow, violations } = await policy.decide(value, EXAMPLE_CONFIG);
    expect(allow).toBe(false);
    expect(violations.map(({ code }) => code)).toContain(rule);
    expect(violations.filter(({ msg }) => /[{}]/.test(msg))).toEqual([]);
  });

  it.each(Object.entries(ALLOWED))('denies %s where nobody signed, and where a stranger did', async (_, value) => {
    const nobody = await policy.decide(signedBy(value, []), EXAMPLE_CONFIG);
    const stranger = await policy.decide(signedBy(value, [keySigner('acme', 'sha256:stranger')]), EXAMPLE_CONFIG);
    const elsewhere = await policy.decide(
      signedBy(value, [keySigner('elsewhere', `sha256:${'5f'.repeat(32)}`)]),
      EXAMPLE_CONFIG,
    );
    expect([nobody.allow, stranger.allow, elsewhere.allow]).toEqual([false, false, false]);
  });

  it("is the same in WASM and in OPA's own evaluator", async () => {
    const evidences = all.map(([, value]) => value);
    const answers = await policy.query('data.verdict.decision', evidences, EXAMPLE_CONFIG);
    expect(answers).toHaveLength(evidences.length);
    for (const [index, value] of evidences.entries()) {
      expect(await policy.decide(value, EXAMPLE_CONFIG)).toEqual(readDecision(answers[index]));
    }
  });
});
