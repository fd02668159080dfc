import { RFC3161Timestamp } from '@sigstore/core';
import type { Certificate } from '../../crypto/certificate.ts';
import { verifyTimestamp } from '../../crypto/timestamp.ts';
import { VerdictError } from '../../errors.ts';
import { reasonOf } from './brief.ts';
import type { Parsed } from './bundle.ts';
import type { Tally } from './tally.ts';
import { isWithin, type TimestampAuthority } from './trust-material.ts';

/** What the known timestamp authorities say. */
export interface TimestampTally extends Tally {
  readonly times: ReadonlyArray<{ readonly time: Date; readonly operator: string }>;
}

/** Sigstore's authorities name their certificate by either attribute. */
const OPTIONS = { requireSigningCertificateV2: false };

/**
 * When known timestamp authorities saw the signature. `roots`: authorities beside those of the trusted root, by their root
 * certificates alone.
 */
export async function readTimestamps(
  authorities: readonly TimestampAuthority[],
  roots: readonly Certificate[],
  { timestamps, signature }: Parsed,
): Promise<TimestampTally> {
  const times: { time: Date; operator: string }[] = [];
  const faults: string[] = [];
  let unknown = 0;
  for (const token of timestamps) {
    const read = await readOne(token, signature, authorities, roots);
    switch (read.kind) {
      case 'time':
        times.push(read);
        break;
      case 'fault':
        faults.push(read.message);
        break;
      case 'unknown':
        unknown++;
    }
  }
  return { count: new Set(times.map(({ operator }) => operator)).size, faults, unknown, times };
}

type Read =
  | { readonly kind: 'time'; readonly time: Date; readonly operator: string }
  | { readonly kind: 'fault'; readonly message: string }
  /** Somebody else's. */
  | { readonly kind: 'unknown' };

async function readOne(
  token: Uint8Array,
  signature: Uint8Array,
  authorities: readonly TimestampAuthority[],
  roots: readonly Certificate[],
): Promise<Read> {
  let read: Read = { kind: 'unknown' };
  const isOurs = namedIn(token);
  for (const authority of authorities.filter(isOurs)) {
    const one = await readBy(authority, token, signature);
    if (one.kind === 'time') return one;
    if (one.kind === 'fault') read = one;
  }
  if (roots.length === 0) return read;
  try {
    const { time, certificates } = await verifyTimestamp(token, signature, roots, [], OPTIONS);
    return { kind: 'time', time, operator: certificates.at(-1)?.fingerprint ?? '' };
  } catch (thrown) {
    return isStranger(thrown) ? read : { kind: 'fault', message: reasonOf(thrown) };
  }
}

async function readBy(authority: TimestampAuthority, token: Uint8Array, signature: Uint8Array): Promise<Read> {
  const { root, intermediates, leaf, window, operator } = authority;
  try {
    const { time, certificates } = await verifyTimestamp(token, signature, [root], intermediates, OPTIONS);
    if (leaf !== undefined && certificates[0]?.fingerprint !== leaf.fingerprint) return { kind: 'unknown' };
    if (isWithin(window, time)) return { kind: 'time', time, operator };
    return { kind: 'fault', message: `a timestamp of ${time.toISOString()} is from when its authority did not count` };
  } catch (thrown) {
    // Where any certificate below the root may sign, one that does not lead there is somebody else's.
    if (leaf === undefined && isStranger(thrown)) return { kind: 'unknown' };
    return { kind: 'fault', message: reasonOf(thrown) };
  }
}

/** Whether an authority's certificate is the one that a token says it was signed with. */
function namedIn(token: Uint8Array): (authority: TimestampAuthority) => boolean {
  try {
    const { signerIssuer, signerSerialNumber } = RFC3161Timestamp.parse(Buffer.from(token));
    return ({ leaf }) =>
      leaf === undefined || (leaf.issuer.equals(signerIssuer) && leaf.serialNumber.equals(signerSerialNumber));
  } catch {
    // What cannot be read is nobody's: each authority finds fault with it.
    return () => true;
  }
}

const isStranger = (thrown: unknown): boolean =>
  thrown instanceof VerdictError && thrown.code === 'CERTIFICATE_INVALID';
