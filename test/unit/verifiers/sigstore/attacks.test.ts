import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  MAX_BUNDLE_BYTES,
  MAX_CERTIFICATES,
  MAX_CHECKPOINT_LENGTH,
  MAX_LOG_ENTRIES,
  MAX_PROOF_HASHES,
  MAX_SIGNATURE_BYTES,
  MAX_TIMESTAMPS,
  parseBundle,
} from '../../../../src/verifiers/sigstore/bundle.ts';
import { type BundleJson, bundle, bytesOf } from '../../../support/sigstore/bundle.ts';
import { CODE_SIGNING, type Holder, issue, SERVER_AUTH, TIME_STAMPING } from '../../../support/sigstore/certificate.ts';
import * as der from '../../../support/sigstore/der.ts';
import { examine, outcomes } from '../../../support/sigstore/examine.ts';
import { newKey } from '../../../support/sigstore/keys.ts';
import type { LogEntry } from '../../../support/sigstore/log.ts';
import { newLog } from '../../../support/sigstore/log.ts';
import {
  authorityJson,
  certificatesTrust,
  type IdentifyOptions,
  keysTrust,
  newSigstore,
  sigstoreTrust,
  TIME,
  uri,
  WORKFLOW,
} from '../../../support/sigstore/sigstore.ts';
import { newTimestampAuthority } from '../../../support/sigstore/timestamp.ts';

const sigstore = newSigstore();
const { v1, v2, timestamps } = sigstore;
const root = sigstore.trustedRoot();
const trust = sigstoreTrust(root);
const signer = sigstore.identify();
const MESSAGE = Buffer.from('hello');

/** Flips one bit in the middle of base64 text. */
function flip(text: string, at = 0.5): string {
  const bytes = Buffer.from(text, 'base64');
  const index = Math.floor(bytes.byteLength * at);
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return bytes.toString('base64');
}

function entryOf(json: BundleJson): LogEntry {
  const [entry] = json.verificationMaterial.tlogEntries;
  if (entry === undefined) throw new Error('the bundle has no log entry');
  return entry;
}

function proofOf(json: BundleJson): NonNullable<LogEntry['inclusionProof']> {
  const { inclusionProof } = entryOf(json);
  if (inclusionProof === undefined) throw new Error('the entry has no proof');
  return inclusionProof;
}

const stampOf = (json: BundleJson): { signedTimestamp: string } => {
  const [stamp] = json.verificationMaterial.timestampVerificationData.rfc3161Timestamps;
  if (stamp === undefined) throw new Error('the bundle has no timestamp');
  return stamp;
};

