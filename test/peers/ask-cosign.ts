import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { SigstoreFixture, SigstoreTrustEntry } from '../support/sigstore-made.ts';
import { program } from './serve.ts';

const run = promisify(execFile);

/** What cosign is asked so that it trusts what the trust does; the reference or the file comes after. */
export function question(fixture: SigstoreFixture, trust: SigstoreTrustEntry, directory: string): string[] {
  const at = (path: string): string => join(directory, path);
  const asked = [fixture.command];
  if (fixture.command === 'verify' || fixture.command === 'verify-attestation') asked.push('--allow-http-registry');
  const isOld = fixture.form !== 'bundle';
  if (isOld) asked.push('--new-bundle-format=false');
  if (fixture.form === 'oci-1-1') asked.push('--experimental-oci11');
  if (fixture.predicate !== undefined) asked.push('--type', fixture.predicate);
  if (fixture.bundle !== undefined) asked.push('--bundle', at(fixture.bundle));
  if (fixture.signature !== undefined) asked.push('--signature', at(fixture.signature));
  switch (trust.type) {
    case 'keys': {
      const key = trust.keys?.[0] ?? '';
      asked.push(
        '--key',
        at(key.endsWith('.pub') ? key : join(key, `${fixture.key === '' ? 'p256' : fixture.key}.pub`)),
      );
      break;
    }
    case 'sigstore':
    case 'certificates': {
      const [who] = trust.identities ?? [];
      asked.push(...(who ? ['--certificate-identity', who.identity] : ['--certificate-identity-regexp', '.*']));
      asked.push(...(who ? ['--certificate-oidc-issuer', who.issuer] : ['--certificate-oidc-issuer-regexp', '.*']));
      if (trust.type === 'sigstore') break;
      asked.push('--insecure-ignore-sct');
      // cosign puts the chain into a bundle v0.3, which has no place for one.
      if (!isOld) asked.push('--allow-certificate-chain');
      break;
    }
  }
  const root = trust.type === 'certificates' ? 'certificates/trusted_root.json' : trust.root;
  if (root !== undefined && fixture.form !== 'legacy-blob') asked.push('--trusted-root', at(root));
  if (trust.transparencyLog === 0) {
    asked.push('--insecure-ignore-tlog');
    if (trust.type !== 'keys') asked.push('--use-signed-timestamps');
  }
  return asked;
}

/** For cosign's old blob bundles, which it does not verify with a trusted root: where the parts of one stand in files. */
export function surroundings(
  { form }: SigstoreFixture,
  { root }: SigstoreTrustEntry,
  directory: string,
): Readonly<Record<string, string>> {
  if (form !== 'legacy-blob' || root === undefined) return {};
  const parts = join(directory, dirname(root), 'parts');
  return {
    SIGSTORE_ROOT_FILE: join(parts, 'fulcio.pem'),
    SIGSTORE_REKOR_PUBLIC_KEY: join(parts, 'rekor.pub'),
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: join(parts, 'ctfe.pub'),
  };
}

/** Runs cosign; the registry on `port` is its proxy and so answers to every name. */
export async function cosign(
  asked: readonly string[],
  port: number,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly accepted: boolean; readonly said: string }> {
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    COSIGN_PASSWORD: '',
    COSIGN_EXPERIMENTAL: asked.some((word) => /oci-?1-?1/.test(word)) ? '1' : '0',
    HTTP_PROXY: `http://127.0.0.1:${port}`,
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    NO_PROXY: '',
    ...more,
  };
  try {
    const { stdout, stderr } = await run(program('cosign'), asked, { env: environment, maxBuffer: 64 * 1024 * 1024 });
    return { accepted: true, said: stdout + stderr };
  } catch (fault) {
    return { accepted: false, said: fault instanceof Error ? fault.message : String(fault) };
  }
}
