import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_DIRECTORY_ENTRIES, MAX_SOURCE_BYTES } from '../../../../src/config/trust/files.ts';
import type { TrustMeans } from '../../../../src/config/trust/load.ts';
import { parsePublicKey } from '../../../../src/crypto/keys.ts';
import { VerdictError } from '../../../../src/errors.ts';
import type { FetchRequest } from '../../../../src/fetcher.ts';
import { content, directory, fixture, load, told } from './support.ts';

const fingerprint = (name: string): string => parsePublicKey(content(name)).fingerprint;

/** Sources and fingerprints of what was loaded; or the faults. */
async function keysOf(keys: readonly string[], means: Partial<TrustMeans> = {}) {
  const loaded = await load({ type: 'keys', keys }, means);
  const [trust] = loaded.trusts;
  if (trust?.kind !== 'keys') return told(loaded);
  return trust.keys.map((key) => [key.source, key.fingerprint]);
}

describe('public keys', () => {
  it.each(['p256.pub', 'p384.pub', 'ed25519.pub', 'rsa.pub'])('%s is read from a PEM file', async (name) => {
    expect(await keysOf([fixture(name)])).toEqual([[fixture(name), fingerprint(name)]]);
  });

  it.each([
    ['p256.der', 'p256.pub'],
    ['rsa-pkcs1.pub', 'rsa.pub'],
    ['ec-root.pem', 'p256.pub'],
    ['ec-root.der', 'p256.pub'],
  ])('%s is read in its own form', async (name, same) => {
    expect(await keysOf([fixture(name)])).toEqual([[fixture(name), fingerprint(same)]]);
  });

  it('may be several in a file, with comments between', async () => {
    const path = join(directory(), 'keys.pem');
    writeFileSync(path, `# ours\n${content('p256.pub')}\n# theirs\n${content('rsa.pub')}`);
    expect(await keysOf([path])).toEqual([
      [path, fingerprint('p256.pub')],
      [path, fingerprint('rsa.pub')],
    ]);
  });

  it('come from text, a variable of the environment and a URL too', async () => {
    const asked: FetchRequest[] = [];
    const fetch = async (request: FetchRequest) => {
      asked.push(request);
      return Buffer.from(content('ed25519.pub'));
    };
    const url = 'https://keys.example/ed25519.pub';
    const environment = { RELEASE_KEY: content('p384.pub') };
    expect(await keysOf([content('p256.pub'), 'env://RELEASE_KEY', url], { environment, fetch })).toEqual([
      ['inline', fingerprint('p256.pub')],
      ['env://RELEASE_KEY', fingerprint('p384.pub')],
      [url, fingerprint('ed25519.pub')],
    ]);
    expect(asked.map(({ method, url: at, limit }) => [method, at, limit])).toEqual([['GET', url, MAX_SOURCE_BYTES]]);
  });

  it('count once, under the source named first', async () => {
    const keys = [fixture('p256.der'), fixture('rsa.pub'), fixture('p256.pub'), fixture('ec-root.pem')];
    expect(await keysOf(keys)).toEqual([
      [fixture('p256.der'), fingerprint('p256.pub')],
      [fixture('rsa.pub'), fingerprint('rsa.pub')],
    ]);
  });
});

