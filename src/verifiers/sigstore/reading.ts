import { type Document, type Schemas, schemaFault } from '../../document.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { type CheckName, errored, failed, passed, type report } from '../../report.ts';

/** What content is read against. */
export interface Surroundings {
  /** Digest of what the artifact is attached to. */
  readonly subject: string;
  /** See `Exhibit.about`. */
  readonly about: ReadonlyMap<string, string>;
  readonly schemas: Schemas;
}

export type Facts = NonNullable<Parameters<typeof report>[3]>;

/** What content says, whoever signed it. */
export interface Reading {
  /**
   * `bound`: it speaks of what it was found at. `unbound`: it does not say of what. `failed`: of something else, or it
   * is malformed. `errored`: it could not be told.
   */
  readonly outcome: 'bound' | 'unbound' | 'failed' | 'errored';
  /** One sentence for a person; empty where there is nothing to say. */
  readonly message: string;
  readonly facts: Facts;
  /** The document, where `facts.document` is its key. */
  readonly document: Uint8Array | undefined;
}

/** What is known on the way to the document. */
export interface Known extends Surroundings {
  readonly facts: Facts;
}

/** Hands a document over, unless a schema is configured for its type that it does not fit. */
export function handOver(outcome: 'bound' | 'unbound', make: () => Document | undefined, known: Known): Reading {
  const document = attempt(make);
  if (document instanceof VerdictError) return unread(outcome, document, known);
  if (document === undefined)
    return { outcome, message: '', facts: { ...known.facts, read: true }, document: undefined };
  const typed = { ...known, facts: { ...known.facts, type: document.type } };
  const validator = known.schemas.get(document.type);
  const fault = validator === undefined ? undefined : schemaFault(document, validator);
  if (fault !== undefined) return bad('schema', fault, typed);
  const { facts } = validator === undefined ? typed : withCheck('schema', typed, `fits ${validator.name}`);
  const { key, bytes } = document;
  const handed = { ...facts, read: true, document: key, payload: facts.payload ?? key };
  return { outcome, message: '', facts: handed, document: bytes };
}

/** There, but not in a form that a policy can take: it is not clean, and nobody can say that it is bad. */
export const unread = (outcome: 'bound' | 'unbound', error: VerdictError, { facts }: Known): Reading => ({
  outcome,
  message: error.message,
  facts: { ...facts, error: error.toFacts() },
  document: undefined,
});

/** A check failed, or could not be told where a limit was reached. */
export function bad(check: CheckName, error: VerdictError, { facts }: Known): Reading {
  const outcome = error.code === 'LIMIT_EXCEEDED' ? 'errored' : 'failed';
  const told = outcome === 'errored' ? errored(error.message) : failed(error.message);
  return {
    outcome,
    message: error.message,
    facts: { ...facts, checks: { ...facts.checks, [check]: told }, error: error.toFacts() },
    document: undefined,
  };
}

export const withCheck = (name: CheckName, known: Known, message = ''): Known => ({
  ...known,
  facts: { ...known.facts, checks: { ...known.facts.checks, [name]: passed(message) } },
});

export const withSubjects = (subjects: readonly string[], known: Known): Known => ({
  ...known,
  facts: { ...known.facts, subjects: [...subjects] },
});

/** What a reader gives, or the error that it throws for its content. */
export function attempt<T>(read: () => T): T | VerdictError {
  try {
    return read();
  } catch (thrown) {
    return asVerdictError(thrown);
  }
}