describe('a flipped bit', () => {
  const flips: readonly [string, string, (json: BundleJson) => void][] = [
    [
      'the signature',
      'signature',
      ({ dsseEnvelope }) =>
        dsseEnvelope?.signatures.forEach((one) => {
          one.sig = flip(one.sig);
        }),
    ],
    [
      'the payload',
      'signature',
      ({ dsseEnvelope }) => {
        if (dsseEnvelope) dsseEnvelope.payload = flip(dsseEnvelope.payload);
      },
    ],
    [
      'the payload type',
      'signature',
      ({ dsseEnvelope }) => {
        if (dsseEnvelope) dsseEnvelope.payloadType += '2';
      },
    ],
    [
      'the promise',
      'transparency',
      (json) => {
        const { inclusionPromise } = entryOf(json);
        if (inclusionPromise) inclusionPromise.signedEntryTimestamp = flip(inclusionPromise.signedEntryTimestamp);
      },
    ],
    [
      'the promised time',
      'transparency',
      (json) => {
        entryOf(json).integratedTime = String(Number(entryOf(json).integratedTime) + 1);
      },
    ],
    [
      'the log index',
      'transparency',
      (json) => {
        entryOf(json).logIndex = '7';
      },
    ],
    [
      'a hash of the proof',
      'transparency',
      (json) => {
        proofOf(json).hashes[0] = flip(proofOf(json).hashes[0] ?? '');
      },
    ],
    [
      'the place in the proof',
      'transparency',
      (json) => {
        proofOf(json).logIndex = '0';
      },
    ],
    [
      'the checkpoint’s root',
      'transparency',
      (json) => {
        const { checkpoint } = proofOf(json);
        checkpoint.envelope = checkpoint.envelope.replace(/^(.*\n)(.)/, '$1' + '9');
      },
    ],
    [
      'the checkpoint’s signature',
      'transparency',
      (json) => {
        const { checkpoint } = proofOf(json);
        checkpoint.envelope = checkpoint.envelope.replace(/ (\S+)\n$/, (_, text: string) => ` ${flip(text)}\n`);
      },
    ],
    [
      'the checkpoint’s origin',
      'transparency',
      (json) => {
        const { checkpoint } = proofOf(json);
        checkpoint.envelope = checkpoint.envelope.replace('rekor', 'rokor');
      },
    ],
    [
      'the body of the entry',
      'transparency',
      (json) => {
        entryOf(json).canonicalizedBody = flip(entryOf(json).canonicalizedBody, 0.3);
      },
    ],
    [
      'the timestamp’s signature',
      'timestamp',
      (json) => {
        stampOf(json).signedTimestamp = flip(stampOf(json).signedTimestamp, 0.99);
      },
    ],
    [
      'the timestamp’s time',
      'timestamp',
      (json) => {
        const bytes = Buffer.from(stampOf(json).signedTimestamp, 'base64');
        bytes[bytes.indexOf('20260301') + 3] = 0x37;
        stampOf(json).signedTimestamp = bytes.toString('base64');
      },
    ],
  ];
  it.each(flips)('in %s fails', async (_, check, change) => {
    const json = bundle({ signer, logs: [v1], timestamps: [timestamps] });
    expect((await examine([trust], json)).outcome).toBe('verified');
    change(json);
    const finding = await examine([trust], json);
    expect(finding).toMatchObject({ outcome: 'failed', signers: [] });
    expect(outcomes(finding)[check]).toBe('failed');
  });

  it('in the certificate fails, wherever it is', async () => {
    const whole = signer.der.byteLength;
    for (let index = 0; index < whole; index += 7) {
      const json = bundle({ signer, logs: [v1] });
      const bytes = Buffer.from(signer.der);
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      json.verificationMaterial.certificate = { rawBytes: bytes.toString('base64') };
      const finding = await examine([trust], json);
      expect([index, finding.outcome === 'failed' || finding.outcome === 'present']).toEqual([index, true]);
    }
  });

  it('in what the certificate says fails in the chain, for it names our authority', async () => {
    const bytes = Buffer.from(signer.der);
    bytes[bytes.indexOf('acme')] = 0x65;
    const json = bundle({ signer: { ...signer, der: bytes }, logs: [v1] });
    const finding = await examine([trust], json);
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding).chain).toBe('failed');
  });

  it('in the promise to publish the certificate fails in the chain', async () => {
    const bad = sigstore.identify({ promisedBy: [sigstore.certificateLog], extensions: [] });
    const other = sigstore.identify();
    const promises = other.der.subarray(other.der.indexOf(Buffer.from('2b06010401d679020402', 'hex')) + 10);
    expect(promises.byteLength).toBeGreaterThan(100);
    // The authority embeds promises made for another certificate.
    const length = 4 + (promises[1] === 0x81 ? promises.readUInt8(2) : promises.readUInt8(1));
    const value = promises.subarray(promises.indexOf(0x04, 1) > 3 ? 2 : 3, length);
    const forged = sigstore.identify({ promisedBy: [], extensions: [{ oid: '1.3.6.1.4.1.11129.2.4.2', value }] });
    expect((await examine([trust], bundle({ signer: bad, logs: [v1] }))).outcome).toBe('verified');
    const finding = await examine([trust], bundle({ signer: forged, logs: [v1] }));
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)).toMatchObject({ chain: 'failed', signature: 'passed', transparency: 'passed' });
    const waived = await examine([sigstoreTrust(root, { sct: 0 })], bundle({ signer: forged, logs: [v1] }));
    expect(waived).toMatchObject({ outcome: 'verified', relaxed: ['sct'] });
  });
});

