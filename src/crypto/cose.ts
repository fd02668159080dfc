import { VerdictError } from '../errors.ts';
import { type CborLabel, type CborMap, CborTag, type CborValue, cborHead, parseCbor } from './cbor.ts';
import type { Jwa } from './jwa.ts';

/**
 * A COSE_Sign1 message, decoded and not verified.
 * https://www.rfc-editor.org/rfc/rfc9052#section-4.2
 */
export interface CoseSign1 {
  /** The header that is signed. */
  readonly protected: CborMap;
  /** The header that is not. */
  readonly unprotected: CborMap;
  readonly algorithm: Jwa;
  /** Labels that whoever verifies must understand; empty where the header says none. Each stands in the protected header. */
  readonly critical: readonly CborLabel[];
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** The bytes that are signed. */
  readonly toBeSigned: Uint8Array;
}

/** https://www.rfc-editor.org/rfc/rfc9052#section-3.1, https://www.rfc-editor.org/rfc/rfc9360#section-2 */
export const COSE_LABELS = { alg: 1, crit: 2, contentType: 3, x5chain: 33 } as const;

const SIGN1_TAG = 18;
/** https://www.rfc-editor.org/rfc/rfc9053#section-2.1, https://www.rfc-editor.org/rfc/rfc8230#section-2 */
const ALGORITHMS: ReadonlyMap<unknown, Jwa> = new Map<unknown, Jwa>([
  [-7, 'ES256'],
  [-35, 'ES384'],
  [-36, 'ES512'],
  [-37, 'PS256'],
  [-38, 'PS384'],
  [-39, 'PS512'],
]);
/** Labels everybody understands; they may not be called critical. https://www.rfc-editor.org/rfc/rfc9052#section-3.1 */
const MAX_COMMON_LABEL = 8;

const ARRAY = 4;
const BYTES = 2;
/** The array, its context `Signature1`, and the byte strings of header, external data (none) and payload. */
const CONTEXT = Buffer.concat([cborHead(ARRAY, 4), cborHead(3, 10), Buffer.from('Signature1')]);

/** Reads a tagged COSE_Sign1 message with an attached payload. Throws SIGNATURE_INVALID or LIMIT_EXCEEDED. */
export function parseSign1(bytes: Uint8Array): CoseSign1 {
  const message = parseCbor(bytes, 'the COSE message');
  if (!(message instanceof CborTag) || message.tag !== SIGN1_TAG) throw invalid(`is no COSE_Sign1 (tag ${SIGN1_TAG})`);
  const parts = message.value;
  if (!Array.isArray(parts) || parts.length !== 4) throw invalid('has not the four parts of a COSE_Sign1');
  const [encoded, unprotected, payload, signature]: readonly CborValue[] = parts;
  if (!(encoded instanceof Uint8Array)) throw invalid('has a protected header that is no byte string');
  if (!(unprotected instanceof Map)) throw invalid('has an unprotected header that is no map');
  if (!(payload instanceof Uint8Array)) throw invalid('has no payload in it');
  if (!(signature instanceof Uint8Array) || signature.byteLength === 0) throw invalid('has no signature');
  const header = encoded.byteLength === 0 ? new Map() : parseCbor(encoded, 'the protected header of the COSE message');
  if (!(header instanceof Map)) throw invalid('has a protected header that is no map');
  return {
    ...readHeader(header, unprotected),
    payload,
    signature,
    toBeSigned: Buffer.concat([CONTEXT, byteString(encoded), byteString(new Uint8Array()), byteString(payload)]),
  };
}

function readHeader(
  header: CborMap,
  unprotected: CborMap,
): Pick<CoseSign1, 'protected' | 'unprotected' | 'algorithm' | 'critical'> {
  // https://www.rfc-editor.org/rfc/rfc9052#section-3: or an unsigned value could stand in for a signed one.
  const both = [...unprotected.keys()].find((label) => header.has(label));
  if (both !== undefined) throw invalid(`has ${JSON.stringify(both)} in both headers`);
  if (unprotected.has(COSE_LABELS.crit)) throw invalid('has "crit" in the unprotected header');
  const algorithm = ALGORITHMS.get(header.get(COSE_LABELS.alg));
  if (algorithm === undefined) throw invalid('has no algorithm that is trusted (ECDSA or RSASSA-PSS)');
  return { protected: header, unprotected, algorithm, critical: readCritical(header) };
}

function readCritical(header: CborMap): readonly CborLabel[] {
  const labels = header.get(COSE_LABELS.crit);
  if (labels === undefined) return [];
  if (!Array.isArray(labels) || labels.length === 0) throw invalid('has a "crit" that is no list of labels');
  return labels.map((label: CborValue, index) => {
    const isLabel = typeof label === 'string' || (typeof label === 'number' && (label < 0 || label > MAX_COMMON_LABEL));
    if (!isLabel) throw invalid('calls something critical that may not be');
    if (!header.has(label)) throw invalid(`lacks the critical header ${JSON.stringify(label)}`);
    if (labels.indexOf(label) < index) throw invalid(`calls ${JSON.stringify(label)} critical twice`);
    return label;
  });
}

/** https://www.rfc-editor.org/rfc/rfc9052#section-4.4: heads in their shortest form, whatever the message has. */
const byteString = (bytes: Uint8Array): Uint8Array => Buffer.concat([cborHead(BYTES, bytes.byteLength), bytes]);

const invalid = (message: string): VerdictError => new VerdictError('SIGNATURE_INVALID', `the COSE message ${message}`);
