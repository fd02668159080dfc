import { bareMediaType, digestOf } from '../../descriptor.ts';
import { jsonDocument, predicateDocument, tagValueDocument } from '../../document.ts';
import { VerdictError } from '../../errors.ts';
import { type JsonScan, scanJson } from '../../json.ts';
import { bindStatement, isStatement, parseStatement } from '../../statement.ts';
import { isTagValue, TAG_VALUE_TYPE } from '../../tag-value.ts';
import { readHeader } from './header.ts';
import {
  attempt,
  bad,
  handOver,
  type Known,
  type Reading,
  type Surroundings,
  unread,
  withCheck,
  withSubjects,
} from './reading.ts';
import { readSimpleSigning, SIMPLE_SIGNING_TYPE } from './simple-signing.ts';

/** The one payload type of statements. https://github.com/in-toto/attestation/blob/v1.1.1/spec/v1/envelope.md */
const STATEMENT_TYPE = 'application/vnd.in-toto+json';

/** What was signed, or stands unsigned beside what was. */
export type Content =
  | { readonly kind: 'envelope'; readonly payloadType: string; readonly payload: Uint8Array }
  | { readonly kind: 'simpleSigning'; readonly payload: Uint8Array }
  /** The subject itself. `type`: of the signature; `digest`: of the subject, as the signature says; empty where it does not. */
  | { readonly kind: 'message'; readonly type: string; readonly digest: string }
  | { readonly kind: 'document'; readonly type: string; readonly bytes: Uint8Array };

/** Reads content and binds it. Returns for whatever it is. */
export function readContent(content: Content, surroundings: Surroundings): Reading {
  const { subject } = surroundings;
  switch (content.kind) {
    case 'envelope': {
      const { payloadType, payload } = content;
      const facts = { type: mediaTypeName(payloadType), subjects: [subject], payload: digestOf(payload) };
      return readPayload(payload, payloadType, { ...surroundings, facts });
    }
    case 'simpleSigning': {
      const facts = { type: SIMPLE_SIGNING_TYPE, subjects: [subject], payload: digestOf(content.payload) };
      return readImageSignature(content.payload, { ...surroundings, facts });
    }
    case 'message':
      return readMessage(content.digest, {
        ...surroundings,
        facts: { type: content.type, subjects: [subject], payload: subject },
      });
    case 'document': {
      const { type, bytes } = content;
      const facts = { type: mediaTypeName(type), subjects: [subject] };
      return readUnsigned(bytes, mediaTypeName(type), { ...surroundings, facts });
    }
  }
}

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md: the payload is what its type says, or nothing. */
function readPayload(payload: Uint8Array, payloadType: string, known: Known): Reading {
  const scan = attempt(() => scanJson(payload, 'the payload'));
  const isOne = !(scan instanceof VerdictError) && isStatement(payload, scan.members);
  if (payloadType === STATEMENT_TYPE) {
    if (scan instanceof VerdictError) return readUntakable(payload, scan, known);
    if (isOne) return readStatement(payload, scan, withCheck('payloadType', known));
  }
  if (isOne !== (payloadType === STATEMENT_TYPE)) {
    const message = `the payload is ${isOne ? 'a' : 'no'} statement, but its payloadType says ${payloadType}`;
    return bad('payloadType', new VerdictError('STATEMENT_INVALID', message), known);
  }
  return readDocument(payload, scan, mediaTypeName(payloadType), known);
}

/** What should be a statement and is not JSON that a policy can take. Only its predicate may be at fault. */
function readUntakable(payload: Uint8Array, fault: VerdictError, known: Known): Reading {
  const header = attempt(() => readHeader(payload));
  if (header === undefined || header instanceof VerdictError || !isStatement(header.bytes, header.scan.members)) {
    return bad('payloadType', fault, known);
  }
  return readStatement(header.bytes, header.scan, withCheck('payloadType', known), fault);
}

/** A statement, or a document of any kind, that lies beside signatures. */
function readUnsigned(bytes: Uint8Array, type: string, known: Known): Reading {
  const scan = attempt(() => scanJson(bytes));
  const isOne = !(scan instanceof VerdictError) && isStatement(bytes, scan.members);
  return isOne ? readStatement(bytes, scan, known) : readDocument(bytes, scan, type, known);
}

/** A document that does not say of what it speaks. */
function readDocument(bytes: Uint8Array, scan: JsonScan | VerdictError, type: string, known: Known): Reading {
  if (isTagValue(bytes) || (scan instanceof VerdictError && type === TAG_VALUE_TYPE)) {
    return handOver('unbound', () => tagValueDocument(bytes), known);
  }
  if (scan instanceof VerdictError) return unread('unbound', scan, known);
  return handOver('unbound', () => jsonDocument(bytes, type), known);
}

/** `fault`: why the predicate is not read. */
function readStatement(bytes: Uint8Array, { members }: JsonScan, outer: Known, fault?: VerdictError): Reading {
  const statement = attempt(() => parseStatement(bytes, members));
  if (statement instanceof VerdictError) return bad('payloadType', statement, outer);
  const { header } = statement;
  const known = { ...outer, facts: { ...outer.facts, type: header.predicateType, statement: header } };
  const subjects = attempt(() => bindStatement(statement, known.about));
  if (subjects instanceof VerdictError) return bad('subject', subjects, withSubjects([], known));
  const bound = withCheck('subject', withSubjects(subjects, known));
  return fault === undefined
    ? handOver('bound', () => predicateDocument(statement), bound)
    : unread('bound', fault, bound);
}

function readImageSignature(payload: Uint8Array, known: Known): Reading {
  const read = attempt(() => readSimpleSigning(payload));
  if (read instanceof VerdictError) return bad('payloadType', read, known);
  if (typeof read !== 'string') return bad(read.check, read.error, known);
  const typed = withCheck('payloadType', known);
  const subject = known.about.get(read);
  if (subject === undefined) return bad('subject', mismatch(read), withSubjects([], typed));
  const bound = withCheck('subject', withSubjects([subject], typed));
  return handOver('bound', () => jsonDocument(payload, SIMPLE_SIGNING_TYPE), bound);
}

function readMessage(digest: string, known: Known): Reading {
  if (digest !== '' && digest !== known.subject && known.about.get(digest) !== known.subject) {
    return bad('subject', mismatch(digest), withSubjects([], known));
  }
  const { facts } = withCheck('subject', known);
  return { outcome: 'bound', message: '', facts: { ...facts, read: true }, document: undefined };
}

/** Longest digest that a message repeats: it is somebody else's text. */
const MAX_TOLD_DIGEST_LENGTH = 150;

const mismatch = (digest: string): VerdictError =>
  new VerdictError(
    'SUBJECT_MISMATCH',
    `the signature is of ${digest.slice(0, MAX_TOLD_DIGEST_LENGTH)}, not of what it was found at`,
  );

/** Longest media type that names a document (RFC 6838 allows 255 characters); longer ones tell nothing. */
const MAX_MEDIA_TYPE_LENGTH = 255;

/** A media type without parameters; empty if it is too long to be one. */
export const mediaTypeName = (type: string): string => (type.length > MAX_MEDIA_TYPE_LENGTH ? '' : bareMediaType(type));
