import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDecision } from '../../../src/decision.ts';
import { isObject } from '../../../src/json.ts';
import { readJson } from './config.ts';
import { type Attachment, evidenceOf, keySigner, SUBJECT } from './evidence.ts';
import { EXAMPLE_CONFIG } from './examples.ts';
import { type Starter, starter } from './starter.ts';

let policy: Starter;
beforeAll(async () => {
  policy = await starter();
});
afterAll(() => policy.close());

const real = (path: string, type: string): Attachment => ({
  type,
  content: readJson(`test/fixtures/documents/${path}`),
});

const DOCUMENTS: readonly Attachment[] = [
  real('spdx/syft-2.3-go.json', 'application/spdx+json'),
  real('spdx/syft-3.0.json', 'https://spdx.dev/Document/v3.0'),
  real('cyclonedx/syft-1.6.json', 'https://cyclonedx.org/bom'),
  real('slsa/github-v1.json', 'https://slsa.dev/provenance/v1'),
  real('slsa/buildkit-v0.2.json', 'https://slsa.dev/provenance/v0.2'),
  real('grype/grype.json', 'application/vnd.anchore.grype+json'),
  real('sarif/grype-2.1.0.json', 'application/sarif+json'),
  real('cosign-vuln/predicate.json', 'https://cosign.sigstore.dev/attestation/vuln/v1'),
  real('openvex/go-vex-0.2.0.json', 'https://openvex.dev/ns/v0.2.0'),
  real('src/trivy.json', 'application/json'),
  {
    type: 'application/vnd.dev.cosign.simplesigning.v1+json',
    content: {
      critical: {
        identity: { 'docker-reference': 'registry.example/acme/app' },
        image: { 'docker-manifest-digest': SUBJECT },
        type: 'cosign container image signature',
      },
      optional: { environment: 'production' },
    },
    outcome: 'verified',
    signers: [keySigner('acme', 'sha256:stranger')],
  },
];

const { everything } = EXAMPLE_CONFIG.profiles;

/** Every rule, met by anybody where it does not ask who signed. */
const CONFIG = {
  ...EXAMPLE_CONFIG,
  profiles: {
    everything: { ...everything, unsigned: everything.required.filter((name) => !name.startsWith('signature.')) },
  },
};

const strange = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e21, '', ' ', '{name}', 'a'.repeat(2000), '\u0000', '🙂'),
  fc.constantFrom([], {}, [[]], [null], { '': '' }, { length: 3 }),
);

/** The same value with one place of it replaced, dropped or doubled, chosen by `seed`. */
function spoil(value: unknown, seed: number, replacement: unknown): unknown {
  const members = Array.isArray(value) ? [...value.keys()] : isObject(value) ? Object.keys(value) : [];
  const key = members[seed % Math.max(1, members.length)];
  if (key === undefined || seed % 7 === 0) return replacement;
  const next = Math.floor(seed / 7);
  if (Array.isArray(value)) {
    const index = Number(key);
    if (seed % 11 === 0) return [...value, value[index]];
    return value.with(index, spoil(value[index], next, replacement));
  }
  const object = value as Readonly<Record<string, unknown>>;
  const { [key]: member, ...rest } = object;
  return seed % 13 === 0 ? rest : { ...object, [key]: spoil(member, next, replacement) };
}

/** Which document, two places in it, and what is put there. */
const attack = fc.tuple(fc.nat(DOCUMENTS.length - 1), fc.nat(), fc.nat(), strange);

function spoiled([which, one, other, replacement]: readonly [number, number, number, unknown]): Attachment {
  const document = DOCUMENTS[which] as Attachment;
  return { ...document, content: spoil(spoil(document.content, one, replacement), other, replacement) };
}

const codesOf = async (attachments: readonly Attachment[]): Promise<readonly string[]> => {
  const { violations } = await policy.decide(evidenceOf(attachments), CONFIG);
  return violations.map(({ code }) => code);
};

describe('a hostile document', () => {
  it('is judged and stops nothing', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(attack, async (places) => {
        const codes = await codesOf([...DOCUMENTS, spoiled(places)]);
        expect(codes.filter((code) => code.startsWith('POLICY_') || code.startsWith('policy.'))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("is judged alike in WASM and in OPA's own evaluator", { timeout: 120_000 }, async () => {
    const evidences = fc.sample(attack, 40).map((places) => evidenceOf([spoiled(places)]));
    const answers = await policy.query('data.verdict.decision', evidences, CONFIG);
    expect(answers).toHaveLength(evidences.length);
    for (const [index, evidence] of evidences.entries()) {
      expect(await policy.decide(evidence, CONFIG)).toEqual(readDecision(answers[index]));
    }
  });

  it('hides nothing that another document shows', async () => {
    const grave = await codesOf([real('grype/grype.json', 'application/vnd.anchore.grype+json')]);
    expect(grave).toContain('vulnerability.severity');
    const clean: Attachment = {
      type: 'application/vnd.anchore.grype+json',
      content: { matches: [], descriptor: { name: 'grype', timestamp: '2026-11-21T09:59:00Z' } },
    };
    expect(await codesOf([real('grype/grype.json', 'application/vnd.anchore.grype+json'), clean])).toContain(
      'vulnerability.severity',
    );
  });

  it.each([
    ['no packages at all', { spdxVersion: 'SPDX-2.3', packages: [] }],
    ['packages that are a text', { spdxVersion: 'SPDX-2.3', packages: 'none' }],
    ['another format', { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'a' }] }],
    ['nothing', null],
  ])('that claims to be SPDX and has %s is no SBOM that was read', async (_, content) => {
    expect(await codesOf([{ type: 'application/spdx+json', content }])).toContain('sbom.read');
  });

  it.each([
    ['a list', ['MIT']],
    ['an object', { id: 'MIT' }],
    ['a number', 7],
    ['null', null],
    ['a very long text', 'MIT AND '.repeat(20_000)],
    ['brackets without end', '('.repeat(20_000)],
  ])('whose licence is %s is not taken for a permitted one', async (_, licence) => {
    const packages = [{ SPDXID: 'SPDXRef-a', name: 'a', versionInfo: '1', licenseDeclared: licence }];
    const content = { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', packages };
    expect(await codesOf([{ type: 'application/spdx+json', content }])).toContain('licence.unknown');
  });
});
