import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';
import { ROOT } from '../support/decide.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-signers-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs a command line as a person would; `from` is where they are. */
async function verdict(argv: readonly string[], from = directory): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const io: Io = {
    out: (text) => {
      said.out += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
    },
    err: (text) => {
      said.err += text;
    },
    colour: false,
    progress: false,
    directory: from,
    environment: { HOME: directory, VERDICT_CACHE_DIR: directory },
    now: () => new Date('2026-11-21T12:00:00Z'),
  };
  return { code: await run(argv, io), ...said };
}

const README = readFileSync(`${ROOT}README.md`, 'utf8');
/** The section of the README that a reader with this question follows. */
const SECTION = README.slice(README.indexOf('## Who signed this'), README.indexOf('## Your first policy'));
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(SECTION)?.[1] ?? '';

const IDENTITY = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const example = (tag: string): string => `oci:${ROOT}examples/images:${tag}`;
const FILE = `${ROOT}examples/files/acme-app-1.4.0.tgz`;
const trusted = ['--trusted-root', `${ROOT}examples/keys/trusted_root.json`];
const RELEASED = [...trusted, '--certificate-identity', IDENTITY, '--certificate-oidc-issuer', ISSUER];
const NOTATION = `${ROOT}test/fixtures/notation/made`;
const ACME_CA = ['--ca-roots', `${NOTATION}/config/truststore/x509/ca/acme`];

