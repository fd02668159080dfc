import { X509Certificate } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import type { TrustMeans } from '../../../../src/config/trust/load.ts';
import type { Trust } from '../../../../src/generated/config.ts';
import { content, directory, fixture, load, told } from './support.ts';

const SECRET = { passwordEnv: 'STORE_PASSWORD' };
const environment = { STORE_PASSWORD: 'secret' };
/** OpenSSL's own idea of a certificate's fingerprint. */
const fingerprint = (name: string): string =>
  `sha256:${new X509Certificate(content(name)).fingerprint256.replaceAll(':', '').toLowerCase()}`;

/** Sources and fingerprints of the store `ca`; or the faults. */
async function authorities(ca: readonly string[], trust: Partial<Trust> = {}, means: Partial<TrustMeans> = {}) {
  const loaded = await load({ type: 'certificates', ca, ...trust }, means);
  const [facts] = loaded.facts;
  if (facts === undefined) return told(loaded);
  return facts.certificates.map((certificate) => [certificate.source, certificate.fingerprint]);
}

describe('certificate authorities', () => {
  it.each(['ec-root.pem', 'rsa-root.pem', 'issuing.pem', 'self.pem'])('%s can be an anchor', async (name) => {
    expect(await authorities([fixture(name)])).toEqual([[fixture(name), fingerprint(name)]]);
  });

  it('come as DER, as text and in bundles, each once', async () => {
    const path = join(directory(), 'bundle.pem');
    writeFileSync(path, `${content('rsa-root.pem')}${content('ec-root.pem')}`);
    expect(await authorities([fixture('ec-root.der'), path, content('issuing.pem')])).toEqual([
      [fixture('ec-root.der'), fingerprint('ec-root.pem')],
      [path, fingerprint('rsa-root.pem')],
      ['inline', fingerprint('issuing.pem')],
    ]);
  });

  it('come from a directory, PKCS#12 among it', async () => {
    const path = directory();
    writeFileSync(join(path, 'b.crt'), content('rsa-root.pem'));
    writeFileSync(join(path, 'a.p12'), readFileSync(fixture('ec.p12')));
    writeFileSync(join(path, 'notes.txt'), 'no certificate');
    expect(await authorities([path], SECRET, { environment })).toEqual([
      [join(path, 'a.p12'), fingerprint('ec-root.pem')],
      [join(path, 'a.p12'), fingerprint('issuing.pem')],
      [join(path, 'b.crt'), fingerprint('rsa-root.pem')],
    ]);
  });

  it('stand in the store they were configured for', async () => {
    const stores = {
      ca: [fixture('issuing.pem')],
      signingAuthority: [fixture('self.pem')],
      tsa: [fixture('ec-root.pem')],
    };
    const { trusts, facts } = await load({ type: 'certificates', ...stores });
    const der = (name: string) => [new Uint8Array(new X509Certificate(content(name)).raw)];
    expect(trusts).toMatchObject([
      { kind: 'certificates', ca: der('issuing.pem'), signingAuthority: der('self.pem'), tsa: der('ec-root.pem') },
    ]);
    expect(facts[0]?.certificates.map(({ store }) => store)).toEqual(['ca', 'signingAuthority', 'tsa']);
  });
});