describe('what is no trusted public key', () => {
  it.each([
    ['rsa1024.pub', 'KEY_INVALID'],
    ['secp256k1.pub', 'KEY_INVALID'],
    ['ec.p12', 'KEY_INVALID'],
    ['none.pub', 'FILE_UNREADABLE'],
  ])('%s is refused', async (name, code) => {
    expect(await keysOf([fixture(name)])).toEqual([`/trust/own/keys/0 ${code}`]);
  });

  it.each([
    ['an empty file', '', 'KEY_INVALID'],
    ['a JSON Web Key', '{"kty":"EC"}', 'KEY_INVALID'],
    ['a damaged block', '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0C\n', 'TRUST_INVALID'],
    ['a block with another body', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', 'KEY_INVALID'],
    ['another block', '-----BEGIN PGP SIGNATURE-----\nAAAA\n-----END PGP SIGNATURE-----\n', 'KEY_INVALID'],
  ])('%s is refused', async (_, text, code) => {
    const path = join(directory(), 'key.pub');
    writeFileSync(path, text);
    expect(await keysOf([path])).toEqual([`/trust/own/keys/0 ${code}`]);
  });

  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const protectedBy = { cipher: 'aes-256-cbc', passphrase: 'x' };
  it.each([
    ['PKCS#8', pair.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['SEC 1', pair.privateKey.export({ type: 'sec1', format: 'pem' })],
    ['encrypted', pair.privateKey.export({ type: 'pkcs8', format: 'pem', ...protectedBy })],
    ['DER', pair.privateKey.export({ type: 'pkcs8', format: 'der' })],
    [
      'cosign',
      '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n',
    ],
    ['mixed', `${content('p256.pub')}${pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}`],
  ])('a private key (%s) is refused loudly and not repeated', async (_, key) => {
    const path = join(directory(), 'key.pem');
    writeFileSync(path, key);
    const { trusts, faults } = await load({ type: 'keys', keys: [path] });
    expect({ trusts, faults: faults.map(({ code, message }) => [code, message.includes('PRIVATE')]) }).toEqual({
      trusts: [],
      faults: [['TRUST_INVALID', true]],
    });
    const body = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64').slice(60, 80);
    expect(faults[0]?.message).not.toContain(body);
    expect(faults[0]?.message).not.toContain('c2VjcmV0');
  });

  it.each([
    'awskms:///alias/key',
    'gcpkms://projects/p',
    'azurekms://v.vault.azure.net/key',
    'hashivault://key',
    'k8s://ns/secret',
    'pkcs11:token=t',
    'gitlab://1',
    'file:///key.pub',
  ])('%s is answered with what to do', async (setting) => {
    const { faults } = await load({ type: 'keys', keys: [setting] });
    expect(faults.map(({ code, message }) => [code, message.includes('cosign public-key')])).toEqual([
      ['TRUST_INVALID', true],
    ]);
  });

  it('is told of every source at once, and none of the good ones is used', async () => {
    const keys = ['env://NO_SUCH', fixture('p256.pub'), fixture('rsa1024.pub'), 'https://keys.example/k.pub'];
    const loaded = await load({ type: 'keys', keys });
    expect(told(loaded)).toEqual([
      '/trust/own/keys/0 TRUST_INVALID',
      '/trust/own/keys/2 KEY_INVALID',
      '/trust/own/keys/3 TRUST_UNAVAILABLE',
    ]);
    expect([loaded.trusts, loaded.facts]).toEqual([[], []]);
  });

  it('is told without the query of its URL, which may be a secret', async () => {
    const fetch = async () => Buffer.from('no key');
    const { faults } = await load({ type: 'keys', keys: ['https://keys.example/k.pub?X-Signature=s3cret'] }, { fetch });
    expect(faults[0]?.message).toContain('https://keys.example/k.pub: ');
    expect(faults[0]?.message).not.toContain('s3cret');
  });

  it('keeps the code of a fetch that failed', async () => {
    const fetch = () => Promise.reject(new VerdictError('TRUST_UNAVAILABLE', 'no answer'));
    expect(await keysOf(['https://keys.example/k.pub'], { fetch })).toEqual(['/trust/own/keys/0 TRUST_UNAVAILABLE']);
  });

  it('may be a huge file, which is not read', async () => {
    const path = join(directory(), 'huge.pub');
    writeFileSync(path, content('p256.pub'));
    truncateSync(path, 8 * 1024 ** 3);
    expect(await keysOf([path])).toEqual(['/trust/own/keys/0 LIMIT_EXCEEDED']);
  });

  it('may be a device that never ends', async () => {
    expect(await keysOf(['/dev/zero'])).toEqual(['/trust/own/keys/0 FILE_UNREADABLE']);
  });
});

describe('a directory of keys', () => {
  it('gives its files with known endings by name; hidden files and sub-directories are passed over', async () => {
    const path = directory();
    for (const [name, from] of [
      ['b.pub', 'rsa.pub'],
      ['a.PEM', 'p256.pub'],
      ['.c.pub', 'p384.pub'],
      ['README', 'rsa1024.pub'],
    ] as const)
      writeFileSync(join(path, name), content(from));
    mkdirSync(join(path, 'old.pub'));
    expect(await keysOf([path])).toEqual([
      [join(path, 'a.PEM'), fingerprint('p256.pub')],
      [join(path, 'b.pub'), fingerprint('rsa.pub')],
    ]);
  });

  it('may be a mounted secret, whose files are links within it', async () => {
    const path = directory();
    mkdirSync(join(path, '..2026_11_21'));
    writeFileSync(join(path, '..2026_11_21', 'cosign.pub'), content('p256.pub'));
    symlinkSync('..2026_11_21', join(path, '..data'));
    symlinkSync('..data/cosign.pub', join(path, 'cosign.pub'));
    expect(await keysOf([path])).toEqual([[join(path, 'cosign.pub'), fingerprint('p256.pub')]]);
  });

  it('may be a link itself', async () => {
    const path = directory();
    mkdirSync(join(path, 'keys'));
    writeFileSync(join(path, 'keys', 'k.pub'), content('p256.pub'));
    symlinkSync('keys', join(path, 'current'));
    expect(await keysOf([join(path, 'current')])).toEqual([[join(path, 'current', 'k.pub'), fingerprint('p256.pub')]]);
  });

  it.each([
    [
      'a link to a file outside',
      (path: string) => symlinkSync(fixture('p256.pub'), join(path, 'k.pub')),
      'TRUST_INVALID',
    ],
    ['a link to a neighbour whose name goes on', neighbour, 'TRUST_INVALID'],
    ['a link to nothing', (path: string) => symlinkSync('none', join(path, 'k.pub')), 'FILE_UNREADABLE'],
    ['nothing', () => undefined, 'TRUST_INVALID'],
    ['too many entries', crowd, 'LIMIT_EXCEEDED'],
  ])('with %s is refused', async (_, fill, code) => {
    const path = join(directory(), 'keys');
    mkdirSync(path);
    fill(path);
    expect(await keysOf([path])).toEqual([`/trust/own/keys/0 ${code}`]);
  });

  function neighbour(path: string): void {
    mkdirSync(`${path}-of-others`);
    writeFileSync(join(`${path}-of-others`, 'k.pub'), content('p256.pub'));
    symlinkSync('../keys-of-others/k.pub', join(path, 'k.pub'));
  }

  function crowd(path: string): void {
    for (let index = 0; index <= MAX_DIRECTORY_ENTRIES; index++) writeFileSync(join(path, `${index}`), '');
  }
});
