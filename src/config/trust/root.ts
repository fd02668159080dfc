import { createPublicKey, X509Certificate } from 'node:crypto';
import { parsePublicKey, publicKey } from '../../crypto/keys.ts';
import { digestOf } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';
import { isObject, parseJson } from '../../json.ts';
import type { TrustedRoot } from '../../trust.ts';

/** Most logs or authorities of a kind: the public-good instance has two after five years. */
const MAX_INSTANCES = 64;
/** Most certificates of one chain. */
const MAX_CHAIN = 10;
/** Largest key or certificate. */
const MAX_RAW_BYTES = 64 * 1024;

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[12]|\.v0\.[12]\+json)$/;
const HASH_ALGORITHMS = ['SHA2_256', 'SHA2_384', 'SHA2_512', 'SHA3_256', 'SHA3_384'];
/** https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_common.proto, those whose keys can be used. */
const KEY_DETAILS =
  /^(?:PKCS1_RSA_(?:PKCS1V5|PSS)|PKIX_RSA_(?:PKCS1V5|PSS|(?:PKCS1V15|PSS)_(?:2048|3072|4096)_SHA256)|PKIX_ECDSA_(?:P256_SHA_256|P256_HMAC_SHA_256|P384_SHA_(?:256|384)|P521_SHA_(?:256|512))|PKIX_ED25519(?:_PH)?)$/;
/** RFC 3339, as Protocol Buffers write a Timestamp in JSON. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * A trusted root from the bytes of its JSON. Stricter than Sigstore's own clients: what they would pass over or take as
 * "since ever" is refused. Throws TRUST_INVALID with the place of the first fault.
 */
export function parseTrustedRoot(bytes: Uint8Array, source: string): TrustedRoot {
  const json = parseJson(bytes, `${source} is not one trusted root (of JSON lines, keep one)`, 'TRUST_INVALID');
  if (!isObject(json)) throw invalid(source, 'it is no JSON object');
  const { mediaType } = json;
  if (typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType)) {
    throw invalid(source, '`mediaType` is not that of a trusted root (version 0.1 or 0.2)');
  }
  try {
    for (const [at, log] of instances(json, 'tlogs')) checkLog(log, at);
    for (const [at, log] of instances(json, 'ctlogs')) checkLog(log, at);
    for (const [at, authority] of instances(json, 'certificateAuthorities')) checkAuthority(authority, at);
    for (const [at, authority] of instances(json, 'timestampAuthorities')) checkAuthority(authority, at);
  } catch (thrown) {
    if (thrown instanceof VerdictError) throw invalid(source, thrown.message);
    throw thrown;
  }
  return { source, digest: digestOf(bytes), json };
}

/** How many of a kind a root has. */
export const countOf = ({ json }: TrustedRoot, kind: 'tlogs' | 'ctlogs' | 'certificateAuthorities'): number => {
  const list = json[kind];
  return Array.isArray(list) ? list.length : 0;
};

function instances(json: Fields, kind: string): ReadonlyArray<readonly [string, Fields]> {
  const list = json[kind];
  return list === undefined ? [] : elements(list, kind, MAX_INSTANCES);
}

function elements(list: unknown, place: string, most: number): ReadonlyArray<readonly [string, Fields]> {
  if (!Array.isArray(list)) throw fault(place, 'is no list');
  if (list.length > most) throw fault(place, `has more than ${most} elements`);
  return list.map((item: unknown, index) => [`${place}[${index}]`, object(item, `${place}[${index}]`)] as const);
}

