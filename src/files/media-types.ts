import { bareMediaType, MEDIA_TYPES } from '../descriptor.ts';
import { parseMember, scanJson } from '../json.ts';

/** Media types without a registered name are the ones their projects use, or a name of that kind. */
const TYPES = {
  spdx: 'application/spdx+json',
  spdxText: 'text/spdx',
  cyclonedx: 'application/vnd.cyclonedx+json',
  cyclonedxXml: 'application/vnd.cyclonedx+xml',
  sarif: 'application/sarif+json',
  openvex: 'application/vnd.openvex+json',
  intoto: 'application/vnd.in-toto+json',
  bundle: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  dsse: 'application/vnd.dsse.envelope.v1+json',
  /** The bytes of a signature and nothing else, and cosign's first bundle of a file: nobody registered a name. */
  signature: 'application/vnd.dev.sigstore.signature',
  blobBundle: 'application/vnd.dev.cosign.blob-bundle+json',
  jws: 'application/jose+json',
  cose: 'application/cose',
  lines: 'application/x-ndjson',
  grype: 'application/vnd.anchore.grype+json',
  trivy: 'application/vnd.aquasec.trivy+json',
  json: 'application/json',
  xml: 'application/xml',
} as const;

/** What a file's name says of its content: whole names first, then endings, the longer before the shorter. */
const BY_NAME: ReadonlyArray<readonly [RegExp, string]> = [
  [/^(?:.*\.)?(?:cdx|bom)\.json$/, TYPES.cyclonedx],
  [/^(?:.*\.)?(?:cdx|bom)\.xml$/, TYPES.cyclonedxXml],
  [/^(?:vex|.*\.openvex)\.json$/, TYPES.openvex],
  [/\.spdx\.json$/, TYPES.spdx],
  [/\.spdx$/, TYPES.spdxText],
  [/\.sarif(?:\.json)?$/, TYPES.sarif],
  [/\.intoto\.json$/, TYPES.intoto],
  [/\.jsonl$/, TYPES.lines],
  [/\.sigstore(?:\.json)?$/, TYPES.bundle],
  [/\.dsse(?:\.json)?$/, TYPES.dsse],
  [/\.jws(?:\.sig)?$/, TYPES.jws],
  [/\.cose(?:\.sig)?$/, TYPES.cose],
  [/\.sig$/, TYPES.signature],
  [/\.json$/, TYPES.json],
  [/\.xml$/, TYPES.xml],
  [/\.tar$/, 'application/x-tar'],
  [/\.tgz$/, 'application/x-tar+gzip'],
  [/\.zip$/, 'application/zip'],
  [/\.jar$/, 'application/java-archive'],
  [/\.whl$/, 'application/zip'],
  [/\.deb$/, 'application/vnd.debian.binary-package'],
  [/\.rpm$/, 'application/x-rpm'],
  [/\.wasm$/, 'application/wasm'],
  [/\.txt$/, 'text/plain'],
];

/** Compressed files keep the type of what they hold, with the structured suffix that the verifiers unpack by. */
const COMPRESSIONS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\.gz$/, '+gzip'],
  [/\.zst$/, '+zstd'],
];

/** The media type that a file's name stands for; application/octet-stream where it stands for none. */
export function mediaTypeOfName(name: string): string {
  const lower = name.toLowerCase();
  const [ending, suffix] = COMPRESSIONS.find(([pattern]) => pattern.test(lower)) ?? [undefined, ''];
  const inner = ending === undefined ? lower : lower.replace(ending, '');
  const found = BY_NAME.find(([pattern]) => pattern.test(inner))?.[1];
  return found === undefined && suffix !== ''
    ? `application/${suffix.slice(1)}`
    : `${found ?? MEDIA_TYPES.octetStream}${suffix}`;
}

const OPEN: ReadonlySet<string> = new Set([
  TYPES.json,
  TYPES.xml,
  TYPES.lines,
  TYPES.signature,
  MEDIA_TYPES.octetStream,
]);

/** Whether the name leaves open what the content is. */
export const isOpen = (mediaType: string): boolean => OPEN.has(mediaType);

/** Longest member looked at: what tells types apart is short, and parsing a long one would double the document in memory. */
const MAX_MEMBER_BYTES = 4096;

/** The value of a top-level member, undefined where there is none. */
type Get = (key: string) => unknown;

const startsWith = (value: unknown, start: string): boolean => typeof value === 'string' && value.startsWith(start);
/** `@context` is a text, or a list that holds one. */
const hasContext = (value: unknown, start: string): boolean =>
  startsWith(value, start) || (Array.isArray(value) && value.some((one) => startsWith(one, start)));

