import { buildMeans } from '../../config/build.ts';
import { asVerdictError } from '../../errors.ts';
import { evaluate, gather, type Means, type Request, type Step } from '../../evaluate.ts';
import type { EvidenceSet } from '../../evidence.ts';
import type { Answer } from '../../generated/decision.ts';
import type { Policy } from '../../policy.ts';
import type { Reference } from '../../reference.ts';
import type { Report } from '../../report.ts';
import { plural, printable, short } from '../output/style.ts';
import { type Finding, fault, ok, type Patient, warning } from './check.ts';

/** Most reports and reasons told one by one: `verdict verify` has all. */
const MAX_LINES = 50;

/** The image from its name to the decision. */
export async function imageFindings({ image, loaded, io, policy }: Patient): Promise<readonly Finding[]> {
  if (image === undefined) return [];
  const began = new Map<Step | 'end', number>();
  const built = await buildMeans(loaded.config, image, {
    evidence: [],
    environment: io.environment,
    onStep: (step) => void began.set(step, performance.now()),
  });
  // A policy that does not load was told of; what is known of the image still helps.
  const ready = await policy().catch(() => undefined);
  try {
    const { evidence, answer } = await look(requestOf(image, io), built.means, ready?.policy);
    began.set('end', performance.now());
    const ms = (from: Step, to: Step | 'end'): number => (began.get(to) ?? 0) - (began.get(from) ?? 0);
    return [
      ...resolved(evidence, ms('resolve', 'discover')),
      ...discovered(evidence, ms('discover', answer === undefined ? 'end' : 'decide')),
      ...reported(evidence),
      ...(answer === undefined ? [UNDECIDED] : decided(answer, ms('decide', 'end'))),
    ];
  } catch (thrown) {
    return [fault(asVerdictError(thrown))];
  } finally {
    await built.close();
  }
}

const requestOf = (reference: Reference, { now, environment }: Patient['io']): Request => ({
  reference,
  time: now(),
  caller: environment.CI === 'true' ? 'ci' : 'cli',
  namespace: '',
  parameters: {},
});

async function look(
  request: Request,
  means: Means,
  policy: Policy | undefined,
): Promise<{ readonly evidence: EvidenceSet; readonly answer: Answer | undefined }> {
  if (policy !== undefined) return await evaluate(request, means, policy);
  return { evidence: await gather(request, means), answer: undefined };
}

function resolved({ head: { subject } }: EvidenceSet, ms: number): readonly Finding[] {
  const platforms = subject.targets.map(({ digest, platform: { os, architecture, variant } }) => {
    return [os, architecture, variant].filter((part) => part !== '').join('/') || short(digest);
  });
  return [
    ok(`${printable(subject.requested)} is ${subject.digest}`, ms),
    ok(`${plural(platforms.length, 'target')}: ${platforms.map(printable).join(', ')}`),
  ];
}

function discovered({ head }: EvidenceSet, ms: number): readonly Finding[] {
  const { artifacts, discovery, complete } = head;
  const about = discovery.filter(
    ({ source, subject }) => source === 'referrers-api' && subject === head.subject.digest,
  );
  const hasApi = about.some(({ outcome }) => outcome === 'ok' || outcome === 'truncated');
  const lacksApi = about.some(({ outcome }) => outcome === 'unsupported');
  const gaps = discovery.filter(({ outcome }) => outcome === 'failed' || outcome === 'truncated');
  return [
    ...(hasApi ? [ok('its registry has the Referrers API')] : []),
    ...(lacksApi ? [ok('its registry has no Referrers API: attached artifacts are found by tags')] : []),
    artifacts.length === 0
      ? warning('nothing is attached to it', 'Sign it, or attach evidence, if the policy asks for some.')
      : ok(`${plural(artifacts.length, 'artifact')} attached`, ms),
    ...gaps.map(({ source, outcome, limit, error }) =>
      warning(
        `${source} ${outcome}${limit === '' ? '' : ` (${limit})`}: ${printable(error?.message ?? '')}`,
        'What is attached may not all be known: try again, or raise the limit.',
      ),
    ),
    ...(complete ? [] : [warning('the evidence is incomplete', 'See the lines around: something could not be read.')]),
  ];
}

function reported({ head: { artifacts } }: EvidenceSet): readonly Finding[] {
  const reports = artifacts.flatMap(({ digest, reports }) => reports.map((report) => ({ digest, report })));
  const rest = reports.length - MAX_LINES;
  return [
    ...reports.slice(0, MAX_LINES).map(({ digest, report }) => reportFinding(digest, report)),
    ...(rest > 0 ? [ok(`${rest} more reports (\`verdict evidence\` has all)`)] : []),
  ];
}

function reportFinding(digest: string, { verifier, outcome, message, type }: Report): Finding {
  const text = `${short(digest)} ${printable(type)}: ${verifier.name} says ${outcome}: ${printable(message)}`;
  switch (outcome) {
    case 'verified':
    case 'present':
      return ok(text);
    case 'failed':
      return warning(text, 'The evidence is bad: make it again.');
    case 'errored':
      return warning(text, 'It could not be told: try again.');
  }
}

const UNDECIDED: Finding = {
  level: 'fault',
  text: 'no decision: the policy does not load',
  next: 'Mend the policy first.',
  code: '',
};

function decided({ decision, policies }: Answer, ms: number): readonly Finding[] {
  const policy = policies.map(({ name }) => name).join(', ');
  if (decision.allow) return [ok(`allowed by policy ${printable(policy)}`, ms)];
  const { violations } = decision;
  const rest = violations.length - MAX_LINES;
  return [
    ...violations.slice(0, MAX_LINES).map(({ code, msg, solution }): Finding => {
      const next = solution === '' ? 'Ask whoever wrote the policy.' : printable(solution);
      return { level: 'fault', text: `denied: ${printable(code)}  ${printable(msg)}`, next, code: 'DENIED' };
    }),
    ...(rest > 0 ? [ok(`${rest} more reasons (\`verdict verify\` has all)`)] : []),
  ];
}
