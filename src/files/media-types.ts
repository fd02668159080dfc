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

/** Whether the name leaves open what the content is. */
export const isOpen = (mediaType: string): boolean => mediaType === TYPES.json || mediaType === TYPES.xml;

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
  [(_, has) => has('matches') && has('descriptor'), TYPES.grype],
  [(get, has) => get('SchemaVersion') === 2 && (has('Results') || has('ArtifactName')), TYPES.trivy],
];

/**
 * The media type of a JSON or XML document by its content. What a policy could not read anyway (duplicate keys, broken
 * JSON) stays what its name said.
 */
export function mediaTypeOfContent(bytes: Uint8Array, named: string): string {
  if (named === TYPES.xml) return isCycloneDxXml(bytes) ? TYPES.cyclonedxXml : named;
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
    return BY_CONTENT.find(([fits]) => fits(get, has))?.[1] ?? named;
  } catch {
    return named;
  }
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
