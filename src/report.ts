import type { VerdictError } from './errors.ts';
import type { Check, Report, Signer } from './generated/evidence.ts';

export type { Check, Report, Signer };
export type CheckName = keyof Report['checks'];
export type CheckOutcome = Check['outcome'];

/** Every check, in the order in which people read them. */
export const CHECKS: readonly CheckName[] = [
  'digest',
  'schema',
  'signature',
  'identity',
  'chain',
  'timestamp',
  'transparency',
  'expiry',
  'revocation',
  'subject',
  'payloadType',
];

const SKIPPED: Check = { outcome: 'skipped', message: '' };

/** A full set of checks: those given, all others skipped. */
export function checks(given: Partial<Record<CheckName, Check>>): Report['checks'] {
  return Object.fromEntries(CHECKS.map((name) => [name, given[name] ?? SKIPPED])) as unknown as Report['checks'];
}

export const passed = (message = ''): Check => ({ outcome: 'passed', message });
export const failed = (message: string): Check => ({ outcome: 'failed', message });
export const errored = (message: string): Check => ({ outcome: 'errored', message });

/** Who a report comes from and what it is about. */
export interface ReportOrigin {
  readonly verifier: Report['verifier'];
  readonly layer?: string;
  readonly entry?: number;
}

/** A report with every key, empty where `more` says nothing. */
export function report(
  origin: ReportOrigin,
  outcome: Report['outcome'],
  message: string,
  more: Partial<Omit<Report, 'checks' | 'verifier' | 'layer' | 'entry' | 'outcome' | 'message'>> & {
    readonly checks?: Partial<Record<CheckName, Check>>;
  } = {},
): Report {
  return {
    verifier: origin.verifier,
    layer: origin.layer ?? '',
    entry: origin.entry ?? 0,
    outcome,
    message,
    relaxed: [],
    type: '',
    statement: { type: '', predicateType: '', subject: [] },
    subjects: [],
    payload: '',
    document: '',
    read: false,
    signers: [],
    claimed: { signers: [] },
    ...more,
    checks: checks(more.checks ?? {}),
  };
}

/** Codes that say the evidence itself is bad; everything else means that it could not be told. */
const BAD_EVIDENCE: ReadonlySet<string> = new Set([
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'DIGEST_UNSUPPORTED',
  'DESCRIPTOR_INVALID',
  'MANIFEST_INVALID',
  'STATEMENT_INVALID',
  'SUBJECT_MISMATCH',
]);

/** The report for evidence that could not be read: `failed` if its bytes are bad, `errored` if they could not be had. */
export function unreadable(origin: ReportOrigin, error: VerdictError): Report {
  const outcome = BAD_EVIDENCE.has(error.code) ? 'failed' : 'errored';
  return report(origin, outcome, error.message, {
    checks: { digest: { outcome, message: error.message } },
    error: error.toFacts(),
  });
}