function checkLog(log: Fields, place: string): void {
  optionalText(log.baseUrl, `${place}.baseUrl`);
  optionalText(log.operator, `${place}.operator`);
  if (log.hashAlgorithm !== undefined && !HASH_ALGORITHMS.some((name) => name === log.hashAlgorithm)) {
    throw fault(`${place}.hashAlgorithm`, `is none of ${HASH_ALGORITHMS.join(', ')}`);
  }
  const ids = [log.logId, log.checkpointKeyId].filter((id) => id !== undefined);
  if (ids.length === 0) throw fault(`${place}.logId`, 'is missing');
  for (const id of ids) bytesOf(object(id, `${place}.logId`).keyId, `${place}.logId.keyId`);
  const key = object(log.publicKey, `${place}.publicKey`);
  checkKey(key, `${place}.publicKey`);
  // Readers take a log without it as valid since ever.
  checkPeriod(object(key.validFor, `${place}.publicKey.validFor`), `${place}.publicKey.validFor`, true);
}

function checkKey({ rawBytes, keyDetails }: Fields, place: string): void {
  if (typeof keyDetails !== 'string' || !KEY_DETAILS.test(keyDetails)) {
    throw fault(`${place}.keyDetails`, 'names no kind of key that can be used');
  }
  const der = bytesOf(rawBytes, `${place}.rawBytes`);
  try {
    parsePublicKey(der);
  } catch (notSpki) {
    try {
      // The kinds `PKCS1_…` are RSAPublicKey structures; some roots have them under newer names.
      publicKey(createPublicKey({ key: der, format: 'der', type: 'pkcs1' }));
    } catch (thrown) {
      throw fault(`${place}.rawBytes`, (thrown instanceof VerdictError ? thrown : (notSpki as Error)).message);
    }
  }
}

function checkAuthority(authority: Fields, place: string): void {
  optionalText(authority.uri, `${place}.uri`);
  optionalText(authority.operator, `${place}.operator`);
  const chain = object(authority.certChain, `${place}.certChain`);
  const certificates = elements(chain.certificates, `${place}.certChain.certificates`, MAX_CHAIN);
  if (certificates.length === 0) throw fault(`${place}.certChain.certificates`, 'is empty');
  for (const [at, { rawBytes }] of certificates) checkCertificate(bytesOf(rawBytes, `${at}.rawBytes`), at);
  if (authority.validFor !== undefined) {
    checkPeriod(object(authority.validFor, `${place}.validFor`), `${place}.validFor`, false);
  }
}

function checkCertificate(der: Buffer, place: string): void {
  try {
    if (new X509Certificate(der).raw.equals(der)) return;
  } catch (cause) {
    throw fault(place, 'is no certificate', cause);
  }
  throw fault(place, 'is not one DER certificate');
}

function checkPeriod(period: Fields, place: string, needsStart: boolean): void {
  if (needsStart && period.start === undefined) throw fault(`${place}.start`, 'is missing');
  const start = instant(period.start, `${place}.start`);
  const end = instant(period.end, `${place}.end`);
  if (start !== undefined && end !== undefined && end < start) throw fault(`${place}.end`, 'is before its start');
}

function instant(value: unknown, place: string): number | undefined {
  if (value === undefined) return undefined;
  const time = typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw fault(place, 'is no time');
  return time;
}

function bytesOf(value: unknown, place: string): Buffer {
  if (typeof value !== 'string' || !BASE64.test(value)) throw fault(place, 'is no base64');
  if (value.length > MAX_RAW_BYTES) throw fault(place, `has more than ${MAX_RAW_BYTES} characters`);
  return Buffer.from(value, 'base64');
}

function optionalText(value: unknown, place: string): void {
  if (value !== undefined && typeof value !== 'string') throw fault(place, 'is no text');
}

function object(value: unknown, place: string): Fields {
  if (!isObject(value)) throw fault(place, value === undefined ? 'is missing' : 'is no object');
  return value;
}

const fault = (place: string, message: string, cause?: unknown): VerdictError =>
  new VerdictError('TRUST_INVALID', `${place} ${message}`, { cause });

const invalid = (source: string, message: string): VerdictError =>
  new VerdictError('TRUST_INVALID', `${source} is no trusted root that can be used: ${message}`);
