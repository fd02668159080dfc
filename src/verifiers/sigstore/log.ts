import { createHash, type KeyObject } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { VerificationError, Verifier } from '@sigstore/verify';
import { reasonOf } from './brief.ts';
import { HASH_LENGTHS, type Parsed } from './bundle.ts';
import { digestOf } from './content.ts';
import { bindBody } from './log-body.ts';
import type { Named } from './log-kinds.ts';
import type { Tally } from './tally.ts';
import type { Material, TransparencyLog } from './trust-material.ts';

/** What the known logs say. */
export interface LogTally extends Tally {
  readonly times: ReadonlyArray<{ readonly time: Date; readonly operator: string }>;
}

/**
 * Which known logs hold the signature. Entries of other logs are passed over; an entry of a known log that proves nothing, or
 * speaks of something else, is a fault. `isSigner`: whether an entry's public key is the one that verified.
 */
export function readLogs(material: Material, parsed: Parsed, isSigner: (named: Named) => boolean): LogTally {
  const operators = new Set<string>();
  const faults: string[] = [];
  const times: { time: Date; operator: string }[] = [];
  let unknown = 0;
  for (const entry of parsed.entries) {
    const log = material.logs.get(entry.logId.keyId.toString('hex'));
    if (log === undefined) {
      unknown++;
      continue;
    }
    const fault = faultOf(log, entry, parsed, isSigner);
    if (fault === undefined) {
      operators.add(log.operator);
      const time = promisedTime(entry);
      if (time !== undefined) times.push({ time, operator: log.operator });
    } else faults.push(`the entry in ${log.name} does not hold: ${fault}`);
  }
  return { count: operators.size, faults, unknown, times };
}

function faultOf(
  log: TransparencyLog,
  entry: TransparencyLogEntry,
  parsed: Parsed,
  isSigner: (named: Named) => boolean,
): string | undefined {
  const named = bindBody(entry, parsed);
  if (typeof named === 'string') return named;
  if (!isSigner(named)) return 'it names another key than the one that signed';
  try {
    engineFor(log, entry).verify({
      signature: contentOf(parsed),
      key: { $case: 'public-key', hint: '' },
      tlogEntries: [entry],
      timestamps: [],
    });
    return undefined;
  } catch (cause) {
    return isOnlyUnsupported(cause, entry) ? undefined : reasonOf(cause);
  }
}

/**
 * The engine with nothing but the one log, asked about one entry; thresholds are counted here. It wants a checkpoint's
 * signature to be named by a part of the log's address, but a log takes its server's name, whatever the address in front of
 * it: the key decides, and any name that the checkpoint has will do.
 */
function engineFor({ authorities }: TransparencyLog, { inclusionProof }: TransparencyLogEntry): Verifier {
  const names = inclusionProof?.checkpoint?.envelope ?? '';
  const material = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: authorities.map((authority) => ({ ...authority, baseURL: names })),
    ctlogs: [],
    // The engine looks for a signer's key whatever it is asked; the answer about an entry does not depend on it.
    publicKey: () => ({ publicKey: anyKey(authorities), validFor: () => true }),
  };
  return new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 });
}

function anyKey([first]: TransparencyLog['authorities']): KeyObject {
  if (first === undefined) throw new TypeError('the log has no key');
  return first.publicKey;
}

/**
 * The engine proves inclusion first and then reads the body, which of this one kind it cannot; `bindBody` has read it.
 */
const isOnlyUnsupported = (cause: unknown, { kindVersion: { kind, version } }: TransparencyLogEntry): boolean =>
  kind === 'intoto' &&
  version === '0.0.1' &&
  cause instanceof VerificationError &&
  cause.code === 'TLOG_BODY_ERROR' &&
  cause.message === 'unsupported intoto version: 0.0.1';

/** Only a promise carries a time that the log signed. */
function promisedTime({ inclusionPromise, integratedTime }: TransparencyLogEntry): Date | undefined {
  if (inclusionPromise === undefined) return undefined;
  return new Date(Number(integratedTime) * 1000);
}

/** The signature for the engine to compare entries with; whose it is has been found out before. */
const contentOf = ({ signature, content, form }: Parsed) => ({
  signature,
  compareSignature: (other: Buffer): boolean => signature.equals(other),
  compareDigest: (digest: Buffer): boolean => {
    const algorithm = HASH_LENGTHS.get(digest.byteLength);
    if (algorithm === undefined) return false;
    const actual =
      form.kind === 'envelope' ? createHash(algorithm).update(form.payload).digest() : digestOf(content, algorithm);
    return actual !== undefined && digest.equals(actual);
  },
  compareSignedDigest: (digest: Buffer): boolean => {
    const algorithm = HASH_LENGTHS.get(digest.byteLength);
    const actual = algorithm && digestOf(content, algorithm);
    return actual !== undefined && digest.equals(actual);
  },
  verifySignature: (): boolean => true,
});