describe('an entry of a log', () => {
  const both = { logs: [v1], timestamps: [timestamps] };

  it.each([
    ['another signature of the same payload', bundle({ signer, ...both })],
    ['another payload', bundle({ signer, payload: Buffer.from('{}'), ...both })],
    ['another payload as hashedrekord', bundle({ signer, payload: Buffer.from('{}'), ...both, kind: 'hashedrekord' })],
    ['another payload as intoto 0.0.1', bundle({ signer, payload: Buffer.from('{}'), ...both, kind: 'intoto/0.0.1' })],
    ['another payload as intoto 0.0.2', bundle({ signer, payload: Buffer.from('{}'), ...both, kind: 'intoto/0.0.2' })],
    ['another payload in v2', bundle({ signer, payload: Buffer.from('{}'), logs: [v2], kind: 'dsse' })],
    ['another payload in v2 as hashedrekord', bundle({ signer, payload: Buffer.from('{}'), logs: [v2] })],
  ])('of %s does not count', async (_, other) => {
    const json = bundle({ signer, ...both });
    json.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries;
    const finding = await examine([trust], json);
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)).toMatchObject({ signature: 'passed', transparency: 'failed', timestamp: 'passed' });
  });

  it.each([
    ['dsse', { logs: [v1] }],
    ['hashedrekord', { logs: [v1], kind: 'hashedrekord' }],
    ['intoto 0.0.1', { logs: [v1], kind: 'intoto/0.0.1' }],
    ['intoto 0.0.2', { logs: [v1], kind: 'intoto/0.0.2' }],
    ['hashedrekord 0.0.2', { logs: [v2] }],
    ['dsse 0.0.2', { logs: [v2], kind: 'dsse' }],
  ] as const)('that names another certificate of the same identity and key does not count: %s', async (_, options) => {
    const twin = sigstore.identify({ key: signer.key });
    const json = bundle({ signer, timestamps: [timestamps], ...options, logged: twin });
    const finding = await examine([trust], json);
    expect(outcomes(finding)).toMatchObject({ signature: 'passed', transparency: 'failed' });
    const bare = bundle({ signer, timestamps: [timestamps], ...options, logged: signer.key });
    expect(outcomes(await examine([trust], bare))).toMatchObject({ transparency: 'failed' });
  });

  it('that names another key does not count', async () => {
    const key = newKey();
    const needy = keysTrust([key], { root, transparencyLog: 1 });
    for (const logged of [newKey(), signer]) {
      const finding = await examine([needy], bundle({ signer: key, logs: [v1], logged }));
      expect(outcomes(finding)).toMatchObject({ signature: 'passed', transparency: 'failed' });
    }
  });

  it('of a message does not count for another message', async () => {
    const json = bundle({ signer, message: MESSAGE, logs: [v1] });
    json.verificationMaterial.tlogEntries = bundle({
      signer,
      message: Buffer.from('other'),
      logs: [v1],
    }).verificationMaterial.tlogEntries;
    const finding = await examine([trust], json, { kind: 'bytes', bytes: MESSAGE });
    expect(outcomes(finding)).toMatchObject({ signature: 'passed', transparency: 'failed' });
  });

  it('lends its time to nothing where it does not count', async () => {
    const json = bundle({ signer, logs: [v1] });
    json.verificationMaterial.tlogEntries = bundle({ signer, logs: [v1] }).verificationMaterial.tlogEntries;
    expect(outcomes(await examine([trust], json))).toMatchObject({
      transparency: 'failed',
      timestamp: 'failed',
      expiry: 'skipped',
    });
  });

  it('of another log under the name of ours does not count', async () => {
    const other = newLog(v1.url);
    const json = bundle({ signer, logs: [other], timestamps: [timestamps] });
    entryOf(json).logId.keyId = v1.id.toString('base64');
    expect(outcomes(await examine([trust], json))).toMatchObject({ transparency: 'failed' });
  });

  it('of an unknown kind, or of a kind that its body is not, does not count', async () => {
    const json = bundle({ signer, logs: [v1], timestamps: [timestamps] });
    entryOf(json).kindVersion = { kind: 'rekord', version: '0.0.1' };
    expect(outcomes(await examine([trust], json))).toMatchObject({ transparency: 'failed' });
    entryOf(json).kindVersion = { kind: 'constructor', version: '' };
    expect(outcomes(await examine([trust], json))).toMatchObject({ transparency: 'failed' });
  });

  it('needs a proof from form 0.2 on, and a promise before', async () => {
    const proofless = bundle({ signer, logs: [v1], version: '0.2' });
    delete entryOf(proofless).inclusionProof;
    expect(await examine([trust], proofless)).toMatchObject({
      outcome: 'failed',
      error: { code: 'SIGNATURE_INVALID' },
    });
    const promised = bundle({ signer, logs: [v1], version: '0.1' });
    delete entryOf(promised).inclusionProof;
    expect((await examine([trust], promised)).outcome).toBe('verified');
    delete entryOf(promised).inclusionPromise;
    expect((await examine([trust], promised)).outcome).toBe('failed');
  });

  it('without promise gives no time, whatever it says', async () => {
    const json = bundle({ signer, logs: [v2] });
    entryOf(json).integratedTime = String(Math.floor(Number(TIME) / 1000) + 60);
    expect(outcomes(await examine([trust], json))).toMatchObject({
      transparency: 'passed',
      timestamp: 'failed',
      expiry: 'skipped',
    });
  });

  it('from outside the log’s validity does not count', async () => {
    const ended = sigstore.trustedRoot(({ tlogs }) => {
      for (const log of tlogs) log.publicKey.validFor = { start: '2021-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z' };
    });
    expect(outcomes(await examine([sigstoreTrust(ended)], bundle({ signer, logs: [v1] })))).toMatchObject({
      transparency: 'failed',
    });
  });
});

