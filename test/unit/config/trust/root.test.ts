import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import { parseTrustedRoot } from '../../../../src/config/trust/root.ts';
import {
  PUBLIC_GOOD_MIRROR,
  publicGood,
  publicGoodRoot,
  publicGoodTufRoot,
} from '../../../../src/config/trust/seeds.ts';
import { digestOf } from '../../../../src/descriptor.ts';
import { VerdictError } from '../../../../src/errors.ts';
import { content, directory, fixture, load, told } from './support.ts';

type Json = Record<string, unknown>;
const good = (): Json => JSON.parse(Buffer.from(publicGoodRoot()).toString('utf8')) as Json;

/** The public-good root with one place changed; `undefined` takes it out. */
function changed(path: string, value: unknown): Json {
  const json = good();
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const parent = steps.reduce<Json>((at, step) => at[step] as Json, json);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return json;
}

const bytes = (json: unknown): Uint8Array => Buffer.from(JSON.stringify(json));

function code(content: Uint8Array): string {
  try {
    parseTrustedRoot(content, 'root.json');
    return '';
  } catch (thrown) {
    return thrown instanceof VerdictError ? thrown.code : String(thrown);
  }
}

describe('the root that comes with Verdict', () => {
  it('is loaded with what its logs make sensible', async () => {
    const { trusts, faults } = await load({ type: 'sigstore', root: 'public-good' });
    expect(faults).toEqual([]);
    expect(trusts).toMatchObject([
      {
        kind: 'sigstore',
        name: 'own',
        scope: 'cluster',
        root: { source: 'public-good', digest: digestOf(publicGoodRoot()) },
        identities: [],
        transparencyLog: 1,
        timestamp: 1,
        sct: 1,
      },
    ]);
  });

  it('is one that would be taken from a file, in every respect', () => {
    expect(parseTrustedRoot(publicGoodRoot(), 'public-good')).toEqual(publicGood());
  });

  it('comes with the first metadata of its repository', () => {
    const { signed } = JSON.parse(Buffer.from(publicGoodTufRoot()).toString('utf8')) as { signed: Json };
    expect([signed._type, PUBLIC_GOOD_MIRROR]).toEqual(['root', 'https://tuf-repo-cdn.sigstore.dev']);
  });
});

const KEY = 'tlogs.0.publicKey';
const CHAIN = 'certificateAuthorities.0.certChain.certificates';

describe('a trusted root', () => {
  it.each<[string, unknown]>([
    ['mediaType', 'application/vnd.dev.sigstore.trustedroot+json;version=0.2'],
    ['mediaType', 'application/vnd.dev.sigstore.trustedroot.v0.2+json'],
    ['tlogs', undefined],
    ['ctlogs', []],
    ['timestampAuthorities', undefined],
    ['tlogs.0.operator', 'sigstore.dev'],
    ['tlogs.0.checkpointKeyId', { keyId: 'AAAAAA==' }],
    ['somethingNew', { of: 'tomorrow' }],
  ])('with %s %j is taken, as by Sigstore’s own reader', (path, value) => {
    const json = changed(path, value);
    expect(code(bytes(json))).toBe('');
    expect(toTrustMaterial(TrustedRoot.fromJSON(json)).certificateAuthorities).toHaveLength(2);
  });

  it.each<[string, unknown]>([
    ['mediaType', undefined],
    ['mediaType', 'application/vnd.dev.sigstore.trustedroot+json;version=0.1+json'],
    ['mediaType', 'application/vnd.dev.sigstore.bundle.v0.3+json'],
    ['tlogs', {}],
    ['tlogs', [null]],
    ['tlogs', Array(65).fill((good().tlogs as unknown[])[0])],
    [`${KEY}.validFor.start`, undefined],
    [`${KEY}.validFor`, undefined],
    ['ctlogs.1.publicKey.validFor.start', undefined],
    [`${KEY}.validFor.start`, 'yesterday'],
    [`${KEY}.validFor.start`, '2021-13-45T00:00:00Z'],
    [`${KEY}.validFor.start`, { seconds: '1' }],
    [`${KEY}.validFor.end`, '2020-01-01T00:00:00Z'],
    [`${KEY}.rawBytes`, 'AAAA'],
    [`${KEY}.rawBytes`, '%%%'],
    [`${KEY}.rawBytes`, undefined],
    [`${KEY}.rawBytes`, content('rsa1024.pub').replaceAll(/-----.*-----|\n/g, '')],
    [`${KEY}.rawBytes`, content('secp256k1.pub').replaceAll(/-----.*-----|\n/g, '')],
    [`${KEY}.keyDetails`, 'PKIX_ROT13'],
    [`${KEY}.keyDetails`, undefined],
    ['tlogs.0.hashAlgorithm', 'MD5'],
    ['tlogs.0.logId', undefined],
    ['tlogs.0.logId.keyId', 7],
    ['tlogs.0.baseUrl', 7],
    ['certificateAuthorities.0.certChain', undefined],
    [CHAIN, []],
    [CHAIN, [{ rawBytes: 'AAAA' }]],
    [CHAIN, [{}]],
    [CHAIN, Array(11).fill({ rawBytes: 'AAAA' })],
    ['certificateAuthorities.0.validFor.start', 5],
    ['timestampAuthorities.0.certChain.certificates', [{ rawBytes: 'AAAA' }]],
  ])('with %s %j is refused', (path, value) => {
    expect(code(bytes(changed(path, value)))).toBe('TRUST_INVALID');
  });

  it('of two certificates in one place is refused', () => {
    const raw = Buffer.from(content('ec-root.pem').replaceAll(/-----.*-----|\n/g, ''), 'base64');
    const twice = Buffer.concat([raw, raw]).toString('base64');
    expect(code(bytes(changed(CHAIN, [{ rawBytes: raw.toString('base64') }])))).toBe('');
    expect(code(bytes(changed(CHAIN, [{ rawBytes: twice }])))).toBe('TRUST_INVALID');
  });

  it.each([
    ['JSON lines with two roots', `${JSON.stringify(good())}\n${JSON.stringify(good())}\n`],
    ['a key that stands twice', JSON.stringify(good()).replace('{', '{"tlogs":[],')],
    ['half a root', JSON.stringify(good()).slice(0, -1)],
    ['a list', '[]'],
    ['nothing', ''],
  ])('%s is refused', (_, text) => {
    expect(code(Buffer.from(text))).toBe('TRUST_INVALID');
  });

  it('whose log has an RSA key in its older form is taken', () => {
    const der = Buffer.from(content('rsa-pkcs1.pub').replaceAll(/-----.*-----|\n/g, ''), 'base64').toString('base64');
    const json = changed(`${KEY}.rawBytes`, der);
    const [log] = json.tlogs as [{ publicKey: Json }];
    log.publicKey.keyDetails = 'PKCS1_RSA_PKCS1V5';
    expect(code(bytes(json))).toBe('');
    expect(toTrustMaterial(TrustedRoot.fromJSON(json)).tlogs).toHaveLength(2);
  });
});

