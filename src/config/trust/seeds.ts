import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { digestOf } from '../../descriptor.ts';
import type { TrustedRoot } from '../../trust.ts';
import { PUBLIC_GOOD } from './source.ts';

/** The TUF repository of Sigstore's public-good instance. */
export const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';

/** A mirror's URL in one spelling. */
export const mirrorOf = (mirror: string): string => new URL(mirror).href.replace(/\/+$/, '');

interface Seed {
  /** Base64. */
  readonly 'root.json': string;
  readonly targets: Readonly<Record<string, string>>;
}

function seed(): Seed {
  // Read here rather than imported: the package's own code would load its network client.
  const path = createRequire(import.meta.url).resolve('@sigstore/tuf/seeds.json');
  const seeds = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Seed>>;
  const found = seeds[PUBLIC_GOOD_MIRROR];
  if (found === undefined) throw new TypeError(`${path} lacks ${PUBLIC_GOOD_MIRROR}`);
  return found;
}

/** The public-good instance's trusted root as it comes with Verdict. */
export const publicGoodRoot = (): Uint8Array => Buffer.from(seed().targets['trusted_root.json'] ?? '', 'base64');

/** The same, read. It was checked when Verdict was made (a test does): checking it in every process would cost milliseconds. */
export function publicGood(): TrustedRoot {
  const bytes = publicGoodRoot();
  const json = JSON.parse(Buffer.from(bytes).toString('utf8')) as Readonly<Record<string, unknown>>;
  return { source: PUBLIC_GOOD, digest: digestOf(bytes), json };
}

/** `root.json` of its TUF repository, from which updates go on. */
export const publicGoodTufRoot = (): Uint8Array => Buffer.from(seed()['root.json'], 'base64');
