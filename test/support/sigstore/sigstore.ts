import { createHash } from 'node:crypto';
import type { CertificatesTrust, KeysTrust, SigstoreTrust, TrustedRoot } from '../../../src/trust.ts';
import { type CertificateOptions, CODE_SIGNING, type Extra, type Holder, issue, type Name } from './certificate.ts';
import * as der from './der.ts';
import { type Key, newKey, signBytes } from './keys.ts';
import { type Log, newLog } from './log.ts';
import { newTimestampAuthority, type TimestampAuthority } from './timestamp.ts';

/**
 * A private Sigstore in memory: certificate authority, certificate transparency, transparency logs of both generations and a
 * timestamp authority. Nothing reads a clock: all is signed at `TIME` unless an option says otherwise.
 *
 *     const sigstore = newSigstore();
 *     const signer = sigstore.identify({ names: [email('jo@example.com')] }); // Fulcio's certificate and its key
 *     const json = bundle({ signer, logs: [sigstore.v1], timestamps: [sigstore.timestamps] }); // bundle.ts; may be changed
 *     const finding = await examine([sigstoreTrust(sigstore.trustedRoot())], json); // examine.ts
 *
 * `newKey` (keys.ts) makes keys of every kind, `issue` (certificate.ts) any certificate, `newLog` and
 * `newTimestampAuthority` further logs and authorities; `bytesOf` (bundle.ts) a bundle's bytes.
 */
export interface Sigstore {
  readonly root: Holder;
  readonly intermediate: Holder;
  readonly certificateLog: Key;
  readonly v1: Log;
  readonly v2: Log;
  readonly timestamps: TimestampAuthority;
  /** A certificate as Fulcio issues it, valid ten minutes from `TIME`; options override. */
  readonly identify: (options?: Partial<IdentifyOptions>) => Holder;
  readonly trustedRoot: (change?: (json: RootJson) => void) => TrustedRoot;
}

export interface IdentifyOptions extends CertificateOptions {
  readonly issuerUrl: string;
  /** Whether certificate transparency logs have seen it; or other keys that sign for such logs. */
  readonly promisedBy: readonly Key[];
}

/** When things are signed here. */
export const TIME = new Date('2026-03-01T12:00:00Z');
export const ISSUER = 'https://token.actions.githubusercontent.com';
export const WORKFLOW = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const TEN_MINUTES = 10 * 60 * 1000;
const START = '2021-01-01T00:00:00Z';

export function newSigstore(name = 'private'): Sigstore {
  const root = issue({ name: `${name} root`, authority: true, key: newKey('P-384') });
  const intermediate = issue({
    name: `${name} intermediate`,
    issuer: root,
    authority: 0,
    key: newKey('P-384'),
    purposes: [CODE_SIGNING],
  });
  const certificateLog = newKey();
  const sigstore = {
    root,
    intermediate,
    certificateLog,
    v1: newLog(`https://rekor.${name}.example`),
    v2: newLog(`https://log2026.rekor.${name}.example`, 'v2'),
    timestamps: newTimestampAuthority(`${name} tsa`, newKey('P-384')),
  };
  return {
    ...sigstore,
    identify: (options = {}) => identify(intermediate, certificateLog, options),
    trustedRoot: (change = () => {}) => trustedRoot(sigstore, change),
  };
}

function identify(issuer: Holder, certificateLog: Key, options: Partial<IdentifyOptions>): Holder {
  const {
    issuerUrl = ISSUER,
    promisedBy = [certificateLog],
    names = [uri(WORKFLOW)],
    extensions = [],
    ...rest
  } = options;
  const from = options.from ?? TIME;
  return issue({
    name: '',
    issuer,
    purposes: [CODE_SIGNING],
    from,
    until: new Date(Number(from) + TEN_MINUTES),
    names,
    extensions: [
      { oid: '1.3.6.1.4.1.57264.1.1', value: Buffer.from(issuerUrl) },
      { oid: '1.3.6.1.4.1.57264.1.8', value: der.utf8(issuerUrl) },
      { oid: '1.3.6.1.4.1.57264.1.12', value: der.utf8('https://github.com/acme/app') },
      ...extensions,
    ],
    ...(promisedBy.length === 0 ? {} : { promises: (body, issuerKey) => promises(promisedBy, body, issuerKey, from) }),
    ...rest,
  });
}

export const uri = (value: string): Name => ({ type: 'uri', value });
export const email = (value: string): Name => ({ type: 'email', value });