describe('a root from a file', () => {
  const file = (json: unknown): string => {
    const path = join(directory(), 'trusted_root.json');
    writeFileSync(path, JSON.stringify(json));
    return path;
  };

  it.each([
    ['sigstore', {}, { transparencyLog: 1, timestamp: 1, sct: 1 }],
    ['sigstore', { tlogs: [], ctlogs: [] }, { transparencyLog: 0, timestamp: 1, sct: 0 }],
    ['keys', {}, { transparencyLog: 1, timestamp: 0, sct: 0 }],
    ['certificates', {}, { transparencyLog: 1, timestamp: 1, sct: 0 }],
  ] as const)('makes requirements of %s with %j sensible', async (type, without, requirements) => {
    const materials = {
      keys: { keys: [fixture('p256.pub')] },
      certificates: { ca: [fixture('ec-root.pem')] },
      sigstore: {},
    };
    const { trusts, faults } = await load({ type, root: file({ ...good(), ...without }), ...materials[type] });
    expect(faults).toEqual([]);
    expect(trusts).toMatchObject([requirements]);
  });

  it('is not needed for keys and certificates; then nothing is asked of logs', async () => {
    const keys = await load({ type: 'keys', keys: [fixture('p256.pub')] });
    const certificates = await load({ type: 'certificates', ca: [fixture('ec-root.pem')] });
    expect([...keys.trusts, ...certificates.trusts]).toMatchObject([
      { root: undefined, transparencyLog: 0, timestamp: 0, sct: 0 },
      { root: undefined, transparencyLog: 0, timestamp: 1, sct: 0 },
    ]);
  });

  it('gives way to what was configured', async () => {
    const { trusts } = await load({ type: 'sigstore', root: 'public-good', transparencyLog: 2, timestamp: 0, sct: 0 });
    expect(trusts).toMatchObject([{ transparencyLog: 2, timestamp: 0, sct: 0 }]);
  });

  it('without a certificate authority identifies nobody', async () => {
    const root = file({ ...good(), certificateAuthorities: [] });
    expect(told(await load({ type: 'sigstore', root }))).toEqual(['/trust/own/root TRUST_INVALID']);
    expect((await load({ type: 'keys', keys: [fixture('p256.pub')], root })).faults).toEqual([]);
  });

  it('that is not there or no root is a fault of its place', async () => {
    expect(told(await load({ type: 'sigstore', root: fixture('none.json') }))).toEqual([
      '/trust/own/root FILE_UNREADABLE',
    ]);
    expect(told(await load({ type: 'sigstore', root: fixture('p256.pub') }))).toEqual([
      '/trust/own/root TRUST_INVALID',
    ]);
  });
});
