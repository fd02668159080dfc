import type { Check, CheckName } from '../../report.ts';
import { failed, passed } from '../../report.ts';
import type { Signer } from '../../signer.ts';
import type { Interval } from '../../trust.ts';
import type { Parsed } from './bundle.ts';

/** What one trust makes of a signature. */
export type Judgement =
  /** It is nobody's that this trust knows. */
  | { readonly kind: 'foreign' }
  /** It is over content that is known by digests alone, and the trust's keys need more. */
  | { readonly kind: 'untold'; readonly message: string }
  | Claimed;

/** It is somebody's whom the trust knows, or says so. */
export interface Claimed {
  readonly kind: 'claimed';
  readonly checks: Partial<Record<CheckName, Check>>;
  readonly relaxed: readonly string[];
  /** The check that counts against it, if any. */
  readonly fault: CheckName | undefined;
  readonly signer: Signer;
  /** For messages. */
  readonly who: string;
  readonly holds: Interval | undefined;
}

/** A trust, ready to judge. Throws for no signature whatever. */
export type Judge = (parsed: Parsed, time: Date) => Promise<Judgement>;

export const signatureCheck = (result: 'valid' | 'invalid' | 'untold'): Check => {
  switch (result) {
    case 'valid':
      return passed();
    case 'invalid':
      return failed('the signature is not that of its key over this content');
    case 'untold':
      return { outcome: 'errored', message: UNTOLD };
  }
};

export const UNTOLD = 'the content is known by its digest alone, which is not enough for this kind of key';

/** The first check that did not pass, in the order in which they matter; those that are waived do not count. */
export function faultIn(checks: Claimed['checks'], relaxed: readonly string[]): CheckName | undefined {
  return ORDER.find((name) => checks[name]?.outcome === 'failed' && !relaxed.includes(name));
}

const ORDER = ['signature', 'chain', 'expiry', 'identity', 'transparency', 'timestamp'] as const;