describe('a timestamp', () => {
  const needy = sigstoreTrust(root, { transparencyLog: 0 });
  const first = bundle({ signer, timestamps: [timestamps] });

  it('over another signature does not count', async () => {
    const json = bundle({ signer });
    json.verificationMaterial.timestampVerificationData = first.verificationMaterial.timestampVerificationData;
    const finding = await examine([needy], json);
    expect(outcomes(finding)).toMatchObject({ signature: 'passed', timestamp: 'failed', expiry: 'skipped' });
  });

  it.each([
    ['of an authority that is not for it', {}, { purposes: [CODE_SIGNING] }],
    ['of an authority without purpose', {}, { purposes: [] }],
    ['that was not granted', { status: 2 }, {}],
    ['over SHA-1', { hash: 'sha1' }, {}],
    ['of an authority that had expired', {}, { until: new Date('2025-01-01') }],
  ] as const)('%s does not count', async (_, stamping, leaf) => {
    const tsa = newTimestampAuthority('another', newKey(), leaf);
    const trusted = sigstore.trustedRoot((json) => {
      json.timestampAuthorities = [authorityJson('https://tsa2.example', tsa.leaf, tsa.root)];
    });
    const finding = await examine(
      [sigstoreTrust(trusted, { transparencyLog: 0 })],
      bundle({ signer, timestamps: [tsa], stamping }),
    );
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)).toMatchObject({ timestamp: 'failed' });
  });

  it('of another signer below the authority’s root does not count', async () => {
    const impostor = issue({
      name: 'impostor',
      issuer: timestamps.root,
      purposes: [TIME_STAMPING],
      arePurposesCritical: true,
    });
    const tsa = newTimestampAuthority('x');
    const trusted = sigstore.trustedRoot((json) => {
      json.timestampAuthorities = [authorityJson('https://tsa2.example', impostor, timestamps.root)];
    });
    expect(tsa.leaf.name).not.toBe(impostor.name);
    expect(outcomes(await examine([sigstoreTrust(trusted, { transparencyLog: 0 })], first))).toMatchObject({
      timestamp: 'failed',
    });
  });

  it('from when its authority did not count yet fails', async () => {
    const trusted = sigstore.trustedRoot((json) => {
      for (const authority of json.timestampAuthorities) authority.validFor.start = '2026-06-01T00:00:00Z';
    });
    expect(outcomes(await examine([sigstoreTrust(trusted, { transparencyLog: 0 })], first))).toMatchObject({
      timestamp: 'failed',
    });
  });

  it('does not borrow the validity of another authority', async () => {
    const other = newTimestampAuthority('other');
    const trusted = sigstore.trustedRoot((json) => {
      for (const authority of json.timestampAuthorities) authority.validFor.end = '2025-01-01T00:00:00Z';
      json.timestampAuthorities.push(authorityJson('https://tsa2.example', other.leaf, other.root));
    });
    const needy = sigstoreTrust(trusted, { transparencyLog: 0 });
    expect(outcomes(await examine([needy], first))).toMatchObject({ timestamp: 'failed' });
    expect((await examine([needy], bundle({ signer, timestamps: [other] }))).outcome).toBe('verified');
  });

  it('that is garbage fails', async () => {
    for (const signedTimestamp of ['AAAA', '', flip(stampOf(first).signedTimestamp, 0)]) {
      const json = bundle({ signer, logs: [v1] });
      json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp }];
      const finding = await examine([trust], json);
      expect(finding.outcome).toBe('failed');
      expect(outcomes(finding)).toMatchObject({ timestamp: 'failed' });
    }
  });
});

