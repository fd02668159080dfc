import type { Certificate } from '../../crypto/certificate.ts';
import type { Requirements } from '../../trust.ts';
import type { Parsed } from './bundle.ts';
import { readLogs } from './log.ts';
import type { Named } from './log-kinds.ts';
import { type Weighed, weigh } from './tally.ts';
import { readTimestamps } from './timestamps.ts';
import type { Material } from './trust-material.ts';

/** Whose word counts beside the signer's own. */
export interface Witnesses {
  /** Undefined: none. */
  readonly material: Material | undefined;
  /** Roots of timestamp authorities beside those of `material`. */
  readonly timestampRoots: readonly Certificate[];
}

interface TrustedTime {
  readonly time: Date;
  readonly source: 'transparency-log' | 'timestamp-authority';
}

export interface Proofs {
  readonly transparency: Weighed;
  readonly timestamp: Weighed;
  /** Ascending. */
  readonly times: readonly TrustedTime[];
}

/** What logs and timestamp authorities prove of a signature. `isSigner`: whether a key that an entry names is the signer's. */
export async function readProofs(
  { material, timestampRoots }: Witnesses,
  { transparencyLog, timestamp }: Requirements,
  parsed: Parsed,
  isSigner: (named: Named) => boolean,
): Promise<Proofs> {
  const logs =
    material === undefined
      ? { count: 0, faults: [], unknown: parsed.entries.length, times: [] }
      : readLogs(material, parsed, isSigner);
  const stamps = await readTimestamps(material?.timestampAuthorities ?? [], timestampRoots, parsed);
  const times: TrustedTime[] = [
    ...logs.times.map(({ time }) => ({ time, source: 'transparency-log' as const })),
    ...stamps.times.map(({ time }) => ({ time, source: 'timestamp-authority' as const })),
  ];
  const count = stamps.count + new Set(logs.times.map(({ operator }) => operator)).size;
  return {
    transparency: weigh(logs, transparencyLog, 'log entries'),
    timestamp: weigh({ ...stamps, count }, timestamp, 'trusted times'),
    times: times.sort((one, other) => Number(one.time) - Number(other.time)),
  };
}
