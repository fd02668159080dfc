import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type PublicKey, parsePublicKey } from '../../crypto/keys.ts';
import { signatureBy } from '../../crypto/schemes.ts';
import { VerdictError } from '../../errors.ts';
import { keySigner } from '../../signer.ts';
import type { KeysTrust } from '../../trust.ts';
import { reasonOf } from './brief.ts';
import type { Parsed } from './bundle.ts';
import { fingerprintOf } from './extensions.ts';
import { type Claimed, faultIn, type Judge, type Judgement, signatureCheck, UNTOLD } from './judgement.ts';
import { namedBy } from './log-body.ts';
import { readProofs, type Witnesses } from './proofs.ts';

interface Key {
  readonly key: PublicKey;
  readonly source: string;
  /** How clients write a hint that means this key: cosign, others, npm. */
  readonly hints: readonly string[];
}

/** Judges by configured public keys. Throws TRUST_INVALID for a key that cannot be used. */
export function judgeByKeys(trust: KeysTrust, witnesses: Witnesses): Judge {
  const keys = trust.keys.map(({ spki, source }) => readKey(spki, source));
  return async (parsed, _time) => {
    const found = findKey(keys, parsed);
    if (found === undefined) return { kind: 'foreign' };
    if (found.result === 'untold') return { kind: 'untold', message: UNTOLD };
    return judge(trust, witnesses, found.key, found.result, parsed);
  };
}

function readKey(spki: Uint8Array, source: string): Key {
  try {
    const key = parsePublicKey(spki);
    const digest = createHash('sha256').update(key.spki).digest();
    const hex = digest.toString('hex');
    const base64 = digest.toString('base64');
    return { key, source, hints: [base64, hex, `sha256:${hex}`, `SHA256:${base64.replace(/=+$/, '')}`] };
  } catch (cause) {
    throw new VerdictError('TRUST_INVALID', `the key ${source} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

/** The key that signed; else the one that a hint or a log entry says it was. */
function findKey(
  keys: readonly Key[],
  parsed: Parsed,
): { readonly key: Key; readonly result: ReturnType<typeof signatureBy> } | undefined {
  const { material } = parsed;
  const candidates =
    material.kind === 'key' ? keys : keys.filter(({ key }) => fingerprintOf(material.leaf) === key.fingerprint);
  const tried = candidates.map((key) => ({ key, result: signatureBy(key.key, parsed.content, parsed.signature) }));
  const claimed = material.kind === 'key' ? tried.filter(({ key }) => isNamed(key, material.hint, parsed)) : tried;
  return (
    tried.find(({ result }) => result === 'valid') ??
    claimed.find(({ result }) => result === 'invalid') ??
    tried.find(({ result }) => result === 'untold')
  );
}

const isNamed = ({ key, hints }: Key, hint: string, { entries }: Parsed): boolean =>
  hints.includes(hint) ||
  entries.some((entry) => {
    const named = namedBy(entry);
    return named?.kind === 'key' && Buffer.from(key.spki).equals(named.der);
  });

/** Reports must not tell where somebody keeps files. */
const shortName = (source: string): string => (source.includes('://') ? source : basename(source));

async function judge(
  trust: KeysTrust,
  witnesses: Witnesses,
  { key, source }: Key,
  result: 'valid' | 'invalid',
  parsed: Parsed,
): Promise<Judgement> {
  const { transparency, timestamp, times } = await readProofs(
    witnesses,
    trust,
    parsed,
    (named) => named.kind === 'certificate' || Buffer.from(key.spki).equals(named.der),
  );
  const [first] = times;
  const checks: Claimed['checks'] = {
    signature: signatureCheck(result),
    transparency: transparency.check,
    timestamp: timestamp.check,
  };
  // A key does not end: where nobody says when it was used, nothing is waived.
  const isDoubtful = timestamp.isRelaxed && timestamp.check.outcome === 'failed';
  const relaxed = [...(isDoubtful ? ['timestamp'] : []), ...(transparency.isRelaxed ? ['transparency'] : [])];
  return {
    kind: 'claimed',
    checks,
    relaxed,
    fault: faultIn(checks, relaxed),
    signer: keySigner({
      trust: { name: trust.name, scope: trust.scope },
      keyFingerprint: key.fingerprint,
      time: first?.time,
      timeSource: first?.source ?? 'none',
    }),
    who: `the key ${shortName(source)}`,
    holds: undefined,
  };
}
