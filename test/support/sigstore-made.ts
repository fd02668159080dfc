import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Report } from '../../src/generated/evidence.ts';
import { Examined } from './examined.ts';

/** `test/fixtures/sigstore-made/manifest.json`. Paths are relative to its folder. */
export interface SigstoreManifest {
  /** In which cosign saw the images. */
  readonly repository: string;
  /** As the configuration has them. */
  readonly trusts: Readonly<Record<string, SigstoreTrustEntry>>;
  readonly fixtures: readonly SigstoreFixture[];
}

export interface SigstoreTrustEntry {
  readonly type: 'keys' | 'sigstore' | 'certificates';
  readonly keys?: readonly string[];
  readonly ca?: readonly string[];
  readonly root?: string;
  readonly identities?: ReadonlyArray<{ readonly identity: string; readonly issuer: string }>;
  readonly transparencyLog?: number;
  readonly timestamp?: number;
  readonly sct?: number;
}

export interface SigstoreFixture {
  readonly name: string;
  /** `bundle`, `legacy` (tags), `oci-1-1`, `legacy-blob` (JSON), `detached`. */
  readonly form: string;
  /** An image: its layout and tag there. A file: its path, and the files about it. */
  readonly layout?: string;
  readonly tag?: string;
  readonly blob?: string;
  readonly bundle?: string;
  readonly signature?: string;
  /** Digest of what is verified. */
  readonly subject: string;
  /** Kind of the key that signed; empty: a certificate's. */
  readonly key: string;
  /** Of the certificate. */
  readonly identity?: string;
  readonly issuer?: string;
  /** What witnessed: `rekor-v1`, `rekor-v1-tsa`, `rekor-v2` (with tsa), `tsa`, `none`. */
  readonly services: string;
  /** Types of the reports. */
  readonly types: readonly string[];
  /** cosign's command, and the `--type` of attestations. */
  readonly command: string;
  readonly predicate?: string;
  readonly cases: readonly SigstoreCase[];
}

/** What is expected with one trust alone configured. */
export interface SigstoreCase {
  readonly trust: string;
  /** cosign's word, asked while the fixtures were made. */
  readonly accepts: boolean;
  /** Verdict's: what the best report says, `none` where there is no report. */
  readonly outcome: 'verified' | 'present' | 'failed' | 'none';
  /** Checks that must not have passed. */
  readonly failed?: readonly string[];
  /** Row of docs/differences.md where the two differ on purpose. */
  readonly difference?: string;
}

/** Where the fixtures are. */
export const MADE = resolve(import.meta.dirname, '../fixtures/sigstore-made');
export const manifest = JSON.parse(readFileSync(join(MADE, 'manifest.json'), 'utf8')) as SigstoreManifest;

const examined = new Map<string, Examined>();
export async function closeAll(): Promise<void> {
  for (const each of examined.values()) await each.close();
  examined.clear();
}

export function trustOf(name: string): SigstoreTrustEntry {
  const trust = manifest.trusts[name];
  if (trust === undefined) throw new Error(`the manifest has no trust ${name}`);
  return trust;
}

/** Verdict with one trust. */
export function verdict(name: string): Examined {
  const known = examined.get(name);
  if (known !== undefined) return known;
  const { keys, ca, root, ...rest } = trustOf(name);
  const at = (paths: readonly string[]): string[] => paths.map((path) => join(MADE, path));
  const made = new Examined({
    trust: {
      [name]: {
        ...rest,
        ...(keys && { keys: at(keys) }),
        ...(ca && { ca: at(ca) }),
        ...(root && { root: join(MADE, root) }),
      },
    },
    verifiers: [{ name: 'sigstore', type: 'sigstore' }],
  });
  examined.set(name, made);
  return made;
}

/** The reports that a fixture is about; other signatures of the image speak for themselves. */
export async function reportsOf(fixture: SigstoreFixture, trust: string): Promise<readonly Report[]> {
  const { blob, layout = '', subject, types } = fixture;
  const files = [fixture.bundle, fixture.signature].flatMap((path) => (path === undefined ? [] : [join(MADE, path)]));
  const reports =
    blob === undefined
      ? await verdict(trust).reports(`oci:${join(MADE, layout)}@${subject}`)
      : await verdict(trust).reports(`file:${join(MADE, blob)}`, files);
  return reports.filter(({ type }) => types.includes(type));
}

/** Names of all checks that did not pass. */
export const failedChecks = (reports: readonly Report[]): string[] =>
  reports.flatMap(({ checks }) =>
    Object.entries(checks).flatMap(([name, { outcome }]) => (outcome === 'passed' ? [] : [name])),
  );
