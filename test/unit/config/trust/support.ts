import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoadedTrusts, loadTrusts, type TrustMeans } from '../../../../src/config/trust/load.ts';
import type { Trust } from '../../../../src/generated/config.ts';

/** A file of test/fixtures/trust/. */
export const fixture = (name: string): string => resolve(import.meta.dirname, '../../../fixtures/trust', name);
export const content = (name: string): string => readFileSync(fixture(name), 'utf8');

/** A configured trust as the schema completes it. */
export const configured = (trust: Partial<Trust> & Pick<Trust, 'type'>): Trust => ({
  keys: [],
  ca: [],
  signingAuthority: [],
  tsa: [],
  anchorsOnly: false,
  identities: [],
  ...trust,
});

/** A directory that is gone after the test. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'verdict-trust-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const NOW = new Date('2026-11-21T12:00:00Z');

/** Loads one trust called `own`. */
export const load = (
  trust: Partial<Trust> & Pick<Trust, 'type'>,
  means: Partial<TrustMeans> = {},
): Promise<LoadedTrusts> =>
  loadTrusts(
    { own: configured(trust) },
    { environment: {}, fetch: undefined, cacheDirectory: join(tmpdir(), 'verdict-no-such-cache'), now: NOW, ...means },
  );

/** Pointers and codes of the faults. */
export const told = ({ faults }: LoadedTrusts): readonly string[] =>
  faults.map(({ pointer, code }) => `${pointer} ${code}`);