describe('a certificate', () => {
  const withSigner = (holder: Holder) => examine([trust], bundle({ signer: holder, logs: [v1] }));
  const cases: readonly [string, Partial<IdentifyOptions>, string][] = [
    ['that is not for code signing', { purposes: [SERVER_AUTH] }, 'chain'],
    ['for any purpose', { purposes: ['2.5.29.37.0'] }, 'chain'],
    ['without a purpose', { purposes: [] }, 'chain'],
    ['whose key is not for signatures', { keyUsage: 0x20 }, 'chain'],
    [
      'with an unknown critical extension',
      { extensions: [{ oid: '1.2.3.4', value: der.nothing(), critical: true }] },
      'chain',
    ],
    [
      'that is a pre-certificate',
      { extensions: [{ oid: '1.3.6.1.4.1.11129.2.4.3', value: der.nothing(), critical: true }] },
      'chain',
    ],
    ['signed with SHA-1', { hash: 'sha1', promisedBy: [] }, 'chain'],
    ['with a weak RSA key', { key: newKey('RSA-1024') }, 'chain'],
    ['with a key on secp256k1', { key: newKey('secp256k1') }, 'chain'],
    ['that nobody promised to publish', { promisedBy: [] }, 'chain'],
    ['that was not valid yet', { from: new Date(Number(TIME) + 120_000) }, 'expiry'],
    ['that was no longer valid', { until: new Date(Number(TIME) + 30_000) }, 'expiry'],
  ];
  it.each(cases)('%s fails', async (_, options, check) => {
    const finding = await withSigner(sigstore.identify(options));
    expect(finding).toMatchObject({ outcome: 'failed', signers: [] });
    expect(outcomes(finding)[check]).toBe('failed');
  });

  const authority = (intermediate: Holder, top: Holder) =>
    sigstoreTrust(
      sigstore.trustedRoot((json) => {
        json.certificateAuthorities = [authorityJson('https://fulcio2.example', intermediate, top)];
      }),
    );
  const below = async (options: Parameters<typeof issue>[0], top: Holder = sigstore.root) => {
    const intermediate = issue({ issuer: top, authority: 0, ...options });
    const holder = sigstore.identify({ issuer: intermediate });
    return examine([authority(intermediate, top)], bundle({ signer: holder, logs: [v1] }));
  };

  it.each([
    ['is no authority', { authority: false }, 'chain'],
    ['may not sign certificates', { keyUsage: 0x80 }, 'chain'],
    ['is for servers', { purposes: [SERVER_AUTH] }, 'chain'],
    ['has a weak key', { key: newKey('RSA-1024') }, 'chain'],
    [
      'has critical name constraints',
      { extensions: [{ oid: '2.5.29.30', value: der.sequence(), critical: true }] },
      'chain',
    ],
    ['had expired', { until: new Date(Number(TIME)) }, 'expiry'],
    ['was not valid yet', { from: new Date(Number(TIME) + 600_000) }, 'expiry'],
  ] as const)('whose issuer %s fails', async (_, options, check) => {
    expect((await below({ name: 'good' })).outcome).toBe('verified');
    const finding = await below({ name: 'bad', ...options });
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)[check]).toBe('failed');
  });

  it('below a path that is too long fails', async () => {
    const top = issue({ name: 'short root', authority: 0 });
    const finding = await below({ name: 'one too many' }, top);
    expect(outcomes(finding)).toMatchObject({ chain: 'failed', signature: 'passed' });
  });

  it('issued by a signer’s certificate fails', async () => {
    const mallory = sigstore.identify({ issuer: signer, promisedBy: [] });
    const json = bundle({ signer: mallory, version: '0.2', intermediates: [signer], logs: [v1] });
    const finding = await examine([trust], json);
    expect(finding.outcome).not.toBe('verified');
    const own = certificatesTrust([sigstore.root]);
    const leaf = issue({ name: 'leaf', issuer: sigstore.intermediate, purposes: [CODE_SIGNING] });
    const forged = issue({ name: 'forged', issuer: leaf });
    const chain = bundle({ signer: forged, version: '0.2', intermediates: [leaf, sigstore.intermediate] });
    expect(outcomes(await examine([own], chain))).toMatchObject({ chain: 'failed', signature: 'passed' });
  });

  it('from when the authority did not count fails', async () => {
    const later = sigstore.trustedRoot((json) => {
      for (const one of json.certificateAuthorities) one.validFor.start = '2026-06-01T00:00:00Z';
    });
    const finding = await examine([sigstoreTrust(later)], bundle({ signer, logs: [v1] }));
    expect(outcomes(finding)).toMatchObject({ expiry: 'failed', chain: 'passed' });
  });

  it('fails where one way is forbidden and the other had expired: neither lends to the other', async () => {
    const top = issue({ name: 'top', authority: true });
    const key = newKey();
    const middle = { name: 'middle', issuer: top, key };
    const forbidden = issue({ ...middle, keyUsage: 0x04 });
    const expired = issue({ ...middle, authority: true, until: new Date('2025-01-01') });
    const good = issue({ ...middle, authority: true });
    const leaf = issue({ name: 'leaf', issuer: good });
    for (const two of [
      [forbidden, expired],
      [expired, forbidden],
    ]) {
      const finding = await examine(
        [certificatesTrust([top])],
        bundle({ signer: leaf, version: '0.2', intermediates: two }),
      );
      expect(finding).toMatchObject({ outcome: 'failed', signers: [] });
    }
    for (const two of [
      [forbidden, good],
      [good, expired],
      [expired, good],
    ]) {
      const finding = await examine(
        [certificatesTrust([top])],
        bundle({ signer: leaf, version: '0.2', intermediates: two }),
      );
      expect(finding.outcome).toBe('verified');
    }
  });

  it('with many issuers is nobody’s, where they have one name and issued each other', async () => {
    const own = issue({ name: 'evil', authority: true });
    const key = newKey();
    const evil = issue({ name: 'evil', authority: true, key });
    const intermediates = Array.from({ length: 14 }, () => issue({ name: 'evil', issuer: evil, key, authority: true }));
    const json = bundle({ signer: issue({ name: 'leaf', issuer: evil }), version: '0.2', intermediates });
    expect(await examine([certificatesTrust([own])], json)).toMatchObject({ outcome: 'present', signers: [] });
    expect((await examine([certificatesTrust([own, evil])], json)).outcome).toBe('verified');
  });

  it('may have many issuers, in any order', async () => {
    const chain = [issue({ name: 'top', authority: true })];
    for (let depth = 0; depth < 5; depth++) {
      const [issuer] = chain;
      if (issuer !== undefined) chain.unshift(issue({ name: `level ${depth}`, issuer, authority: true }));
    }
    const [issuer] = chain;
    if (issuer === undefined) throw new Error('no chain');
    const json = bundle({
      signer: issue({ name: 'leaf', issuer }),
      version: '0.2',
      intermediates: chain.slice(0, -1).reverse(),
    });
    expect((await examine([certificatesTrust(chain.slice(-1))], json)).outcome).toBe('verified');
  });

  it('of the same name from another authority is nobody’s', async () => {
    const copy = newSigstore();
    expect(await examine([trust], bundle({ signer: copy.identify(), logs: [v1] }))).toMatchObject({
      outcome: 'present',
      signers: [],
    });
  });

  it('of nobody’s, whose key did not sign, fails', async () => {
    const json = bundle({ signer: newSigstore('stranger').identify() });
    for (const one of json.dsseEnvelope?.signatures ?? []) one.sig = flip(one.sig);
    const finding = await examine([trust], json);
    expect(finding.outcome).toBe('failed');
    expect(outcomes(finding)).toEqual({ signature: 'failed' });
  });
});

