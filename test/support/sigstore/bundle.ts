import { createHash } from 'node:crypto';
import { type Holder, pemOf } from './certificate.ts';
import { type Key, type SignOptions, signBytes } from './keys.ts';
import type { Log, LogEntry } from './log.ts';
import { TIME } from './sigstore.ts';
import type { StampOptions, TimestampAuthority } from './timestamp.ts';

/** A bundle as JSON, to be changed before it is written. */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: { rawBytes: string }[] };
    publicKey?: { hint: string };
    tlogEntries: LogEntry[];
    timestampVerificationData: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  dsseEnvelope?: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
  messageSignature?: { messageDigest: { algorithm: string; digest: string }; signature: string };
}

export interface BundleOptions {
  /** A certificate's holder, or a bare key. */
  readonly signer: Holder | Key;
  /** What is signed: in an envelope, or as a message. Default: an envelope with a small statement. */
  readonly payload?: Uint8Array;
  readonly message?: Uint8Array;
  readonly payloadType?: string;
  readonly version?: '0.1' | '0.2' | '0.3';
  readonly signing?: SignOptions;
  /** Certificates that come along (forms before 0.3). */
  readonly intermediates?: readonly Holder[];
  readonly hint?: string;
  /** Logs that get an entry, of the given kind: default hashedrekord for messages, else dsse. */
  readonly logs?: readonly Log[];
  readonly kind?: 'hashedrekord' | 'dsse' | 'intoto/0.0.1' | 'intoto/0.0.2';
  /** Whom entries name; default: who signs. */
  readonly logged?: Holder | Key;
  readonly timestamps?: readonly TimestampAuthority[];
  readonly stamping?: StampOptions;
  /** When it is logged and stamped; default a minute after `TIME`. */
  readonly time?: Date;
}

const MINUTE = 60 * 1000;
const STATEMENT = Buffer.from(
  JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: 'a'.repeat(64) } }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: {},
  }),
);
const IN_TOTO = 'application/vnd.in-toto+json';

/** Signs, logs and stamps. */
export function bundle(options: BundleOptions): BundleJson {
  const { signer, message, payload = STATEMENT, payloadType = IN_TOTO, version = '0.3', timestamps = [] } = options;
  const signed = message ?? preAuthEncoding(payloadType, payload);
  const key = keyOf(signer);
  const signature = signBytes(key, signed, options.signing);
  const sig = signature.toString('base64');
  const time = options.time ?? new Date(Number(TIME) + MINUTE);
  const content: Pick<BundleJson, 'dsseEnvelope' | 'messageSignature'> =
    message === undefined
      ? {
          dsseEnvelope: {
            payload: Buffer.from(payload).toString('base64'),
            payloadType,
            signatures: [{ sig, keyid: '' }],
          },
        }
      : {
          messageSignature: {
            messageDigest: { algorithm: 'SHA2_256', digest: sha256(message).toString('base64') },
            signature: sig,
          },
        };
  return {
    mediaType:
      version === '0.3'
        ? 'application/vnd.dev.sigstore.bundle.v0.3+json'
        : `application/vnd.dev.sigstore.bundle+json;version=${version}`,
    verificationMaterial: {
      ...material(options, version),
      tlogEntries: (options.logs ?? []).map((log) => logEntry(log, options, content, signed, signature, time)),
      timestampVerificationData: {
        rfc3161Timestamps: timestamps.map((authority) => ({
          signedTimestamp: authority.stamp(signature, time, options.stamping).toString('base64'),
        })),
      },
    },
    ...content,
  };
}

/** A bundle's bytes. */
export const bytesOf = (json: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(json)));

const isHolder = (signer: Holder | Key): signer is Holder => 'der' in signer;
const keyOf = (signer: Holder | Key): Key => (isHolder(signer) ? signer.key : signer);
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md#signature-definition */
export const preAuthEncoding = (type: string, payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.byteLength} `), payload]);

function material(
  { signer, intermediates = [], hint = '' }: BundleOptions,
  version: string,
): Pick<BundleJson['verificationMaterial'], 'certificate' | 'x509CertificateChain' | 'publicKey'> {
  if (!isHolder(signer)) return { publicKey: { hint } };
  if (version === '0.3') return { certificate: { rawBytes: signer.der.toString('base64') } };
  return {
    x509CertificateChain: {
      certificates: [signer, ...intermediates].map((one) => ({ rawBytes: one.der.toString('base64') })),
    },
  };
}

function logEntry(
  log: Log,
  options: BundleOptions,
  content: Pick<BundleJson, 'dsseEnvelope' | 'messageSignature'>,
  signed: Uint8Array,
  signature: Buffer,
  time: Date,
): LogEntry {
  const named = options.logged ?? options.signer;
  const pem = Buffer.from(isHolder(named) ? named.pem : pemOf('PUBLIC KEY', named.spki)).toString('base64');
  const sig = signature.toString('base64');
  const kind =
    options.kind ?? (content.dsseEnvelope === undefined || log.generation === 'v2' ? 'hashedrekord' : 'dsse');
  const payload = Buffer.from(content.dsseEnvelope?.payload ?? '', 'base64');
  const hex = (bytes: Uint8Array) => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
  if (log.generation === 'v2') return logEntry2(log, kind, named, sig, kind === 'dsse' ? payload : signed, time);
  switch (kind) {
    case 'hashedrekord':
      return log.add(
        'hashedrekord',
        '0.0.1',
        { data: { hash: hex(signed) }, signature: { content: sig, publicKey: { content: pem } } },
        time,
      );
    case 'dsse':
      return log.add(
        'dsse',
        '0.0.1',
        {
          envelopeHash: hex(bytesOf(content.dsseEnvelope)),
          payloadHash: hex(payload),
          signatures: [{ signature: sig, verifier: pem }],
        },
        time,
      );
    case 'intoto/0.0.1':
      return log.add(
        'intoto',
        '0.0.1',
        { content: { hash: hex(bytesOf(content.dsseEnvelope)) }, publicKey: pem },
        time,
      );
    case 'intoto/0.0.2': {
      const twice = Buffer.from(sig).toString('base64');
      const envelope = { payloadType: options.payloadType ?? IN_TOTO, signatures: [{ publicKey: pem, sig: twice }] };
      return log.add(
        'intoto',
        '0.0.2',
        { content: { envelope, hash: hex(bytesOf(content.dsseEnvelope)), payloadHash: hex(payload) } },
        time,
      );
    }
  }
}

function logEntry2(
  log: Log,
  kind: string,
  named: Holder | Key,
  content: string,
  recorded: Uint8Array,
  time: Date,
): LogEntry {
  const verifier = isHolder(named)
    ? { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes: named.der.toString('base64') } }
    : { keyDetails: 'PKIX_ECDSA_P256_SHA_256', publicKey: { rawBytes: Buffer.from(named.spki).toString('base64') } };
  const data = { algorithm: 'SHA2_256', digest: sha256(recorded).toString('base64') };
  const spec =
    kind === 'dsse'
      ? { dsseV002: { payloadHash: data, signatures: [{ content, verifier }] } }
      : { hashedRekordV002: { data, signature: { content, verifier } } };
  return log.add(kind, '0.0.2', spec, time);
}