describe('a PKCS#12 file', () => {
  it.each([
    ['ec.p12', ['ec-root.pem', 'issuing.pem']],
    ['rsa.p12', ['rsa-root.pem']],
    ['legacy.p12', ['ec-root.pem']],
    ['rc2.p12', ['rsa-root.pem']],
    ['plain.p12', ['ec-root.pem']],
    ['with-key.p12', ['issuing.pem']],
  ])('%s gives its certificates as they are', async (name, certificates) => {
    expect(await authorities([fixture(name)], SECRET, { environment })).toEqual(
      certificates.map((one) => [fixture(name), fingerprint(one)]),
    );
  });

  it('may have the empty password, and its password in a file', async () => {
    const path = join(directory(), 'password');
    writeFileSync(path, 'secret\n');
    expect(await authorities([fixture('empty.p12')])).toHaveLength(1);
    expect(await authorities([fixture('ec.p12')], { passwordFile: path })).toHaveLength(2);
  });

  it('may have been written without any password, as trust stores of Java are', async () => {
    const certificate = forge.pki.certificateFromPem(content('rsa-root.pem'));
    const written = forge.pkcs12.toPkcs12Asn1(null, [certificate], null);
    const path = join(directory(), 'trust.p12');
    writeFileSync(path, Buffer.from(forge.asn1.toDer(written).getBytes(), 'latin1'));
    expect(await authorities([path])).toEqual([[path, fingerprint('rsa-root.pem')]]);
  });

  it.each([
    ['ec.p12', { STORE_PASSWORD: 'wrong' }, ['/trust/own/ca/0 TRUST_INVALID']],
    ['legacy.p12', { STORE_PASSWORD: 'wrong' }, ['/trust/own/ca/0 TRUST_INVALID']],
    ['ec.p12', { STORE_PASSWORD: '' }, ['/trust/own/ca/0 TRUST_INVALID']],
    ['ec.p12', {}, ['/trust/own/passwordEnv TRUST_INVALID', '/trust/own/ca/0 TRUST_INVALID']],
    ['slow.p12', environment, ['/trust/own/ca/0 LIMIT_EXCEEDED']],
  ])('%s with %j is refused', async (name, given, faults) => {
    expect(await authorities([fixture(name)], SECRET, { environment: given })).toEqual(faults);
  });

  it('that is damaged is refused or gives what it gave before, and no fault repeats its password', async () => {
    const before = (await load({ type: 'certificates', ca: [fixture('ec.p12')], ...SECRET }, { environment })).trusts;
    const good = readFileSync(fixture('ec.p12'));
    const path = join(directory(), 'damaged.p12');
    for (let at = 0; at < good.length; at += 7) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x41;
      writeFileSync(path, bad);
      const { trusts, faults } = await load({ type: 'certificates', ca: [path], ...SECRET }, { environment });
      // Not every byte is under the integrity check; none of the others says what is trusted.
      expect(trusts.length === 0 || isDeepStrictEqual(trusts, before), `byte ${at}`).toBe(true);
      expect(faults.map(({ message }) => message).join()).not.toContain('secret');
    }
  });
});

describe('what is no anchor', () => {
  it('is passed over where only anchors are wanted, and nothing else is', async () => {
    const settings = { type: 'certificates', anchorsOnly: true } as const;
    const all = ['leaf.pem', 'issuing.pem', 'ec-root.pem'].map(fixture);
    const loaded = await load({ ...settings, ca: all, tsa: all });
    expect(told(loaded)).toEqual([]);
    expect(loaded.facts[0]?.certificates.map(({ store, source }) => `${store} ${basename(source)}`)).toEqual([
      'ca issuing.pem',
      'ca ec-root.pem',
      'tsa ec-root.pem',
    ]);
    expect(told(await load({ ...settings, ca: [fixture('p256.pub')] }))).toEqual([
      '/trust/own/ca/0 CERTIFICATE_INVALID',
    ]);
  });

  it.each([
    ['leaf.pem', 'CERTIFICATE_INVALID'],
    ['weak-root.pem', 'KEY_INVALID'],
    ['p256.pub', 'CERTIFICATE_INVALID'],
    ['p256.der', 'CERTIFICATE_INVALID'],
    ['make.sh', 'CERTIFICATE_INVALID'],
    ['none.pem', 'FILE_UNREADABLE'],
  ])('%s is refused', async (name, code) => {
    expect(await authorities([fixture(name)])).toEqual([`/trust/own/ca/0 ${code}`]);
  });

  it.each(['issuing.pem', 'self.pem'])('%s is no root of a timestamp authority', async (name) => {
    const loaded = await load({ type: 'certificates', tsa: [fixture('ec-root.pem'), fixture(name)] });
    expect(told(loaded)).toEqual(['/trust/own/tsa/1 CERTIFICATE_INVALID']);
  });

  it('may be a private key among certificates', async () => {
    const text = `${content('ec-root.pem')}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n`;
    expect(await authorities([text])).toEqual(['/trust/own/ca/0 TRUST_INVALID']);
  });

  it.each(['env://CA', 'https://ca.example/ca.pem', 'k8s://ns/ca'])('%s is no source of certificates', async (ca) => {
    expect(await authorities([ca])).toEqual(['/trust/own/ca/0 TRUST_INVALID']);
  });

  it('may be a link out of a directory', async () => {
    const path = directory();
    symlinkSync(fixture('ec-root.pem'), join(path, 'ca.pem'));
    expect(await authorities([path])).toEqual(['/trust/own/ca/0 TRUST_INVALID']);
  });
});
