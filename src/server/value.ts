import type { Got } from './cache/cache.ts';
import type { Decided } from './question.ts';
import type { Shown, Trim } from './shown.ts';

/** JSON text of what never changes about a decision, made once for each way to show it; the ways are few. */
const texts = new WeakMap<Decided, Map<string, string>>();
/** Beyond, texts are made each time: every Provider has a query of its own, and there are few. */
const MAX_TEXTS = 8;

/**
 * A decision as the value of a key, JSON text. `allow` is true only where our policy allows; with the reports alone it is
 * false, so that a template which does not look at them denies.
 */
export function valueText(decided: Decided, { age, expires }: Got<Decided>['cached'], shown: Shown): string {
  const text = made(decided, shown);
  return `${text},"cached":{"age":${Math.round(age)},"expires":${JSON.stringify(expires)}}}`;
}

function made(decided: Decided, shown: Shown): string {
  const known = texts.get(decided) ?? new Map<string, string>();
  texts.set(decided, known);
  const name = shown.kind === 'decision' ? shown.kind : JSON.stringify(shown);
  const text = known.get(name) ?? textOf(decided, shown);
  if (known.size < MAX_TEXTS) known.set(name, text);
  return text;
}

/** Everything but the last member and the closing brace. */
function textOf(decided: Decided, shown: Shown): string {
  const { answer, generation } = decided;
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
  const common = { subject, policies, time, id, generation };
  switch (shown.kind) {
    case 'decision':
      return JSON.stringify({ ...decisive, ...common }).slice(0, -1);
    case 'reports': {
      const ours = shown.advice ? { advice: decisive } : {};
      const head = { allow: false, message: 'the reports say it all: this template decides', ...ours, ...common };
      return withReports(head, decided, shown);
    }
    case 'both':
      return withReports({ ...decisive, ...common }, decided, shown);
  }
}

/** With what verifiers said. Where it is too much, documents are left out, then reports, each whole; `cut` says so. */
function withReports(head: object, { evidence, documents }: Decided, { types, maxBytes, ...trim }: Trim): string {
  const reports = evidence.artifacts.flatMap(({ digest, artifactType, subject, binding, reports: said }) =>
    said
      .filter(({ type }) => isWanted(type, types))
      .map((report) => ({ artifact: { digest, artifactType, subject, binding }, ...report })),
  );
  const reportsText = JSON.stringify(reports);
  const keep = reportsText.length <= maxBytes;
  const wanted = trim.documents ? new Set(reports.map(({ document }) => document)) : new Set<string>();
  const named = [...documents].filter(([digest]) => wanted.has(digest));
  const size = reportsText.length + named.reduce((sum, [digest, bytes]) => sum + digest.length + bytes.byteLength, 0);
  const fits = size <= maxBytes;
  const cut = [...(keep ? [] : ['reports']), ...(fits ? [] : trim.documents ? ['documents'] : [])];
  const complete = evidence.complete && cut.length === 0;
  const members = [
    `"complete":${complete}`,
    `"reports":${keep ? reportsText : '[]'}`,
    ...(trim.documents ? [`"documents":${fits ? documentsText(named) : '{}'}`] : []),
    `"cut":${JSON.stringify(cut)}`,
  ];
  return `${JSON.stringify(head).slice(0, -1)},${members.join(',')}`;
}

/** Documents are JSON already. */
const documentsText = (documents: ReadonlyArray<readonly [string, Uint8Array]>): string =>
  `{${documents.map(([digest, bytes]) => `${JSON.stringify(digest)}:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')}`).join(',')}}`;

const isWanted = (type: string, types: readonly string[]): boolean =>
  types.length === 0 || types.some((one) => (one.endsWith('*') ? type.startsWith(one.slice(0, -1)) : type === one));