describe('a configured identity', () => {
  const pattern = (value: string) =>
    sigstoreTrust(root, { identities: [{ identity: { kind: 'pattern', value }, issuer: undefined }] });
  const exact = (value: string) =>
    sigstoreTrust(root, { identities: [{ identity: { kind: 'exact', value }, issuer: undefined }] });
  const issuer = (value: string, kind: 'exact' | 'pattern' = 'exact') =>
    sigstoreTrust(root, { identities: [{ identity: undefined, issuer: { kind, value } }] });
  const who = (name: string) => bundle({ signer: sigstore.identify({ names: [uri(name)] }), logs: [v1] });

  it.each([
    ['acme/app', 'evil/acme/app.evil', pattern],
    ['acme/app|acme/lib', 'acme/app.evil', pattern],
    ['acme/.*', 'evil\nacme/app', pattern],
    ['acme/app', 'evil\nacme/app\nevil', pattern],
    ['(?m)acme/app', 'evil\nacme/app', pattern],
    ['(?m)^acme/app$', 'evil\nacme/app', pattern],
    ['acme/.*', 'acme/app\nevil', pattern],
    ['acme/app', 'acme/app\n', pattern],
    ['acme/app', 'ACME/app', pattern],
    ['acme/app', 'acme/app2', exact],
    ['acme.app', 'acme/app', exact],
  ])('%j is not %j', async (configured, name, kind) => {
    const finding = await examine([kind(configured)], who(name));
    expect(finding).toMatchObject({ outcome: 'failed', signers: [] });
    expect(outcomes(finding)).toMatchObject({ identity: 'failed', chain: 'passed' });
  });

  it.each([
    ['acme/.*', 'acme/app', pattern],
    ['acme/app|acme/lib', 'acme/lib', pattern],
    [WORKFLOW, WORKFLOW, exact],
  ])('%j is %j', async (configured, name, kind) => {
    const finding = await examine([kind(configured)], who(name));
    expect(finding.outcome).toBe('verified');
    expect(outcomes(finding)).toMatchObject({ identity: 'passed' });
  });

  it('may name the issuer, which is not looked for elsewhere', async () => {
    const other = bundle({ signer: sigstore.identify({ issuerUrl: 'https://accounts.example.com' }), logs: [v1] });
    expect((await examine([issuer('https://accounts.example.com')], other)).outcome).toBe('verified');
    expect((await examine([issuer('https://accounts.example.co')], other)).outcome).toBe('failed');
    expect((await examine([issuer('https://accounts.*')], other)).outcome).toBe('failed');
    expect((await examine([issuer('https://accounts.*', 'pattern')], other)).outcome).toBe('verified');
  });

  it('takes the newer extension for the issuer', async () => {
    const holder = sigstore.identify({
      issuerUrl: 'https://new.example',
      extensions: [{ oid: '1.3.6.1.4.1.57264.1.9', value: Buffer.from('no DER') }],
    });
    const finding = await examine([issuer('https://new.example')], bundle({ signer: holder, logs: [v1] }));
    expect(finding.signers[0]?.extensions).not.toHaveProperty('buildSignerURI');
  });
});

