import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { type ReadyPolicy, startPolicy } from '../../src/config/policy.ts';
import type { Evidence } from '../../src/evidence.ts';
import { CHECKS, type Signer } from '../../src/report.ts';
import { compileSchema } from '../../src/schema.ts';
import { decide, exampleEvidence, plain, ROOT } from '../support/decide.ts';

const schema = JSON.parse(readFileSync(new URL('../../schemas/evidence.schema.json', import.meta.url), 'utf8'));
const { validate } = compileSchema(schema, 'evidence');

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];
type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

let policy: ReadyPolicy;
let evidence: Evidence;

beforeAll(async () => {
  policy = await strictPolicy();
  evidence = plain(await exampleEvidence('oci:examples/images:allowed')) as unknown as Evidence;
});
afterAll(() => policy.close());

/** The demo's policy, where SBOM and scan need a signature too: the allowed example has one on each. */
async function strictPolicy(): Promise<ReadyPolicy> {
  const { config } = await loadConfig('examples/verdict.yaml', ROOT);
  const { demo } = config.policy.config.profiles as { readonly demo: object };
  const profiles = { demo: { ...demo, unsigned: [] } };
  return await startPolicy({ ...config, policy: { ...config.policy, config: { ...config.policy.config, profiles } } });
}

/** `refused`: no evidence by its schema, so there is no decision. */
async function fate(value: unknown): Promise<'allowed' | 'denied' | 'refused'> {
  if (validate(value).length > 0) return 'refused';
  return (await decide(policy, value)).allow ? 'allowed' : 'denied';
}

function mutated(change: (copy: Mutable<Evidence>) => void): Evidence {
  const copy = structuredClone(evidence) as Mutable<Evidence>;
  change(copy);
  return copy;
}

const reports = (): Array<[artifact: number, report: number, type: string]> =>
  evidence.artifacts.flatMap((artifact, at) =>
    artifact.reports.map((report, of): [number, number, string] => [at, of, report.type]),
  );

function set<T extends object, K extends keyof T>(target: T, key: K, value: T[K]): void {
  target[key] = value;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

/** Every place of a value, documents left out: what is in them is the policy's own matter. */
function* places(value: Json, path: Path = []): Generator<Path> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    if (path.length === 0 && key === 'documents') continue;
    const next = [...path, key];
    yield next;
    yield* places((value as Record<string | number, Json>)[key] as Json, next);
  }
}

function without(path: Path): unknown {
  const copy = structuredClone(evidence) as unknown as Json;
  const parent = path
    .slice(0, -1)
    .reduce<Json>((node, key) => (node as Record<string | number, Json>)[key] as Json, copy);
  const last = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete (parent as Record<string, Json>)[String(last)];
  return copy;
}

/** Keys whose loss the schema does not forbid: members of open objects, which are annotations and raw manifests. */
const isOpen = (path: Path): boolean =>
  path.some((key) => ['annotations', 'manifest', 'config', 'parameters', 'extensions'].includes(String(key))) ||
  path.includes('statement');

const APPROVAL = 'https://sigstore.dev/cosign/sign/v1';

