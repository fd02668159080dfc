import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject } from '../../../src/json.ts';
import { report } from '../../../src/report.ts';
import { answerOf, RatifyBench, type RatifyPolicy } from '../../support/ratify/policy.ts';
import { exhibitOf } from '../../support/ratify/tree.ts';

const FIXTURES = new URL('../../fixtures/', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, FIXTURES), 'utf8');

const KINDS = {
  sbom: {
    type: 'application/spdx+json',
    document: JSON.parse(text('documents/spdx/syft-2.3-go.json')),
    entry: { disallowedLicenses: ['AGPL-3.0-only'], disallowedPackages: [{ name: 'x' }] },
  },
  licensechecker: {
    type: 'text/spdx',
    document: [
      { tag: 'SPDXVersion', value: 'SPDX-2.3' },
      { tag: 'PackageName', value: 'libx' },
      { tag: 'PackageLicenseConcluded', value: 'MIT' },
    ],
    entry: { allowedLicenses: ['MIT'] },
  },
  vulnerabilityreport: {
    type: 'application/sarif+json',
    document: JSON.parse(text('documents/sarif/grype-2.1.0.json')),
    entry: { denylistCVEs: ['CVE-2026-1'], disallowedSeverities: ['critical'] },
  },
  schemavalidator: { type: 'application/json', document: { a: 1 }, entry: { mediaTypes: ['application/json'] } },
  plugin: {
    type: 'application/vnd.ratify.verifier-report+json',
    document: { isSuccess: true, message: 'good', name: 'sample', type: 'sample', extensions: { a: [1] } },
    entry: { verifier: 'extern' },
  },
} as const;
type Kind = keyof typeof KINDS;

const bench = new RatifyBench();
let policy: RatifyPolicy;
beforeAll(async () => {
  policy = await bench.policy(text('ratify/policies/r1-all.rego'));
});
afterAll(() => bench.close());

/** An image with one artifact of that kind, whose document is whatever somebody attached. */
function attached(kind: Kind, document: unknown, annotations: Readonly<Record<string, string>>) {
  const { type, entry } = KINDS[kind];
  const { evidence } = exhibitOf([{ artifactType: type }]);
  const said = report(
    {
      verifier: { name: 'extern', type: kind === 'plugin' ? 'ratify-plugin' : 'json' },
      layer: `sha256:${'1'.repeat(64)}`,
    },
    'present',
    'read',
    { type, read: true, document: 'sha256:d' },
  );
  return {
    evidence: {
      ...evidence,
      artifacts: evidence.artifacts.map((artifact) => ({ ...artifact, annotations, reports: [said] })),
      documents: { 'sha256:d': document },
    },
    config: { kind: 'rego', verifiers: [{ name: 'judge', kind, artifactTypes: ['*'], ...entry }] },
  };
}

const CREATED = { 'org.opencontainers.image.created': '2026-11-20T00:00:00Z' };

const strange = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e21, '', ' ', 'a'.repeat(2000), '\u0000', '🙂', '%s%d%v'),
  fc.constantFrom([], {}, [[]], [null], [{}], { '': '' }, { isSuccess: true }),
);

/** The same value with one place of it replaced, dropped or doubled, chosen by `seed`. */
function spoil(value: unknown, seed: number, replacement: unknown): unknown {
  const members = Array.isArray(value) ? [...value.keys()] : isObject(value) ? Object.keys(value) : [];
  const key = members[seed % Math.max(1, members.length)];
  if (key === undefined || seed % 7 === 0) return replacement;
  const next = Math.floor(seed / 7);
  if (Array.isArray(value)) {
    const index = Number(key);
    return seed % 11 === 0 ? [...value, value[index]] : value.with(index, spoil(value[index], next, replacement));
  }
  const { [key]: member, ...rest } = value as Readonly<Record<string, unknown>>;
  return seed % 13 === 0 ? rest : { ...rest, [key]: spoil(member, next, replacement) };
}

/** Milliseconds: some dozens of evaluations, each of a policy loaded anew. */
const SLOW = 120_000;

describe.each(Object.keys(KINDS) as readonly Kind[])('a document for %s', (kind) => {
  it('has an answer, whatever is in it', { timeout: SLOW }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), strange, async (first, second, replacement) => {
        const document = spoil(spoil(KINDS[kind].document, first, replacement), second, replacement);
        const { evidence, config } = attached(kind, document, CREATED);
        const decision = await policy.decide(evidence, config);
        const { isSuccess, verifierReports } = answerOf(decision);
        expect(verifierReports).toMatchObject([
          { verifierReports: [{ isSuccess: expect.any(Boolean), verifierName: expect.any(String) }] },
        ]);
        expect(decision.allow).toBe(isSuccess);
        expect(decision.violations.length > 0).toBe(!isSuccess);
      }),
      { numRuns: 60 },
    );
  });

  it.each([null, true, 1, 'text', [], {}])('is no success as %j', async (document) => {
    const { evidence, config } = attached(kind, document, CREATED);
    const { allow, violations } = await policy.decide(evidence, config);
    expect({ allow, codes: violations.map(({ code }) => code) }).toEqual({ allow: false, codes: ['ratify.report'] });
  });
});

describe('a time of a vulnerability report', () => {
  it.each(['', 'now', '2026-13-01T00:00:00Z', '2026-11-20', '9'.repeat(400)])('%j is none', async (time) => {
    const { evidence, config } = attached('vulnerabilityreport', KINDS.vulnerabilityreport.document, {
      'org.opencontainers.image.created': time,
    });
    const decision = await policy.decide(evidence, config);
    expect(answerOf(decision)).toMatchObject({
      isSuccess: false,
      verifierReports: [{ verifierReports: [{ message: 'Failed to create timestamp annotation.' }] }],
    });
  });
});
