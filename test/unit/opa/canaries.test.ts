import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, describe, expect, it } from 'vitest';
import { denial, readDecision } from '../../../src/decision.ts';
import type { Evidence } from '../../../src/generated/evidence.ts';
import {
  CANARIES,
  type Canary,
  type CanaryScope,
  type CanaryTrust,
  canaries,
  runCanaries,
} from '../../../src/opa/canaries.ts';
import { createPolicy, type WasmPolicy } from '../../../src/opa/policy.ts';
import { Pool } from '../../../src/opa/pool.ts';
import { bytes, policyBundle, TIME } from './fixtures.ts';

const schema = JSON.parse(readFileSync(new URL('../../../schemas/evidence.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);
const isEvidence = ajv.compile(schema);

const SCOPE: CanaryScope = {
  registry: 'registry.example',
  repository: 'team/app',
  namespace: 'team-a',
  caller: 'gatekeeper',
  time: TIME,
};
const trust = (name: string, kind: CanaryTrust['kind'], namesSigners = false): CanaryTrust => ({
  name,
  scope: 'cluster',
  kind,
  namesSigners,
});
const TRUSTS = [trust('release', 'keyless'), trust('corp', 'certificate'), trust('keys', 'key', true)];

const reports = ({ artifacts }: Evidence) => artifacts.flatMap((artifact) => artifact.reports);
const named = (flock: readonly Canary[], accept: string): readonly Canary[] =>
  flock.filter((one) => one.accept === accept);
const only = (flock: readonly Canary[], accept: string): Evidence => {
  const [canary, ...others] = named(flock, accept);
  expect(others).toEqual([]);
  if (canary === undefined) throw new Error(`no canary ${accept}`);
  return canary.evidence;
};

/** An example as a bundle has it: everything signed by somebody whom the gate names. */
function example(name = 'signed') {
  const { evidence } = named(canaries(TRUSTS, SCOPE, []), 'stranger')[0] ?? { evidence: undefined };
  const text = JSON.stringify(evidence).replaceAll('stranger.invalid', 'known.example');
  return { name, evidence: JSON.parse(text) as unknown };
}

describe('canaries', () => {
  const flock = canaries(TRUSTS, SCOPE, [example()]);

  it('are evidences by their schema, every one', () => {
    for (const { name, evidence } of flock) {
      expect(isEvidence(evidence), `${name}: ${ajv.errorsText(isEvidence.errors)}`).toBe(true);
    }
  });

  it('cover every name that a configuration can accept', () => {
    expect(new Set(flock.map(({ accept }) => accept))).toEqual(new Set(CANARIES));
  });

  it('have names of their own', () => {
    expect(new Set(flock.map(({ name }) => name)).size).toBe(flock.length);
  });

  it('stand in the scope given', () => {
    for (const { evidence } of flock) {
      expect(evidence.subject).toMatchObject({ registry: 'registry.example', repository: 'team/app' });
      expect(evidence.subject.reference).toBe(`registry.example/team/app@${evidence.subject.digest}`);
      expect(evidence.context).toMatchObject({ namespace: 'team-a', caller: 'gatekeeper', time: TIME.toISOString() });
      expect(evidence.subject.targets).toHaveLength(1);
    }
  });

  it('hold nothing, nothing known, only errors, only failures', () => {
    expect(only(flock, 'empty')).toMatchObject({ complete: true, artifacts: [], documents: {} });
    expect(only(flock, 'undiscovered')).toMatchObject({
      complete: false,
      artifacts: [],
      discovery: [{ outcome: 'failed' }],
    });
    expect(only(flock, 'errored').complete).toBe(false);
    expect(new Set(reports(only(flock, 'errored')).map(({ outcome }) => outcome))).toEqual(new Set(['errored']));
    expect(only(flock, 'failed').complete).toBe(true);
    expect(new Set(reports(only(flock, 'failed')).map(({ outcome }) => outcome))).toEqual(new Set(['failed']));
    for (const accept of ['errored', 'failed'] as const) expect(only(flock, accept).documents).toEqual({});
  });

  it('hold an SBOM, a provenance, a scan and a signature, present and read', () => {
    const { evidence } = named(flock, 'unsigned')[0] ?? { evidence: only(flock, 'unsigned') };
    expect(
      reports(evidence)
        .map(({ type }) => type)
        .sort(),
    ).toEqual([
      'application/sarif+json',
      'application/spdx+json',
      'application/vnd.cncf.notary.payload.v1+json',
      'application/vnd.cyclonedx+json',
      'application/vnd.dev.cosign.simplesigning.v1+json',
      'https://cosign.sigstore.dev/attestation/vuln/v1',
      'https://cyclonedx.org/bom',
      'https://sigstore.dev/cosign/sign/v1',
      'https://slsa.dev/provenance/v1',
      'https://spdx.dev/Document',
    ]);
    for (const { outcome, signers, document, read } of reports(evidence)) {
      expect({ outcome, signers, read }).toEqual({ outcome: 'present', signers: [], read: true });
      expect(evidence.documents).toHaveProperty([document]);
    }
  });

  it('know a stranger by each trust that does not name its signers, under a name nobody has', () => {
    const strangers = named(canaries(TRUSTS, SCOPE, []), 'stranger');
    const signers = strangers.map(({ evidence }) => reports(evidence).flatMap((report) => report.signers));
    expect(signers.map((list) => list[0]?.trust.name)).toEqual(['release', 'corp']);
    expect(signers.map((list) => list[0]?.kind)).toEqual(['keyless', 'certificate']);
    for (const signer of signers.flat()) expect(signer.id).toContain('stranger.invalid');
    for (const { evidence } of strangers)
      expect(reports(evidence).every(({ outcome }) => outcome === 'verified')).toBe(true);
  });

  it('take the signers from an allowed example, and put strangers in their place', () => {
    const [, unsigned] = named(flock, 'unsigned');
    expect(
      reports(unsigned?.evidence ?? only([], 'unsigned')).every(
        ({ outcome, signers }) => outcome === 'present' && signers.length === 0,
      ),
    ).toBe(true);
    const replaced = named(flock, 'stranger').slice(2);
    expect(replaced).toHaveLength(2);
    for (const { evidence } of replaced) {
      expect(JSON.stringify(evidence)).not.toContain('known.example');
      expect(reports(evidence).flatMap(({ signers }) => signers)).toHaveLength(10);
    }
  });

  it('put no stranger into an example that nobody signed', () => {
    const unsigned = { name: 'licences', evidence: named(flock, 'unsigned')[0]?.evidence };
    const made = canaries(TRUSTS, SCOPE, [unsigned]).slice(-1);
    expect(made).toMatchObject([{ accept: 'unsigned', name: expect.stringContaining('licences') }]);
  });

  it.each([
    null,
    {},
    { artifacts: [] },
    { context: { time: 'noon' }, artifacts: [] },
    { context: { time: TIME.toISOString() }, artifacts: [{ reports: [{}] }] },
  ])('refuse an example that is no evidence: %j', (evidence) => {
    expect(() => canaries([], SCOPE, [{ name: 'bad', evidence }])).toThrow(
      expect.objectContaining({ code: 'BUNDLE_INVALID' }),
    );
  });
});

describe('runCanaries', () => {
  const pool = new Pool({ size: 1, spares: 0 });
  afterAll(async () => pool.close());
  const gate = (config: object): Promise<WasmPolicy> =>
    createPolicy({
      pool,
      name: 'gate',
      scope: 'cluster',
      source: policyBundle('gate'),
      data: [{ path: 'config', text: bytes(JSON.stringify(config)) }],
    });
  const allowed = async (config: object): Promise<string[]> => {
    const flock = canaries(TRUSTS, SCOPE, [example()]);
    return [...new Set((await runCanaries(await gate(config), flock)).map(({ accept }) => accept))];
  };

  it.each([
    ['vacuous', ['empty', 'unsigned', 'stranger']],
    ['forgetful', ['empty', 'undiscovered', 'stranger']],
    ['unsigned', ['unsigned', 'stranger']],
    ['errors', ['errored']],
    ['failures', ['failed']],
    ['anybody', ['stranger']],
  ])('tells of a policy that is %s', async (mode, accepts) => {
    expect(await allowed({ mode })).toEqual(accepts);
  });

  it('finds nothing wrong with a policy that names whom it trusts, while its example is allowed', async () => {
    const [canary] = named(canaries(TRUSTS, SCOPE, []), 'stranger');
    const id = reports(canary?.evidence ?? only([], 'stranger'))[0]?.signers[0]?.id.replace(
      'stranger.invalid',
      'known.example',
    );
    const config = { mode: 'strict', trust: 'release', id };
    expect(await allowed(config)).toEqual([]);
    const decision = await (await gate(config)).decide({
      input: bytes(JSON.stringify(example().evidence)),
      time: TIME,
    });
    expect(decision.allow).toBe(true);
  });

  it('finds the example whose policy never looked at signers', async () => {
    const allows = { decide: async () => readDecision({ allow: true }) };
    const flock = canaries(TRUSTS, SCOPE, [example('app')]);
    const names = (await runCanaries(allows, flock)).map(({ name }) => name);
    expect(names).toHaveLength(flock.length);
    expect(names).toContain('example app without its signers');
  });

  it('asks at the time of each evidence, and takes a fault for a denial', async () => {
    const asked: Date[] = [];
    const faulty: Parameters<typeof runCanaries>[0] = {
      decide: async ({ time, input }) => {
        asked.push(time);
        expect(isEvidence(JSON.parse(Buffer.from(input).toString()))).toBe(true);
        return denial('POLICY_TIMEOUT', 'too slow');
      },
    };
    expect(await runCanaries(faulty, canaries(TRUSTS, SCOPE, []))).toEqual([]);
    expect(new Set(asked.map((time) => time.toISOString()))).toEqual(new Set([TIME.toISOString()]));
  });
});
