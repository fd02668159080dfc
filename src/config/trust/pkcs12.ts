import { timingSafeEqual } from 'node:crypto';
import forge from 'node-forge';
import { VerdictError } from '../../errors.ts';

/** Most rounds of key derivation: tools write 2,000 to 600,000, and each costs a microsecond or more. */
const MAX_ITERATIONS = 1_000_000;

type Node = forge.asn1.Asn1;

const { asn1, md, pkcs12 } = forge;

/** https://www.rfc-editor.org/rfc/rfc7292#appendix-D */
const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  pbes2: '1.2.840.113549.1.5.13',
} as const;

/** Digests of the integrity check by object identifier. */
const DIGESTS = new Map<string, () => forge.md.MessageDigest>([
  ['1.3.14.3.2.26', () => md.sha1.create()],
  ['2.16.840.1.101.3.4.2.1', () => md.sha256.create()],
  ['2.16.840.1.101.3.4.2.2', () => md.sha384.create()],
  ['2.16.840.1.101.3.4.2.3', () => md.sha512.create()],
]);

/** The library's decryption by password, which its type declarations leave out. */
interface PasswordEncryption {
  getCipher(oid: string, parameters: Node, password: string | null): Decryption;
}
interface Decryption {
  update(input: forge.util.ByteStringBuffer): void;
  finish(): boolean;
  readonly output: forge.util.ByteStringBuffer;
}
const { pbe } = forge.pki as unknown as { readonly pbe: PasswordEncryption };

/**
 * The certificates in a PKCS#12 file, DER as it stands there: the library's own reader takes only certificates with RSA
 * keys and writes them anew. Private keys are never decrypted. Throws TRUST_INVALID or LIMIT_EXCEEDED.
 */
export function pkcs12Certificates(bytes: Uint8Array, password: string | undefined): readonly Uint8Array[] {
  try {
    const pfx = parse(Buffer.from(bytes).toString('latin1'));
    const safe = contentOf(child(pfx, 1));
    // Without a password some tools derive keys from the empty one, others from none.
    const passwords = password === undefined ? ['', null] : [password];
    const fitting = passwords.find((one) => hasIntegrity(pfx, safe, one));
    if (fitting === undefined) {
      throw new VerdictError(
        'TRUST_INVALID',
        'the PKCS#12 password is wrong: set `passwordEnv` or `passwordFile`, or write the file again',
      );
    }
    const certificates = children(parse(safe)).flatMap((info) => certificatesIn(info, fitting));
    if (certificates.length > 0) return certificates;
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    throw new VerdictError('TRUST_INVALID', `the PKCS#12 file cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new VerdictError('TRUST_INVALID', 'the PKCS#12 file holds no certificates');
}

/** https://www.rfc-editor.org/rfc/rfc7292#section-4 */
function hasIntegrity(pfx: Node, safe: string, password: string | null): boolean {
  const macData = children(pfx)[2];
  if (macData === undefined) return true;
  const algorithm = oidOf(child(child(child(macData, 0), 0), 0));
  const digest = DIGESTS.get(algorithm)?.();
  if (digest === undefined) {
    throw new VerdictError(
      'TRUST_INVALID',
      `its integrity algorithm ${algorithm} is not known; write the file again with \`-macalg sha256\`, or as PEM`,
    );
  }
  const iterations = children(macData)[2];
  const rounds = iterations === undefined ? 1 : bounded(iterations);
  const salt = forge.util.createBuffer(octets(child(macData, 1)));
  const hmac = forge.hmac.create();
  hmac.start(digest, pkcs12.generateKey(password, salt, 3, rounds, digest.digestLength, digest));
  hmac.update(safe);
  const expected = Buffer.from(octets(child(child(macData, 0), 1)), 'latin1');
  const actual = Buffer.from(hmac.getMac().getBytes(), 'latin1');
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** https://www.rfc-editor.org/rfc/rfc7292#section-4.1 */
function certificatesIn(info: Node, password: string | null): readonly Uint8Array[] {
  const kind = oidOf(child(info, 0));
  if (kind === OID.data) return certificateBags(contentOf(info));
  return kind === OID.encryptedData ? certificateBags(decrypt(child(child(info, 1), 0), password)) : [];
}

/** https://www.rfc-editor.org/rfc/rfc5652#section-8 */
function decrypt(encryptedData: Node, password: string | null): string {
  const content = child(encryptedData, 1);
  const algorithm = oidOf(child(child(content, 1), 0));
  const parameters = child(child(content, 1), 1);
  boundAll(parameters);
  const cipher = pbe.getCipher(algorithm, parameters, algorithm === OID.pbes2 ? (password ?? '') : password);
  cipher.update(forge.util.createBuffer(octets(child(content, 2))));
  if (!cipher.finish()) throw new TypeError('its content does not decrypt with this password');
  return cipher.output.getBytes();
}

/** https://www.rfc-editor.org/rfc/rfc7292#section-4.2.3; bags of other kinds are passed over. */
const certificateBags = (safeContents: string): readonly Uint8Array[] =>
  children(parse(safeContents)).flatMap((bag) => {
    if (oidOf(child(bag, 0)) !== OID.certBag) return [];
    const certificate = child(child(bag, 1), 0);
    if (oidOf(child(certificate, 0)) !== OID.x509Certificate) return [];
    return [new Uint8Array(Buffer.from(octets(child(child(certificate, 1), 0)), 'latin1'))];
  });

/** Of a ContentInfo of type `data`: its bytes. */
function contentOf(info: Node): string {
  if (oidOf(child(info, 0)) !== OID.data) throw new TypeError('it is protected by a public key, not by a password');
  return octets(child(child(info, 1), 0));
}

const parse = (bytes: string): Node => asn1.fromDer(bytes);

const children = ({ value }: Node): readonly Node[] => (Array.isArray(value) ? value : []);

function child(node: Node, index: number): Node {
  const found = children(node)[index];
  if (found === undefined) throw new TypeError('its structure ends too early');
  return found;
}

const oidOf = ({ value }: Node): string => (typeof value === 'string' ? asn1.derToOid(value) : '');

/** Of an OCTET STRING, in one piece or (BER) in several. */
const octets = ({ value }: Node): string => (Array.isArray(value) ? value.map(octets).join('') : String(value));

/** Every number in the parameters of an encryption: one of them is the iteration count. */
function boundAll(node: Node): void {
  if (node.type === asn1.Type.INTEGER) bounded(node);
  else for (const inner of children(node)) boundAll(inner);
}

function bounded(node: Node): number {
  const hex = Buffer.from(octets(node), 'latin1').toString('hex');
  const value = hex.length > 12 ? Number.POSITIVE_INFINITY : Number.parseInt(hex, 16);
  if (value <= MAX_ITERATIONS) return value;
  throw new VerdictError(
    'LIMIT_EXCEEDED',
    `the PKCS#12 file asks for more than ${MAX_ITERATIONS} rounds of key derivation`,
  );
}
