import { type DsseEnvelope, isEnvelope, parseEnvelope } from '../../crypto/dsse.ts';
import { digestOf } from '../../descriptor.ts';
import {
  type Document,
  jsonDocument,
  predicateDocument,
  type Schemas,
  schemaFault,
  tagValueDocument,
} from '../../document.ts';
import { VerdictError } from '../../errors.ts';
import { type JsonScan, scanJson } from '../../json.ts';
import { type CheckName, failed, passed, type Report, type report } from '../../report.ts';
import { bindStatement, isStatement, parseStatement } from '../../statement.ts';
import { isTagValue, TAG_VALUE_TYPE } from '../../tag-value.ts';
import { type Bundle, parseBundle } from './bundle.ts';
import { announcedWrapping, innerType, isBundle, isStatementType, reasonUnread, type Wrapping } from './forms.ts';

/** What a text is read against. */
export interface Surroundings {
  /** Digest of what the artifact is attached to. */
  readonly subject: string;
  /** See `Exhibit.about`. */
  readonly about: ReadonlyMap<string, string>;
  readonly schemas: Schemas;
}

type Facts = NonNullable<Parameters<typeof report>[3]>;

/** What one text says: of a report, everything but who reports and where the text stood. */
export interface Reading {
  readonly outcome: Report['outcome'];
  readonly message: string;
  readonly facts: Facts;
  /** Bytes of the document, where `facts.document` is its key. */
  readonly document: Uint8Array | undefined;
}

/** What is known on the way to the document: it grows from layer to envelope to statement. */
interface Known extends Surroundings {
  /** What the document is said to be. */
  readonly type: string;
  /** How it came, for messages. */
  readonly form: string;
  readonly facts: Facts;
}

/**
 * Reads one text by its content; `type` is what it is said to be. A bundle leads to its envelope, an envelope to its
 * payload, a statement to its predicate: each once, so nothing nests further. Returns for whatever the text is.
 */
export function readText(bytes: Uint8Array, type: string, surroundings: Surroundings): Reading {
  const known = attached(type, surroundings);
  return guarded(known, () => {
    const content = classify(bytes, type);
    if (content.kind !== 'json') return readOther(content, bytes, known);
    switch (wrappingOf(bytes, type, content.scan)) {
      case 'bundle':
        return readBundle(parseBundle(bytes, content.scan.members), known);
      case 'envelope':
        return readEnvelope(parseEnvelope(bytes, content.scan.members), known);
      case 'statement':
        return readStatement(bytes, content.scan, { ...known, form: 'an unsigned statement' });
      case undefined:
        return present(jsonDocument(bytes, type), known);
    }
  });
}

/** What is known of any content: its bytes are those of its digest, and they are attached to the subject. */
function attached(type: string, surroundings: Surroundings): Known {
  const facts: Facts = { type, subjects: [surroundings.subject], checks: { digest: passed() } };
  return { ...surroundings, type, form: 'an unsigned document', facts };
}

/** Content that could not be taken for a text at all. */
export const unread = (error: VerdictError, type: string, surroundings: Surroundings): Reading =>
  guarded(attached(type, surroundings), () => {
    throw error;
  });

type Content =
  | { readonly kind: 'json'; readonly scan: JsonScan }
  | { readonly kind: 'tag-value' }
  /** Something else; `reason` says what, and what to do. */
  | { readonly kind: 'other'; readonly reason: string };

/** What content is; the type counts only where the content does not tell. Throws DOCUMENT_INVALID for broken JSON. */
function classify(bytes: Uint8Array, type: string): Content {
  if (isTagValue(bytes)) return { kind: 'tag-value' };
  try {
    return { kind: 'json', scan: scanJson(bytes) };
  } catch (thrown) {
    if (type === TAG_VALUE_TYPE) return { kind: 'tag-value' };
    const reason = reasonUnread(bytes, type);
    if (reason === '') throw thrown;
    return { kind: 'other', reason };
  }
}

/** By content; what is announced as wrapped must be, one way or another. */
function wrappingOf(bytes: Uint8Array, type: string, { members }: JsonScan): Wrapping | undefined {
  if (isBundle(bytes, members)) return 'bundle';
  if (isEnvelope(members)) return 'envelope';
  return isStatement(bytes, members) ? 'statement' : announcedWrapping(type);
}

function readOther(content: Exclude<Content, { kind: 'json' }>, bytes: Uint8Array, known: Known): Reading {
  switch (content.kind) {
    case 'tag-value':
      return present(tagValueDocument(bytes), known);
    case 'other':
      return { outcome: 'present', message: content.reason, facts: known.facts, document: undefined };
  }
}