/** Signed certificate timestamps. https://www.rfc-editor.org/rfc/rfc6962#section-3.2 */
function promises(keys: readonly Key[], body: Uint8Array, issuerKey: Uint8Array, time: Date): Extra {
  const list = keys.map((key) => {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(Number(time)));
    const none = Buffer.from([0, 0]);
    const issuerId = createHash('sha256').update(issuerKey).digest();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.byteLength);
    const signed = Buffer.concat([
      Buffer.from([0, 0]),
      stamp,
      Buffer.from([0, 1]),
      issuerId,
      length.subarray(1),
      body,
      none,
    ]);
    const signature = signBytes(key, signed);
    const logId = createHash('sha256').update(key.spki).digest();
    return prefixed(Buffer.concat([Buffer.from([0]), logId, stamp, none, Buffer.from([4, 3]), prefixed(signature)]));
  });
  return { oid: '1.3.6.1.4.1.11129.2.4.2', value: der.octets(prefixed(Buffer.concat(list))) };
}

function prefixed(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

/** A trusted root as JSON, to be changed. */
export interface RootJson {
  mediaType: string;
  tlogs: LogJson[];
  certificateAuthorities: AuthorityJson[];
  ctlogs: LogJson[];
  timestampAuthorities: AuthorityJson[];
}

export interface LogJson {
  baseUrl: string;
  hashAlgorithm: string;
  publicKey: { rawBytes: string; keyDetails: string; validFor?: { start?: string; end?: string } };
  logId: { keyId: string };
  operator?: string;
}

export interface AuthorityJson {
  subject: { organization: string; commonName: string };
  uri: string;
  certChain: { certificates: { rawBytes: string }[] };
  validFor: { start: string; end?: string };
  operator?: string;
}

export function logJson(baseUrl: string, { kind, spki }: Key): LogJson {
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: Buffer.from(spki).toString('base64'),
      keyDetails: kind === 'Ed25519' ? 'PKIX_ED25519' : 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: START },
    },
    logId: { keyId: createHash('sha256').update(spki).digest('base64') },
  };
}

export const authorityJson = (uri: string, ...chain: readonly Holder[]): AuthorityJson => ({
  subject: { organization: 'tests', commonName: chain.at(-1)?.name ?? '' },
  uri,
  certChain: { certificates: chain.map((holder) => ({ rawBytes: holder.der.toString('base64') })) },
  validFor: { start: START },
});

function trustedRoot(
  { root, intermediate, certificateLog, v1, v2, timestamps }: Omit<Sigstore, 'identify' | 'trustedRoot'>,
  change: (json: RootJson) => void,
): TrustedRoot {
  const json: RootJson = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logJson(v1.url, v1.key), logJson(v2.url, v2.key)],
    certificateAuthorities: [authorityJson('https://fulcio.example', intermediate, root)],
    ctlogs: [logJson('https://ct.example', certificateLog)],
    timestampAuthorities: [authorityJson('https://tsa.example', timestamps.leaf, timestamps.root)],
  };
  change(json);
  const digest = `sha256:${createHash('sha256').update(JSON.stringify(json)).digest('hex')}`;
  return { source: 'test', digest, json: { ...json } };
}

/** Trusts everybody whom the root identifies; one log entry, one time, one certificate log. */
export const sigstoreTrust = (root: TrustedRoot, more: Partial<SigstoreTrust> = {}): SigstoreTrust => ({
  kind: 'sigstore',
  name: 'release',
  scope: 'cluster',
  root,
  identities: [],
  transparencyLog: 1,
  timestamp: 1,
  sct: 1,
  ...more,
});

/** Trusts keys; nothing else is needed. */
export const keysTrust = (keys: readonly Key[], more: Partial<KeysTrust> = {}): KeysTrust => ({
  kind: 'keys',
  name: 'keys',
  scope: 'cluster',
  keys: keys.map(({ spki, fingerprint }, index) => ({ source: `key-${index}.pub`, spki, fingerprint })),
  root: undefined,
  transparencyLog: 0,
  timestamp: 0,
  sct: 0,
  ...more,
});

/** Trusts authorities; nothing else is needed. */
export const certificatesTrust = (
  authorities: readonly Holder[],
  more: Partial<CertificatesTrust> = {},
): CertificatesTrust => ({
  kind: 'certificates',
  name: 'corporate',
  scope: 'cluster',
  ca: authorities.map((authority) => new Uint8Array(authority.der)),
  signingAuthority: [],
  tsa: [],
  root: undefined,
  identities: [],
  transparencyLog: 0,
  timestamp: 0,
  sct: 0,
  ...more,
});