describe('the README, asked who signed this', () => {
  it('shows exactly what is printed', async () => {
    const [command = '', printed = ''] = block('console').split(/(?<!\\)\n([\s\S]*)/);
    const argv = command.replace('$ npx verdict ', '').replaceAll('\\\n', ' ').split(/\s+/);
    const relative = argv.map((word) => word.replace(/^(oci:)?examples\//, `$1${ROOT}examples/`));
    const { code, out, err } = await verdict(relative);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trim()).toBe(printed.trim());
  });

  it('has a configuration that a reader can copy', async () => {
    writeFileSync(join(directory, 'verdict.yaml'), block('yaml').replace('examples/', `${ROOT}examples/`));
    expect(await verdict(['verify', example('allowed')])).toMatchObject({ code: 0, err: '' });
    expect((await verdict(['verify', example('wrong-signer')])).out).toMatch(/signature\.present[^\n]*mallory/);
    expect((await verdict(['trust', 'list'])).out).toContain('sigstore');
  });
});

describe('verdict verify without a policy', () => {
  it.each<[string, readonly string[], number]>([
    ['whoever is named signed it', [...RELEASED, example('allowed')], 0],
    ['another workflow signed it', [...RELEASED, example('wrong-signer')], 1],
    ['nobody signed it, though its evidence is signed', [...RELEASED, example('unsigned')], 1],
    ['its signature is another image’s', [...RELEASED, example('wrong-subject')], 1],
    [
      'a key that signed only its scan is named',
      ['--key', `${ROOT}examples/keys/scanner.pub`, ...trusted, example('allowed')],
      1,
    ],
    ['the attestation asked for is signed', [...RELEASED, '--type', 'slsaprovenance1', example('allowed')], 0],
    ['no such attestation is there', [...RELEASED, '--type', 'vuln', example('allowed')], 1],
    [
      'an attestation is asked for and only the image is signed',
      [...RELEASED, '--type', 'slsaprovenance1', example('no-provenance')],
      1,
    ],
    [
      'the identity fits a pattern from end to end',
      [
        ...trusted,
        '--certificate-identity-regexp',
        'https://github\\.com/acme/.*',
        '--certificate-oidc-issuer',
        ISSUER,
        example('allowed'),
      ],
      0,
    ],
    [
      'the identity fits a pattern in its middle only',
      [
        ...trusted,
        '--certificate-identity-regexp',
        'acme/app',
        '--certificate-oidc-issuer',
        ISSUER,
        example('allowed'),
      ],
      1,
    ],
    [
      'another issuer is asked for',
      [
        ...trusted,
        '--certificate-identity',
        IDENTITY,
        '--certificate-oidc-issuer',
        'https://issuer.example',
        example('allowed'),
      ],
      1,
    ],
    [
      'the public Sigstore does not know them',
      ['--certificate-identity', IDENTITY, '--certificate-oidc-issuer', ISSUER, example('allowed')],
      1,
    ],
    [
      'a Notary Project signature chains to the authority',
      [
        '--ca-roots',
        `${ROOT}examples/keys/acme-ca.pem`,
        '--certificate-identity',
        'CN=release,O=Acme,ST=WA,C=US',
        example('notary'),
      ],
      0,
    ],
    [
      'another name under the authority is asked for',
      ['--ca-roots', `${ROOT}examples/keys/acme-ca.pem`, '--certificate-identity', 'CN=release', example('notary')],
      1,
    ],
    [
      'another authority is named',
      [...ACME_CA, '--certificate-identity', 'CN=release,O=Acme,ST=WA,C=US', example('notary')],
      1,
    ],
    ['a file has a bundle', [...RELEASED, '--bundle', `${FILE}.sigstore.json`, `file:${FILE}`], 0],
    ['a file has no bundle', [...RELEASED, `file:${FILE}`], 1],
    ['the bundle is another file’s', [...RELEASED, '--bundle', `${FILE}.sigstore.json`, `file:${ROOT}README.md`], 1],
    [
      'a file has a Notation envelope (JWS)',
      [
        ...ACME_CA,
        '--certificate-identity',
        'CN=signer,O=Acme,ST=WA,C=US',
        '--bundle',
        `${NOTATION}/blobs/blob-jws.txt.jws.sig`,
        `file:${NOTATION}/blobs/blob-jws.txt`,
      ],
      0,
    ],
    [
      'a file has a Notation envelope (COSE)',
      [
        ...ACME_CA,
        '--certificate-identity',
        'CN=signer,O=Acme,ST=WA,C=US',
        '--bundle',
        `${NOTATION}/blobs/blob-cose.txt.cose.sig`,
        `file:${NOTATION}/blobs/blob-cose.txt`,
      ],
      0,
    ],
    [
      'the Notation envelope is another file’s',
      [
        ...ACME_CA,
        '--certificate-identity',
        'CN=signer,O=Acme,ST=WA,C=US',
        '--bundle',
        `${NOTATION}/blobs/blob-other-jws.txt.jws.sig`,
        `file:${NOTATION}/blobs/blob-jws.txt`,
      ],
      1,
    ],
  ])('knows that %s', async (_, argv, code) => {
    const said = await verdict(['verify', ...argv]);
    expect({ code: said.code, err: said.err }).toEqual({ code, err: '' });
    expect(said.out).toContain(code === 0 ? '✓ allowed' : '✗ denied');
  });

  it('needs no more than the digest where a bundle says it', async () => {
    const digest = createHash('sha256').update(readFileSync(FILE)).digest('hex');
    const bundle = ['--bundle', `${FILE}.sigstore.json`];
    expect(await verdict(['verify', ...RELEASED, ...bundle, `sha256:${digest}`])).toMatchObject({ code: 0, err: '' });
    expect(await verdict(['verify', ...RELEASED, ...bundle, `sha256:${'0'.repeat(64)}`])).toMatchObject({ code: 1 });
  });

  it.each(['ec', 'rsa', 'ed25519'] as const)('takes a detached signature by a key of type %s', async (type) => {
    const { publicKey, privateKey } =
      type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : type === 'rsa'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('ed25519');
    const name = (path: string): string => join(directory, path);
    cpSync(FILE, name('app.tgz'));
    writeFileSync(name('key.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    const signature = sign(type === 'ed25519' ? null : 'sha256', readFileSync(FILE), privateKey);
    writeFileSync(name('app.tgz.sig'), signature.toString('base64'));
    const argv = ['verify', '--key', 'key.pub', '--bundle', name('app.tgz.sig'), '--insecure-ignore-tlog'];
    const said = await verdict([...argv, `file:${name('app.tgz')}`]);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toMatch(/signed by key sha256:[0-9a-f]{64}[\s\S]*without transparency/);
    expect((await verdict([...argv.slice(0, -1), `file:${name('app.tgz')}`])).code).toBe(1);
    writeFileSync(name('app.tgz'), 'something else');
    expect((await verdict([...argv, `file:${name('app.tgz')}`])).code).toBe(1);
  });

  it('names signers in JSON, and asks nobody', async () => {
    const { out } = await verdict(['verify', ...RELEASED, '-o', 'json', example('allowed')]);
    const { signers, refuted, requests } = JSON.parse(out);
    expect({ refuted, requests }).toEqual({ refuted: [], requests: [] });
    expect(signers).toMatchObject([
      { id: `keyless|${ISSUER}|${IDENTITY}`, trust: 'command-line', time: '2026-11-02T09:30:00.000Z', relaxed: [] },
    ]);
  });

  it.each<[string, readonly string[], string]>([
    ['a policy and a signer', ['--key', 'k.pub', '--profile', 'demo'], '--profile'],
    ['an identity without its issuer', ['--certificate-identity', 'x'], '--certificate-oidc-issuer'],
    ['an identity twice', ['--certificate-identity', 'x', '--certificate-identity-regexp', 'x'], 'not both'],
    ['an issuer of nobody', ['--certificate-oidc-issuer', 'x'], 'say who must have signed'],
    ['a key and an identity', ['--key', 'k.pub', '--certificate-identity', 'x'], '--key names the signer'],
    ['a predicate of no known name', ['--key', 'k.pub', '--type', 'slsa'], 'slsaprovenance1'],
    ['no signer at all', ['--insecure-ignore-tlog'], 'say who must have signed'],
  ])('refuses %s and says what to do', async (_, argv, text) => {
    const { code, err, out } = await verdict(['verify', ...argv, example('allowed')]);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(text);
  });

  it('says which key file is none', async () => {
    const { code, err } = await verdict(['verify', '--key', 'missing.pub', example('allowed')]);
    expect(code).toBe(64);
    expect(err).toContain('missing.pub');
  });

  it('lists the one request that the configuration asks for, and refuses it unless the address is allowed', async () => {
    const pem = readFileSync(`${ROOT}examples/keys/scanner.pub`);
    const server = createServer((_, response) => response.end(pem)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}/scanner.pub`;
      const config = `trust: {scanner: {type: keys, keys: ["${url}"]}}\npolicy: {accepts: [unsigned]}\n`;
      writeFileSync(join(directory, 'verdict.yaml'), config);
      const refused = await verdict(['verify', example('allowed')]);
      expect(refused.code).toBe(64);
      expect(refused.err).toContain('allowPrivate');
      writeFileSync(join(directory, 'verdict.yaml'), `${config}network: {allowPrivate: ["127.0.0.1:${port}"]}\n`);
      const { out } = await verdict(['verify', '-o', 'json', example('allowed')]);
      expect(JSON.parse(out).requests).toMatchObject([{ method: 'GET', url, status: 200, bytes: pem.byteLength }]);
      expect(JSON.parse(out).signers).toMatchObject([{ trust: 'scanner', relaxed: ['transparency'] }]);
    } finally {
      server.close();
    }
  });
});

describe('a policy', () => {
  const profile = (identity: string): string =>
    `trust: {acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}}\npolicy: {config: {profile: p, profiles: {p: {required: [signature.present], identities: [{name: n, types: ["https://sigstore.dev/cosign/sign/v1"], trust: acme, kind: keyless, identity: "${identity}", issuer: "${ISSUER}"}]}}}}\n`;

  it('that takes everybody whom an authority names is told of', async () => {
    writeFileSync(join(directory, 'verdict.yaml'), profile('**'));
    const { code, err } = await verdict(['verify', example('wrong-signer')]);
    expect(code).toBe(0);
    expect(err).toMatch(/CANARY_ALLOWED[\s\S]*stranger whom trust acme knows/);
    writeFileSync(join(directory, 'verdict.yaml'), profile(IDENTITY));
    expect(await verdict(['verify', example('allowed')])).toMatchObject({ code: 0, err: '' });
  });

  it('that names a trust which is not there is refused', async () => {
    writeFileSync(join(directory, 'verdict.yaml'), profile(IDENTITY).replace('{acme:', '{acne:'));
    const { code, err } = await verdict(['config', 'check']);
    expect(code).toBe(64);
    expect(err).toMatch(/verdict\.yaml:2:\d+.*there is no trust "acme"/);
  });
});
