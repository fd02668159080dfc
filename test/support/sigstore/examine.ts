import type { Trust } from '../../../src/trust.ts';
import { createExaminer } from '../../../src/verifiers/sigstore/examiner.ts';
import type { Finding, Message } from '../../../src/verifiers/sigstore/finding.ts';
import { bytesOf } from './bundle.ts';
import { TIME } from './sigstore.ts';

/** Long after the certificates of the tests have expired. */
export const LATER = new Date(Number(TIME) + 30 * 24 * 60 * 60 * 1000);

/** What an examiner with these trusts says of a bundle (JSON). */
export const examine = (
  trusts: readonly Trust[],
  bundle: unknown,
  message?: Message,
  time: Date = LATER,
): Promise<Finding> => createExaminer(trusts).examine({ bundle: bytesOf(bundle), message }, time);

/** The outcomes of a finding's checks by name. */
export const outcomes = ({ checks }: Finding): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(checks).map(([name, { outcome }]) => [name, outcome]));