/** What the members of a JSON document say it is. The first that fits counts. */
const BY_CONTENT: ReadonlyArray<readonly [(get: Get, has: (key: string) => boolean) => boolean, string]> = [
  [
    (get) => startsWith(get('spdxVersion'), 'SPDX-') || hasContext(get('@context'), 'https://spdx.org/rdf/'),
    TYPES.spdx,
  ],
  [(get) => get('bomFormat') === 'CycloneDX', TYPES.cyclonedx],
  [(get, has) => has('runs') && (get('version') === '2.1.0' || String(get('$schema')).includes('sarif')), TYPES.sarif],
  [(get) => hasContext(get('@context'), 'https://openvex.dev/ns'), TYPES.openvex],
  [(get) => startsWith(get('_type'), 'https://in-toto.io/Statement/'), TYPES.intoto],
  [(get, has) => typeof get('payloadType') === 'string' && has('payload') && has('signatures'), TYPES.dsse],
  [(_, has) => has('payload') && has('protected') && has('signature'), TYPES.jws],
  [(_, has) => has('base64Signature'), TYPES.blobBundle],
  [(_, has) => has('matches') && has('descriptor'), TYPES.grype],
  [(get, has) => get('SchemaVersion') === 2 && (has('Results') || has('ArtifactName')), TYPES.trivy],
];

/**
 * The media type of content whose name leaves it open. What a policy could not read anyway (duplicate keys, broken JSON)
 * stays what its name said.
 */
export function mediaTypeOfContent(bytes: Uint8Array, named: string): string {
  switch (named) {
    case TYPES.xml:
      return isCycloneDxXml(bytes) ? TYPES.cyclonedxXml : named;
    case TYPES.lines:
      return typeOfLines(firstLine(bytes)) ?? signatureType(typeOfJson(bytes)) ?? named;
    case TYPES.signature:
      return isCose(bytes) ? TYPES.cose : (typeOfJson(bytes) ?? (isSignature(bytes) ? named : MEDIA_TYPES.octetStream));
    default:
      return isCose(bytes) ? TYPES.cose : (typeOfJson(bytes) ?? named);
  }
}

/** Undefined where it does not tell. */
function typeOfJson(bytes: Uint8Array): string | undefined {
  try {
    const { members } = scanJson(bytes);
    const has = (key: string): boolean => members.has(key);
    const get = (key: string): unknown => {
      const member = members.get(key);
      return member !== undefined && member.end - member.start <= MAX_MEMBER_BYTES
        ? parseMember(bytes, member)
        : undefined;
    };
    const bundle = get('mediaType');
    if (typeof bundle === 'string' && isBundle(bundle)) return bundle;
    return BY_CONTENT.find(([fits]) => fits(get, has))?.[1];
  } catch {
    return undefined;
  }
}

/** Lines of signatures are named for them; lines of anything else are only lines. */
const typeOfLines = (line: Uint8Array): string | undefined =>
  signatureType(typeOfJson(line))?.replace(/\+json$/, '+jsonl');

/** The type without parameters, if it is that of an envelope or a bundle. */
function signatureType(type: string | undefined): string | undefined {
  return type !== undefined && (type === TYPES.dsse || isBundle(type)) ? bareMediaType(type) : undefined;
}

/** The first line that is not blank. */
function firstLine(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte > 0x20);
  if (start < 0) return bytes.subarray(0, 0);
  const end = bytes.indexOf(0x0a, start);
  return bytes.subarray(start, end < 0 ? bytes.byteLength : end);
}

/** The tag of COSE_Sign1, and the array of four under it. https://www.rfc-editor.org/rfc/rfc9052#section-4.2 */
const isCose = (bytes: Uint8Array): boolean => bytes[0] === 0xd2 && bytes[1] === 0x84;

/** Longest signature alone: others are called `.sig` too. */
const MAX_SIGNATURE_BYTES = 128 * 1024;

/** Whether content is base64 text or begins as a DER signature does; PGP, minisign and signify are neither. */
function isSignature(bytes: Uint8Array): boolean {
  if (bytes.byteLength > MAX_SIGNATURE_BYTES) return false;
  const [tag, length] = bytes;
  if (tag === 0x30 && (length === bytes.byteLength - 2 || length === 0x81)) return true;
  return /^[A-Za-z0-9+/]+=*$/.test(Buffer.from(bytes).toString('latin1').replace(/\s/g, ''));
}

/** https://github.com/sigstore/protobuf-specs/blob/v0.5.1/protos/sigstore_bundle.proto */
const isBundle = (mediaType: string): boolean =>
  /^application\/vnd\.dev\.sigstore\.bundle(?:\.v[0-9.]+)?\+json$/.test(bareMediaType(mediaType));

/** Bytes of an XML document in which its root element has begun. */
const XML_HEAD_BYTES = 4096;

function isCycloneDxXml(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, XML_HEAD_BYTES)).toString('latin1');
  return head.includes('http://cyclonedx.org/schema/bom/');
}
