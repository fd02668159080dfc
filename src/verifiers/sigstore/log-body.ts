import { createHash } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { Hash } from '../../crypto/signature-algorithm.ts';
import { type Member, scanJson } from '../../json.ts';
import { reasonOf } from './brief.ts';
import type { Parsed } from './bundle.ts';
import { digestOf } from './content.ts';
import { BodyFault, list, type Named, object, type Recorded, readBody } from './log-kinds.ts';

/**
 * Compares the body of a log entry with the signature: its bytes, what it is over, and whom it is to be verified with. An
 * entry about something else would lend its time and publicity to a signature that no log ever saw (GHSA-whqx-f9j3-ch6m).
 * Returns whom the entry names, or why it does not fit.
 */
export function bindBody(entry: TransparencyLogEntry, parsed: Parsed): Named | string {
  try {
    const body = readBody(entry);
    const { signature } = body;
    if (signature !== undefined && !parsed.signature.equals(signature))
      throw new BodyFault('it records another signature');
    for (const recorded of body.digests) {
      if (!fits(recorded, parsed)) throw new BodyFault(`it records another digest of what was signed (${recorded.of})`);
    }
    checkNamed(body.named, parsed);
    return body.named;
  } catch (fault) {
    return reasonOf(fault);
  }
}

/** Whom a log entry names, whatever else it says; undefined where it is not readable. */
export function namedBy(entry: TransparencyLogEntry): Named | undefined {
  try {
    return readBody(entry).named;
  } catch {
    return undefined;
  }
}

function checkNamed(named: Named, { material }: Parsed): void {
  if (material.kind === 'key') {
    // Which key it is, is known where a trust is looked at.
    if (named.kind !== 'key') throw new BodyFault('it names a certificate, the bundle has none');
  } else if (named.kind !== 'certificate' || !material.leaf.x509.raw.equals(named.der)) {
    throw new BodyFault('it names another certificate than the bundle');
  }
}

function fits({ of, algorithm, digest }: Recorded, parsed: Parsed): boolean {
  switch (of) {
    case 'signed': {
      const actual = digestOf(parsed.content, algorithm);
      return actual !== undefined && Buffer.from(actual).equals(digest);
    }
    case 'payload':
      return parsed.form.kind === 'envelope' && hash(algorithm, parsed.form.payload).equals(digest);
    case 'envelope':
      return envelopes(parsed.bytes).some((bytes) => hash(algorithm, bytes).equals(digest));
  }
}

const hash = (algorithm: Hash, bytes: Uint8Array): Buffer => createHash(algorithm).update(bytes).digest();

/**
 * Bytes of the envelope as it may have been uploaded: as it stands in the bundle, and as the clients of that time wrote it.
 * Whichever fits, the envelope's values are the same.
 */
function envelopes(bundle: Uint8Array): readonly Uint8Array[] {
  const member = scanJson(bundle).members.get('dsseEnvelope');
  if (member === undefined) return [];
  const bytes = slice(bundle, member);
  const envelope = object(JSON.parse(Buffer.from(bytes).toString('utf8')), 'dsseEnvelope');
  const { payload, payloadType } = envelope;
  const signatures = list(envelope.signatures, 'signatures').map((one) => {
    const { keyid = '', sig } = object(one, 'signatures');
    return { keyid, sig };
  });
  const written = [
    { payloadType, payload, signatures },
    { payload, payloadType, signatures },
    { payloadType, payload, signatures: signatures.map(({ sig }) => ({ sig })) },
    { payload, payloadType, signatures: signatures.map(({ sig }) => ({ sig })) },
  ].map((value) => JSON.stringify(value));
  return [bytes, ...written.flatMap((text) => [Buffer.from(text), Buffer.from(`${text}\n`)])];
}

const slice = (bytes: Uint8Array, { start, end }: Member): Uint8Array => bytes.subarray(start, end);