describe('a bundle', () => {
  const good = () => bundle({ signer, logs: [v1], timestamps: [timestamps] });

  it.each([
    [
      'a message signature beside the envelope',
      (json: BundleJson) => {
        json.messageSignature = { messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' }, signature: 'AAAA' };
      },
    ],
    [
      'a key beside the certificate',
      (json: BundleJson) => {
        json.verificationMaterial.publicKey = { hint: '' };
      },
    ],
    [
      'no signature',
      (json: BundleJson) => {
        json.dsseEnvelope?.signatures.pop();
      },
    ],
    [
      'two signatures',
      (json: BundleJson) => {
        json.dsseEnvelope?.signatures.push(...json.dsseEnvelope.signatures);
      },
    ],
    [
      'no material',
      (json: BundleJson) => {
        Reflect.deleteProperty(json, 'verificationMaterial');
      },
    ],
    [
      'another media type',
      (json: BundleJson) => {
        json.mediaType = 'application/json';
      },
    ],
    [
      'a certificate that is none',
      (json: BundleJson) => {
        json.verificationMaterial.certificate = { rawBytes: 'AAAA' };
      },
    ],
  ])('with %s is malformed', async (_, change) => {
    const json = good();
    change(json);
    const finding = await examine([trust], json);
    expect(finding.outcome).toBe('failed');
    expect(['SIGNATURE_INVALID', 'CERTIFICATE_INVALID']).toContain(finding.error?.code);
  });

  it.each([
    [
      'log entries',
      (json: BundleJson) => {
        json.verificationMaterial.tlogEntries = Array.from({ length: MAX_LOG_ENTRIES + 1 }, () => entryOf(json));
      },
    ],
    [
      'timestamps',
      (json: BundleJson) => {
        json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = Array.from(
          { length: MAX_TIMESTAMPS + 1 },
          () => stampOf(json),
        );
      },
    ],
    [
      'hashes in a proof',
      (json: BundleJson) => {
        proofOf(json).hashes = Array.from({ length: MAX_PROOF_HASHES + 1 }, () => 'AAAA');
      },
    ],
    [
      'checkpoint',
      (json: BundleJson) => {
        proofOf(json).checkpoint.envelope += 'x'.repeat(MAX_CHECKPOINT_LENGTH);
      },
    ],
    [
      'signature',
      (json: BundleJson) => {
        for (const one of json.dsseEnvelope?.signatures ?? [])
          one.sig = Buffer.alloc(MAX_SIGNATURE_BYTES + 1).toString('base64');
      },
    ],
  ])('with too many or too much of %s is refused', async (_, change) => {
    const json = good();
    change(json);
    expect(await examine([trust], json)).toMatchObject({ outcome: 'failed', error: { code: 'LIMIT_EXCEEDED' } });
  });

  it('with too many certificates is refused', async () => {
    const json = bundle({
      signer,
      version: '0.2',
      intermediates: Array.from({ length: MAX_CERTIFICATES }, () => signer),
    });
    expect(await examine([trust], json)).toMatchObject({ outcome: 'failed', error: { code: 'LIMIT_EXCEEDED' } });
  });

  it('over 32 MiB is refused unread', () => {
    const big = new Uint8Array(MAX_BUNDLE_BYTES + 1);
    expect(() => parseBundle({ bundle: big, message: undefined })).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });

  it('of an envelope does not verify a message, nor one of a message nothing', async () => {
    const message = { kind: 'bytes', bytes: MESSAGE } as const;
    expect(await examine([trust], good(), message)).toMatchObject({
      outcome: 'failed',
      error: { code: 'SIGNATURE_INVALID' },
    });
    const signed = bundle({ signer, message: MESSAGE, logs: [v1] });
    expect(await examine([trust], signed)).toMatchObject({ outcome: 'failed', error: { code: 'SIGNATURE_INVALID' } });
  });

  it('with a digest of something else is malformed, and one that nobody knows proves nothing', async () => {
    const key = newKey();
    const json = bundle({ signer: key, message: MESSAGE });
    const message = { kind: 'bytes', bytes: MESSAGE } as const;
    expect((await examine([keysTrust([key])], json, message)).outcome).toBe('verified');
    if (json.messageSignature)
      json.messageSignature.messageDigest.digest = flip(json.messageSignature.messageDigest.digest);
    expect(await examine([keysTrust([key])], json, message)).toMatchObject({
      outcome: 'failed',
      error: { code: 'SIGNATURE_INVALID' },
    });
    const digests = [`sha512:${createHash('sha512').update(MESSAGE).digest('hex')}`, 'sha256:00', 'md5:00'];
    const finding = await examine([keysTrust([key])], bundle({ signer: key, message: MESSAGE }), {
      kind: 'digests',
      digests,
    });
    expect(finding).toMatchObject({ outcome: 'errored', error: { code: 'NOT_FOUND' } });
  });

  it.each([
    '',
    '{',
    '[]',
    '3',
    'null',
    '{}',
    '{"a":1,"a":1}',
    '{"mediaType":1e400}',
    `${'['.repeat(300)}${']'.repeat(300)}`,
  ])('that is none is malformed: %j', async (text) => {
    const { createExaminer } = await import('../../../../src/verifiers/sigstore/examiner.ts');
    const finding = await createExaminer([trust]).examine({ bundle: Buffer.from(text), message: undefined }, TIME);
    expect(finding).toMatchObject({ outcome: 'failed', error: { code: 'SIGNATURE_INVALID' } });
  });

  it('with absurd numbers and types fails, and nothing is thrown', async () => {
    const absurd: readonly unknown[] = [
      null,
      0,
      -1,
      1e308,
      '-1',
      '99999999999999999999999',
      'x',
      [],
      {},
      true,
      ['x'],
      { keyId: 3 },
    ];
    for (const value of absurd) {
      for (const path of [
        'logIndex',
        'integratedTime',
        'logId',
        'kindVersion',
        'inclusionPromise',
        'inclusionProof',
        'canonicalizedBody',
      ] as const) {
        const json = bundle({ signer, logs: [v1] });
        Object.assign(entryOf(json), { [path]: value });
        const finding = await examine([trust], json);
        expect(['failed', path, value]).toEqual([finding.outcome, path, value]);
      }
    }
  });

  it('cannot make messages long', async () => {
    const long = 'x'.repeat(100_000);
    const unknown = bundle({ signer, logs: [v1] });
    entryOf(unknown).canonicalizedBody = Buffer.from(JSON.stringify({ kind: long, apiVersion: '1' })).toString(
      'base64',
    );
    entryOf(unknown).kindVersion = { kind: long, version: '1' };
    const named = bundle({ signer: sigstore.identify({ names: [uri('y'.repeat(10_000))] }) });
    for (const finding of [await examine([trust], unknown), await examine([trust], named)]) {
      expect(finding.outcome).toBe('failed');
      for (const { message } of [finding, ...Object.values(finding.checks)]) expect(message.length).toBeLessThan(1000);
    }
  });

  it('is read once more as it was written', () => {
    expect(parseBundle({ bundle: bytesOf(good()), message: undefined }).form.kind).toBe('envelope');
  });
});
