import { type CanaryScope, startPolicy } from '../../config/policy.ts';
import { evaluate } from '../../evaluate.ts';
import type { EvidenceSet } from '../../evidence.ts';
import { EXIT, type Io } from '../io.ts';
import type { DecisionOptions } from '../options.ts';
import { describeCanaries } from '../output/canaries.ts';
import { describeDecision } from '../output/decision.ts';
import { refuted, vouchings } from '../output/signers.ts';
import { style } from '../output/style.ts';
import { configOf, openSession } from '../session.ts';

/** `verdict verify`: one decision. */
export async function run(
  [subject = '']: readonly string[],
  options: DecisionOptions & { quiet?: boolean },
  io: Io,
): Promise<number> {
  const loaded = await configOf(options, io);
  // The policy's worker starts while the evidence is gathered.
  const starting = startPolicy(loaded.config);
  starting.catch(() => undefined);
  const session = await openSession(subject, options, loaded, io).catch(async (fault: unknown) => {
    await starting.then((ready) => ready.close()).catch(() => undefined);
    throw fault;
  });
  try {
    const ready = await starting;
    const { answer, evidence } = await evaluate(session.request, session.built.means, ready.policy);
    const alarms = await ready.canaries(scopeOf(evidence));
    session.quiet();
    if (alarms.length > 0) io.err(describeCanaries(alarms.map(({ name, accept }) => `${name} (${accept})`)));
    if (options.quiet !== true) {
      const signers = { signers: vouchings(evidence), refuted: refuted(evidence) };
      const shown = { ...answer, ...signers, requests: session.built.requests() };
      io.out(
        options.output === 'json'
          ? `${JSON.stringify(shown, null, 2)}\n`
          : describeDecision(answer, evidence, style(io.colour)),
      );
    }
    return answer.decision.allow ? EXIT.allowed : EXIT.denied;
  } finally {
    await Promise.all([session.close(), starting.then((ready) => ready.close())]);
  }
}

/** Canaries are run as if they came from where the subject comes from. */
const scopeOf = ({ head: { subject, context } }: EvidenceSet): CanaryScope => ({
  registry: subject.registry,
  repository: subject.repository,
  namespace: context.namespace,
  caller: context.caller,
  time: new Date(context.time),
});
