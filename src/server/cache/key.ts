import { hash } from 'node:crypto';
import { canonical } from '../../decision.ts';
import { isDigest } from '../../descriptor.ts';
import { VerdictError } from '../../errors.ts';
import type { Evidence } from '../../generated/evidence.ts';

/** Longest key that is kept as it is: its hash takes less memory, and longer to make. */
const MAX_PLAIN_KEY = 1000;

/** Everything in a policy's input that was not gathered, but the time, and everything the decision is made with. */
export interface KeyParts {
  /** What the subject is pinned to. */
  readonly digest: string;
  /** The reference as it was asked for, tag included. */
  readonly requested: string;
  /** Digests of the targets, where the caller narrows them; undefined: all that the subject has. */
  readonly targets?: readonly string[];
  /** Registry host; empty for layouts and files. */
  readonly registry: string;
  /** Repository; empty for layouts and files. */
  readonly repository: string;
  /** Empty where the caller gave none. */
  readonly namespace: string;
  readonly caller: Evidence['context']['caller'];
  /** The caller's own; the order of keys does not matter. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What has to be known of it; default: the decision alone. */
  readonly wants?: { readonly documents: boolean; readonly advice: boolean };
  /** Names policy, data, trust, configuration and host: another revision, another decision. */
  readonly revision: string;
}

/**
 * The key under which a decision is kept: a JSON text, so that no part can pass for its neighbour, or `sha256:` of a long
 * one. Throws INTERNAL where the subject is not pinned: a tag moves, and the decision of one image would be another's.
 */
export function decisionKey(parts: KeyParts): string {
  const { digest, requested, targets, registry, repository, namespace, caller, parameters, revision, wants } = parts;
  if (!isDigest(digest)) throw new VerdictError('INTERNAL', `${requested} is not pinned: its decision cannot be kept`);
  const subject = [digest, registry, repository, requested, targets ?? null];
  const more = wants === undefined || (wants.advice && !wants.documents) ? [] : [wants.documents, wants.advice];
  const text = JSON.stringify([subject, namespace, caller, canonical(parameters), revision, ...more]);
  return text.length <= MAX_PLAIN_KEY ? text : `sha256:${hash('sha256', text)}`;
}
