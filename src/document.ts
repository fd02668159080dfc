import { digestOf } from './descriptor.ts';
import { VerdictError } from './errors.ts';
import { isObject, parseMember } from './json.ts';
import type { Validator } from './schema.ts';
import type { Statement } from './statement.ts';
import { isTagValue, TAG_VALUE_TYPE, tagValueJson } from './tag-value.ts';

/** A JSON value that a policy can take. */
export interface Document {
  /** What it is: the predicate type, else the media type without parameters. */
  readonly type: string;
  /** Its key in the evidence: digest of the bytes as they were found. */
  readonly key: string;
  /** The JSON text. */
  readonly bytes: Uint8Array;
}

/** Validators by document type. */
export type Schemas = ReadonlyMap<string, Validator>;

/** Faults told in one message. */
const FAULTS_TOLD = 5;

/** The document of bytes that `scanJson` accepted, or of one member in them. */
export const jsonDocument = (bytes: Uint8Array, type: string): Document => ({ type, key: digestOf(bytes), bytes });

/** The document of tag-value SPDX. Throws DOCUMENT_INVALID or LIMIT_EXCEEDED. */
export const tagValueDocument = (content: Uint8Array): Document => ({
  type: TAG_VALUE_TYPE,
  key: digestOf(content),
  bytes: tagValueJson(content),
});

/** Predicate types of SPDX: `https://spdx.dev/Document`, with a version or without. */
const SPDX_PREDICATE = /^https:\/\/spdx\.dev\/Document(?:\/|$)/;

/**
 * The predicate of a statement; undefined if it has none. cosign wrote tag-value SPDX as a JSON string, earlier as its
 * `Data`: that is read as what it is. Throws DOCUMENT_INVALID or LIMIT_EXCEEDED where that text is malformed.
 */
export function predicateDocument({ header, predicate }: Statement): Document | undefined {
  if (predicate === undefined) return undefined;
  const text = SPDX_PREDICATE.test(header.predicateType) ? wrappedTagValue(predicate) : undefined;
  return text === undefined ? jsonDocument(predicate, header.predicateType) : tagValueDocument(Buffer.from(text));
}

/** Tag-value text that is a JSON string, or the member `Data` of an object. */
function wrappedTagValue(predicate: Uint8Array): string | undefined {
  // Cheap, and almost never true: only then is it worth parsing.
  if (!view(predicate).includes('"SPDXVersion:')) return undefined;
  const value = parseMember(predicate, { start: 0, end: predicate.byteLength });
  const text = isObject(value) ? value.Data : value;
  return typeof text === 'string' && isTagValue(Buffer.from(text)) ? text : undefined;
}

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** SCHEMA_MISMATCH with the first places, if the document does not fit the schema of its type. */
export function schemaFault(document: Document, validator: Validator): VerdictError | undefined {
  const value = parseMember(document.bytes, { start: 0, end: document.bytes.byteLength });
  const faults = validator.validate(value);
  if (faults.length === 0) return undefined;
  const places = faults.slice(0, FAULTS_TOLD).map(({ pointer, message }) => `${pointer || '(root)'} ${message}`);
  const more = faults.length > FAULTS_TOLD ? '; and more' : '';
  return new VerdictError('SCHEMA_MISMATCH', `it does not fit ${validator.name}: ${places.join('; ')}${more}`);
}