describe('the evidence of the allowed example', () => {
  it('is allowed as it stands', async () => {
    expect(await fate(evidence)).toBe('allowed');
    expect(
      reports()
        .map(([, , type]) => type)
        .sort(),
    ).toEqual([
      'application/spdx+json',
      'application/vnd.anchore.grype+json',
      APPROVAL,
      APPROVAL,
      APPROVAL,
      'https://slsa.dev/provenance/v1',
    ]);
  });

  it('is not allowed without any one of its reports', async () => {
    for (const [artifact, report, type] of reports()) {
      const change = mutated((copy) => void at(copy.artifacts, artifact).reports.splice(report, 1));
      expect([type, await fate(change)]).toEqual([type, 'denied']);
    }
  });

  it('is not allowed without any one of its artifacts or documents', async () => {
    for (const [artifact, report, type] of reports()) {
      const change = mutated((copy) => void copy.artifacts.splice(artifact, 1));
      expect([type, await fate(change)]).toEqual([type, 'denied']);
      if (type === APPROVAL) continue;
      const digest = at(at(evidence.artifacts, artifact).reports, report).document;
      const undocumented = mutated((copy) => void delete (copy.documents as Record<string, unknown>)[digest]);
      expect([type, await fate(undocumented)]).toEqual([type, 'denied']);
    }
  });

  it.each(['failed', 'errored'] as const)('is not allowed when any report is %s', async (outcome) => {
    for (const [artifact, report, type] of reports()) {
      const change = mutated((copy) => {
        const changed = at(at(copy.artifacts, artifact).reports, report);
        set(changed, 'outcome', outcome);
        set(changed, 'signers', []);
      });
      expect([type, await fate(change)]).toEqual([type, 'denied']);
    }
  });

  it('is not allowed when any report that verified did not', async () => {
    for (const [artifact, report, type] of reports()) {
      const change = mutated((copy) => {
        const changed = at(at(copy.artifacts, artifact).reports, report);
        set(changed, 'outcome', 'present');
        set(changed, 'signers', []);
      });
      const isSigned = at(at(evidence.artifacts, artifact).reports, report).outcome === 'verified';
      expect([type, await fate(change)]).toEqual([type, isSigned ? 'denied' : 'allowed']);
    }
  });

  it('cannot call a report verified that nobody signed, nor have signers on one that is not', async () => {
    for (const [artifact, report] of reports()) {
      const isSigned = at(at(evidence.artifacts, artifact).reports, report).outcome === 'verified';
      const outcomes = isSigned ? (['present', 'failed', 'errored'] as const) : (['verified'] as const);
      for (const outcome of outcomes) {
        const change = mutated((copy) => set(at(at(copy.artifacts, artifact).reports, report), 'outcome', outcome));
        expect([outcome, await fate(change)]).toEqual([outcome, 'refused']);
      }
    }
  });

  it.each(['failed', 'errored'] as const)('is not allowed when any check of any report is %s', async (outcome) => {
    for (const [artifact, report] of reports()) {
      for (const check of CHECKS) {
        const change = mutated((copy) =>
          set(at(at(copy.artifacts, artifact).reports, report).checks[check], 'outcome', outcome),
        );
        expect([check, ['denied', 'refused']]).toEqual([check, expect.arrayContaining([await fate(change)])]);
      }
    }
  });

  it('is not allowed when any report was not read, or speaks of something else', async () => {
    const other = `sha256:${'9'.repeat(64)}`;
    for (const [artifact, report, type] of reports()) {
      const unread = mutated((copy) => set(at(at(copy.artifacts, artifact).reports, report), 'read', false));
      // There is nothing in an approval to read.
      expect([type, await fate(unread)]).toEqual([type, type === APPROVAL ? 'allowed' : 'denied']);
      const elsewhere = mutated((copy) => set(at(at(copy.artifacts, artifact).reports, report), 'subjects', [other]));
      expect([type, await fate(elsewhere)]).toEqual([type, 'denied']);
      const retyped = mutated((copy) =>
        set(at(at(copy.artifacts, artifact).reports, report), 'type', 'application/x-unknown'),
      );
      expect([type, await fate(retyped)]).toEqual([type, 'denied']);
    }
  });

  it('is not allowed when anything that identifies any signer is another', async () => {
    for (const [artifact, report] of reports()) {
      for (const [signer] of at(at(evidence.artifacts, artifact).reports, report).signers.entries()) {
        const changed = (change: (signer: Mutable<Signer>) => void): Evidence =>
          mutated((copy) => change(at(at(at(copy.artifacts, artifact).reports, report).signers, signer)));
        const changes = [
          changed((one) => set(one.trust, 'name', 'elsewhere')),
          changed((one) => set(one.trust, 'scope', 'namespace')),
          changed((one) => set(one, 'kind', 'certificate')),
          ...(at(at(at(evidence.artifacts, artifact).reports, report).signers, signer).kind === 'keyless'
            ? [
                changed((one) => set(one, 'oidcIssuer', 'https://issuer.invalid')),
                changed((one) => set(at(one.san, 0), 'value', 'https://stranger.invalid/w@refs/heads/main')),
                changed((one) => set(one, 'san', [])),
              ]
            : []),
        ];
        for (const change of changes) expect(await fate(change)).toBe('denied');
      }
    }
  });

  it('is not allowed when it is incomplete, or when its subject or targets are others', async () => {
    const other = `sha256:${'9'.repeat(64)}`;
    expect(await fate(mutated((copy) => set(copy, 'complete', false)))).toBe('denied');
    expect(await fate(mutated((copy) => set(at(copy.subject.targets, 0), 'digest', other)))).toBe('denied');
    expect(await fate(mutated((copy) => set(copy.subject, 'targets', [])))).toBe('refused');
    const more = mutated((copy) => void copy.subject.targets.push({ ...at(copy.subject.targets, 0), digest: other }));
    expect(await fate(more)).toBe('denied');
  });

  it('loses no key unnoticed', async () => {
    const unnoticed: string[] = [];
    for (const path of places(evidence as unknown as Json)) {
      if (isOpen(path)) continue;
      const verdict = await fate(without(path));
      if (verdict === 'allowed') unnoticed.push(path.join('/'));
    }
    // What was asked and answered "nothing" leaves no trace in the decision: `complete` says the same for all of it.
    expect(unnoticed.filter((path) => !/^(?:discovery\/\d+|artifacts\/\d+\/sources\/\d+)$/.test(path))).toEqual([]);
  });
});