function readBundle(bundle: Bundle, known: Known): Reading {
  switch (bundle.kind) {
    case 'envelope':
      return readEnvelope(parseEnvelope(bundle.bytes), known);
    case 'message': {
      const { mediaType, digest } = bundle;
      const facts = { ...known.facts, type: mediaType || known.type };
      if (digest === '') return withoutDocument('a signature that does not say of what', facts);
      const subject = known.about.get(digest);
      if (subject === undefined) {
        throw new VerdictError('SUBJECT_MISMATCH', `the bundle signs ${digest}, not what it was found at`);
      }
      const checked = checking(facts, 'subject', passed());
      return withoutDocument('a signature that no verifier here checks', {
        ...checked,
        subjects: [subject],
        payload: digest,
      });
    }
  }
}

/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md: the payload is what its type says, or nothing. */
function readEnvelope({ payloadType, payload, signatures }: DsseEnvelope, outer: Known): Reading {
  const type = innerType(payloadType);
  const form = `an envelope with ${signatures.length} signature(s) that no verifier here checks`;
  const known = { ...outer, type, form, facts: { ...outer.facts, type, payload: digestOf(payload) } };
  return guarded(known, () => {
    const content = classify(payload, type);
    if (content.kind === 'other') return readOther(content, payload, known);
    const isOne = content.kind === 'json' && isStatement(payload, content.scan.members);
    if (isOne !== isStatementType(type)) {
      const message = `the payload is ${isOne ? 'a' : 'no'} statement, but its payloadType says ${type}`;
      return bad('payloadType', new VerdictError('STATEMENT_INVALID', message), known.facts);
    }
    if (content.kind === 'tag-value') return readOther(content, payload, known);
    if (!isOne) return present(jsonDocument(payload, type), known);
    return readStatement(payload, content.scan, { ...known, facts: checking(known.facts, 'payloadType', passed()) });
  });
}

function readStatement(bytes: Uint8Array, { members }: JsonScan, outer: Known): Reading {
  const statement = parseStatement(bytes, members);
  const { header } = statement;
  const type = header.predicateType;
  const facts = { ...outer.facts, type, statement: header };
  return guarded({ ...outer, facts }, () => {
    const subjects = bindStatement(statement, outer.about);
    const bound = { ...outer, type, facts: checking({ ...facts, subjects }, 'subject', passed()) };
    return guarded(bound, () => {
      const document = predicateDocument(statement);
      if (document !== undefined) return present(document, bound);
      const payload = bound.facts.payload ?? digestOf(bytes);
      return withoutDocument(`${bound.form}, of type ${type}, without a predicate`, { ...bound.facts, payload });
    });
  });
}

/** A document reached; it is handed over unless a schema is configured for its type that it does not fit. */
function present(document: Document, known: Known): Reading {
  const validator = known.schemas.get(document.type);
  const facts = { ...known.facts, type: document.type };
  const fault = validator === undefined ? undefined : schemaFault(document, validator);
  if (fault !== undefined) return bad('schema', fault, facts);
  const checked = validator === undefined ? facts : checking(facts, 'schema', passed(`fits ${validator.name}`));
  return {
    outcome: 'present',
    message: `${known.form}, of type ${document.type || 'unknown'}`,
    facts: { ...checked, read: true, document: document.key, payload: facts.payload ?? document.key },
    document: document.bytes,
  };
}

const withoutDocument = (message: string, facts: Facts): Reading => ({
  outcome: 'present',
  message,
  facts: { ...facts, read: true },
  document: undefined,
});

const checking = (facts: Facts, name: CheckName, check: Report['checks'][CheckName]): Facts => ({
  ...facts,
  checks: { ...facts.checks, [name]: check },
});

/** A check failed: the evidence is bad, and its document is not handed over. */
const bad = (name: CheckName, error: VerdictError, facts: Facts): Reading => ({
  outcome: 'failed',
  message: error.message,
  facts: { ...checking(facts, name, failed(error.message)), error: error.toFacts() },
  document: undefined,
});

/**
 * What could not be understood is there but unread: it is not clean, and nobody can say that it is bad. What speaks of
 * something else is bad.
 */
function guarded(known: Known, read: () => Reading): Reading {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof VerdictError)) throw thrown;
    if (thrown.code === 'SUBJECT_MISMATCH') return bad('subject', thrown, { ...known.facts, subjects: [] });
    const facts = { ...known.facts, error: thrown.toFacts() };
    return { outcome: 'present', message: thrown.message, facts, document: undefined };
  }
}
