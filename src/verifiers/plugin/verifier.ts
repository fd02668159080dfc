import { digestOf } from '../../descriptor.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { type ReportOrigin, report } from '../../report.ts';
import type { Exhibit, Testimony, Verifier } from '../../verifier.ts';
import { answerOf } from './answer.ts';
import type { ProcessLimits } from './process.ts';
import { invocationOf, type PluginSettings } from './protocol.ts';
import type { Runner } from './runner.ts';

/** The document type under which a policy finds what a plugin said. */
export const REPORT_TYPE = 'application/vnd.ratify.verifier-report+json';

/** Bytes that a plugin may write: an answer may carry a whole scan. */
const OUTPUT_LIMITS: Pick<ProcessLimits, 'stdoutBytes' | 'stderrBytes'> = {
  stdoutBytes: 8 * 1024 * 1024,
  stderrBytes: 1024 * 1024,
};

export interface PluginVerifierOptions extends PluginSettings {
  readonly runner: Runner;
}

/**
 * A verifier that is a program of somebody else, run once for each artifact by Ratify v1's process protocol. What it
 * says is a document, never a verified report: nobody here knows what it checked.
 */
export function createPluginVerifier({ runner, ...settings }: PluginVerifierOptions): Verifier {
  const { name, command, artifactTypes, timeout } = settings;
  const origin: ReportOrigin = { verifier: { name, type: 'plugin' } };
  const limits = { ...OUTPUT_LIMITS, timeout };
  return {
    ...origin.verifier,
    accepts: ({ descriptor: { artifactType } }) => artifactTypes.some((type) => type === '*' || type === artifactType),
    verify: async (exhibit) => {
      try {
        spend(exhibit);
        const { signal } = exhibit;
        const finished = await runner.run({ command, limits, signal, ...invocationOf(settings, exhibit) });
        return [testimonyOf(finished, exhibit, origin)];
      } catch (thrown) {
        const error = asVerdictError(thrown);
        const message = `the plugin said nothing that counts: ${error.message}`;
        return [{ report: report(origin, 'errored', message, { error: error.toFacts() }), document: undefined }];
      }
    },
  };
}

/** Reports are counted; the one that is one too many starts nothing. */
function spend({ budget }: Exhibit): void {
  if (budget.reports === 0)
    throw new VerdictError('LIMIT_EXCEEDED', 'there are more reports than one decision may have');
  budget.reports--;
}

function testimonyOf(finished: Parameters<typeof answerOf>[0], { subject }: Exhibit, origin: ReportOrigin): Testimony {
  const { isSuccess, message, bytes } = answerOf(finished);
  const key = digestOf(bytes);
  const told = `the plugin answered isSuccess: ${isSuccess}${message === '' ? '' : `, ${message}`}`;
  const facts = { type: REPORT_TYPE, subjects: [subject.digest], payload: key, document: key, read: true };
  return { report: report(origin, 'present', told, facts), document: bytes };
}
