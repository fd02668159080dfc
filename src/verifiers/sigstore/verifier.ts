import type { Schemas } from '../../document.ts';
import { VerdictError } from '../../errors.ts';
import { report } from '../../report.ts';
import type { Testimony, Verifier } from '../../verifier.ts';
import { examineAll } from './examination.ts';
import type { Examiner } from './finding.ts';
import { announcesSignature } from './forms.ts';
import type { Said } from './signatures.ts';

/** The limits of this verifier. */
export interface SigstoreLimits {
  /** Layers of one artifact that are read, as many as cosign reads. */
  readonly layers: number;
  /** Bytes of one bundle, envelope or payload. */
  readonly signatureBytes: number;
  /** Signatures of one artifact that are reported. */
  readonly reports: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_SIGSTORE_LIMITS: SigstoreLimits = {
  layers: 1000,
  signatureBytes: 32 * MIB,
  reports: 1000,
};

export interface SigstoreVerifierOptions {
  /** Its name in the configuration. */
  readonly name: string;
  readonly examiner: Examiner;
  /** Validators by document type (predicate type or media type): a document that does not fit its own is `failed`. */
  readonly schemas: Schemas;
  readonly limits?: Partial<SigstoreLimits>;
}

/**
 * The verifier of signatures that Sigstore's tools make and read, in every form in which they are found: bundles, DSSE
 * envelopes, cosign's annotated layers, and files. One report for each signature, whatever becomes of the others.
 */
export function createSigstoreVerifier(options: SigstoreVerifierOptions): Verifier {
  const { name, examiner, schemas } = options;
  const limits = { ...DEFAULT_SIGSTORE_LIMITS, ...options.limits };
  const verifier = { name, type: 'sigstore' };
  return {
    ...verifier,
    accepts: ({ descriptor, layers }) => announcesSignature(descriptor, layers),
    verify: async (exhibit, time) => {
      const { budget } = exhibit;
      const all: Said[] = [];
      for await (const said of examineAll({ verifier, exhibit, time, examiner, schemas, limits })) {
        if (all.length === limits.reports || budget.reports === 0) {
          all.push(cut(said, limits));
          break;
        }
        budget.reports--;
        all.push(said);
      }
      return best(all);
    },
  };
}

/** In place of the first report that is one too many. */
function cut({ testimony }: Said, limits: SigstoreLimits): Said {
  const { verifier, layer, entry } = testimony.report;
  const message = `there is more than may be reported: ${limits.reports} for one artifact, and a limit for all`;
  const error = new VerdictError('LIMIT_EXCEEDED', message).toFacts();
  return {
    testimony: { report: report({ verifier, layer, entry }, 'errored', message, { error }), document: undefined },
    key: '',
  };
}

const RANKS = ['verified', 'failed', 'errored', 'present'] as const;

/**
 * The same signature found twice is reported once: as the better of what goes with it, so that nobody can spoil a good
 * one by a copy with another certificate. Twice only where different signers are proved.
 */
function best(all: readonly Said[]): readonly Testimony[] {
  const ranks = new Map<string, number>();
  for (const said of all) ranks.set(said.key, Math.min(rank(said), ranks.get(said.key) ?? rank(said)));
  const told = new Set<string>();
  return all.flatMap((said) => {
    const { key, testimony } = said;
    if (key === '') return [testimony];
    const proved = JSON.stringify([key, ...testimony.report.signers.map(({ id }) => id)]);
    if (rank(said) !== ranks.get(key) || told.has(proved)) return [];
    told.add(proved);
    return [testimony];
  });
}

const rank = ({ testimony }: Said): number => RANKS.indexOf(testimony.report.outcome);
