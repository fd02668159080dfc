import type { Got } from './cache/cache.ts';
import type { Decided } from './decider.ts';

/** What of a decision goes back: our decision, the reports for somebody else's Rego, or both. */
export type Shown = 'decision' | 'reports' | 'both';

/** Bytes of reports in one answer: Gatekeeper keeps all of them in memory. */
const MAX_REPORTS_BYTES = 256 * 1024;

/** JSON text of what never changes about a decision, made once. */
const texts = new WeakMap<Decided, Map<Shown, string>>();

/**
 * A decision as the value of a key, JSON text. `allow` is true only where our policy allows; with the reports alone it is
 * false, so that a template which does not look at them denies.
 */
export function valueText(decided: Decided, { age, expires }: Got<Decided>['cached'], shown: Shown): string {
  const known = texts.get(decided) ?? new Map<Shown, string>();
  texts.set(decided, known);
  const text = known.get(shown) ?? textOf(decided, shown);
  known.set(shown, text);
  return `${text},"cached":{"age":${Math.round(age)},"expires":${JSON.stringify(expires)}}}`;
}

/** Everything but the last member and the closing brace. */
function textOf(decided: Decided, shown: Shown): string {
  const { answer } = decided;
  const { decision, message, subject, policies, time, id } = answer;
  const { allow, violations, warnings, exceptions, truncated } = decision;
  const decisive = {
    allow,
    message: allow ? '' : message || 'denied without a reason',
    violations,
    warnings,
    exceptions,
    truncated,
  };
  const common = { subject, policies, time, id };
  switch (shown) {
    case 'decision':
      return JSON.stringify({ ...decisive, ...common }).slice(0, -1);
    case 'reports':
      return JSON.stringify({
        allow: false,
        message: 'the reports say it all: this template decides',
        advice: decisive,
        ...common,
        ...reportsOf(decided),
      }).slice(0, -1);
    case 'both':
      return JSON.stringify({ ...decisive, ...common, ...reportsOf(decided) }).slice(0, -1);
  }
}

/** What verifiers said, without documents; cut whole where it is too much, which is said. */
function reportsOf({ evidence }: Decided): {
  readonly complete: boolean;
  readonly reports: readonly unknown[];
  readonly cut: boolean;
} {
  const reports = evidence.artifacts.flatMap(({ digest, artifactType, subject, binding, reports: said }) =>
    said.map((report) => ({ artifact: { digest, artifactType, subject, binding }, ...report })),
  );
  const isCut = JSON.stringify(reports).length > MAX_REPORTS_BYTES;
  return { complete: evidence.complete && !isCut, reports: isCut ? [] : reports, cut: isCut };
}
