import { VerdictError } from './errors.ts';
import type { Report } from './generated/evidence.ts';
import { isObject, type Member, parseMember, scanJson } from './json.ts';

/** Most subjects of one statement: GitHub takes 1,024, release attestations of large projects list a few thousand. */
export const MAX_STATEMENT_SUBJECTS = 10_000;
/** Bytes of all subjects as they stand in the statement: they are copied into the report. */
export const MAX_STATEMENT_SUBJECT_BYTES = 4 * 1024 * 1024;
/** Longest predicate type: a URI that people write. */
export const MAX_PREDICATE_TYPE_LENGTH = 1024;

/** What every version's `_type` begins with. */
const TYPE_PREFIX = 'https://in-toto.io/Statement/';
/** https://github.com/in-toto/attestation/blob/v1.1.1/spec/v1/statement.md, …/blob/v0.1.0/spec/README.md#statement */
const TYPES: readonly unknown[] = [`${TYPE_PREFIX}v0.1`, `${TYPE_PREFIX}v1`];
/** Longest `_type` looked at, in bytes with its quotes. */
const MAX_TYPE_BYTES = 256;

/** The digests that bind; weaker ones (sha1, git commits, directory hashes) say nothing about content. */
const ALGORITHMS = ['sha256', 'sha384', 'sha512'] as const;

/** An in-toto statement (v0.1 or v1) that is well-formed and bound to nothing yet. */
export interface Statement {
  /** As it stands in a report; subjects verbatim. */
  readonly header: Report['statement'];
  /** The bytes of `predicate` within the statement; undefined where it is missing or null. */
  readonly predicate: Uint8Array | undefined;
}

/** Whether an object with these members calls itself an in-toto statement, of whatever version. */
export function isStatement(bytes: Uint8Array, members: ReadonlyMap<string, Member>): boolean {
  const member = members.get('_type');
  if (member === undefined || member.end - member.start > MAX_TYPE_BYTES) return false;
  const type = parseMember(bytes, member);
  return typeof type === 'string' && type.startsWith(TYPE_PREFIX);
}

/**
 * Reads a statement; `members` where its bytes were scanned already. Throws STATEMENT_INVALID if it is malformed or of
 * an unknown version, LIMIT_EXCEEDED, or DOCUMENT_INVALID if it is not JSON.
 */
export function parseStatement(bytes: Uint8Array, members = scanJson(bytes, 'the statement').members): Statement {
  const type = isStatement(bytes, members) ? parseMember(bytes, members.get('_type')) : undefined;
  if (typeof type !== 'string' || !TYPES.includes(type)) throw invalid(`needs a "_type" of ${TYPES.join(' or ')}`);
  const predicate = members.get('predicate');
  const value = predicate && bytes.subarray(predicate.start, predicate.end);
  return {
    header: {
      type,
      predicateType: parsePredicateType(bytes, members.get('predicateType')),
      subject: parseSubjects(bytes, members.get('subject')),
    },
    // Encoders of protocol buffers write null for a message that is not there.
    predicate: value !== undefined && isNull(value) ? undefined : value,
  };
}

const isNull = (value: Uint8Array): boolean => value.byteLength === 4 && value[0] === 0x6e;

function parsePredicateType(bytes: Uint8Array, member: Member | undefined): string {
  // An escaped character takes at most six bytes.
  const isLong = member !== undefined && member.end - member.start > 6 * MAX_PREDICATE_TYPE_LENGTH + 2;
  const type = isLong ? undefined : parseMember(bytes, member);
  if (typeof type !== 'string' || type === '' || type.length > MAX_PREDICATE_TYPE_LENGTH) {
    throw invalid(`needs a "predicateType" of at most ${MAX_PREDICATE_TYPE_LENGTH} characters`);
  }
  return type;
}

function parseSubjects(bytes: Uint8Array, member: Member | undefined): Report['statement']['subject'] {
  if (member !== undefined && member.end - member.start > MAX_STATEMENT_SUBJECT_BYTES) {
    throw limit(`more than ${MAX_STATEMENT_SUBJECT_BYTES} bytes of subjects`);
  }
  const subjects = parseMember(bytes, member);
  if (!Array.isArray(subjects)) throw invalid('needs a list "subject"');
  if (subjects.length > MAX_STATEMENT_SUBJECTS) throw limit(`more than ${MAX_STATEMENT_SUBJECTS} subjects`);
  return subjects.map((entry: unknown) => {
    if (!isObject(entry) || !isObject(entry.digest)) throw invalid('has a subject without "digest"');
    if (!Object.values(entry.digest).every((value) => typeof value === 'string')) {
      throw invalid('has a subject with a digest that is not a string');
    }
    if (!survives(entry)) throw invalid('has a number in a subject that cannot be kept exactly');
    return entry;
  });
}

/** Whether numbers are still themselves as doubles: reports are written anew, and subjects stand in them verbatim. */
function survives(value: unknown): boolean {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  }
  return typeof value !== 'object' || value === null || Object.values(value).every(survives);
}

/**
 * What a statement speaks of, sorted and distinct: of the digests in `about` (each with the digest it stands for), those
 * that its subjects name. Each subject binds by its sha256, sha384 and sha512 digests; all of them that are known of
 * the same content must agree. Throws SUBJECT_MISMATCH if it speaks of nothing here, or contradicts itself.
 */
export function bindStatement({ header }: Statement, about: ReadonlyMap<string, string>): readonly string[] {
  const bound = new Set<string>();
  for (const entry of header.subject) {
    const named = digestsOf(entry);
    const owners = new Set(named.flatMap((digest) => about.get(digest) ?? []));
    for (const owner of owners) {
      if (owners.size > 1 || !named.every((digest) => agrees(digest, owner, about))) {
        throw mismatch(`a subject of the statement names ${owner} by one digest and something else by another`);
      }
      bound.add(owner);
    }
  }
  if (bound.size > 0) return [...bound].sort();
  const first = header.subject.flatMap(digestsOf)[0]?.slice(0, MAX_TYPE_BYTES) ?? 'nothing by a strong digest';
  throw mismatch(`the statement speaks of ${first}, not of what it was found at`);
}

function digestsOf({ digest }: Readonly<Record<string, unknown>>): readonly string[] {
  if (!isObject(digest)) return [];
  return ALGORITHMS.flatMap((algorithm) =>
    typeof digest[algorithm] === 'string' ? [`${algorithm}:${digest[algorithm]}`] : [],
  );
}

/** Whether a digest is the owner's; true where none of that algorithm was computed. */
function agrees(digest: string, owner: string, about: ReadonlyMap<string, string>): boolean {
  if (about.get(digest) === owner) return true;
  const algorithm = digest.slice(0, digest.indexOf(':') + 1);
  return ![...about].some(([known, of]) => of === owner && known.startsWith(algorithm));
}

const invalid = (message: string): VerdictError => new VerdictError('STATEMENT_INVALID', `the statement ${message}`);
const limit = (message: string): VerdictError => new VerdictError('LIMIT_EXCEEDED', `the statement has ${message}`);
const mismatch = (message: string): VerdictError => new VerdictError('SUBJECT_MISMATCH', message);
