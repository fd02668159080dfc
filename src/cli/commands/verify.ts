import type { LoadedConfig } from '../../config/load.ts';
import { type CanaryScope, openPolicy, openPool, type ReadyPolicy } from '../../config/policy.ts';
import type { Side } from '../../config/scopes.ts';
import { evaluate, type Verdict } from '../../evaluate.ts';
import type { EvidenceSet } from '../../evidence.ts';
import { bothAllow } from '../../policy.ts';
import type { RequestEvent } from '../../request-event.ts';
import { EXIT, type Io } from '../io.ts';
import type { DecisionOptions } from '../options.ts';
import { describeCanaries } from '../output/canaries.ts';
import { describeDecision } from '../output/decision.ts';
import { refuted, vouchings } from '../output/signers.ts';
import { style } from '../output/style.ts';
import { configOf, openSession, sidesOf } from '../session.ts';

/** `verdict verify`: one decision, of the policy for everybody and of the namespace's own where it has one. */
export async function run(
  [subject = '']: readonly string[],
  options: DecisionOptions & { quiet?: boolean },
  io: Io,
): Promise<number> {
  const loaded = await configOf(options, io);
  const asking: Asking = { subject, options, loaded, io };
  const [everybody, namespace] = sidesOf(subject, options, loaded);
  const first = await ask(asking, everybody);
  const own = namespace && (await ask(asking, namespace));
  const { evidence } = first.verdict;
  const answer = own === undefined ? first.verdict.answer : bothAllow(first.verdict.answer, own.verdict.answer);
  const alarms = [...first.alarms, ...(own?.alarms ?? [])];
  const requests = [...first.requests, ...(own?.requests ?? [])];
  if (alarms.length > 0) io.err(describeCanaries(alarms));
  if (options.quiet !== true) {
    const shown = { ...answer, signers: vouchings(evidence), refuted: refuted(evidence), requests };
    io.out(
      options.output === 'json'
        ? `${JSON.stringify(shown, null, 2)}\n`
        : describeDecision(answer, evidence, style(io.colour)),
    );
  }
  return answer.decision.allow ? EXIT.allowed : EXIT.denied;
}

interface Asking {
  readonly subject: string;
  readonly options: DecisionOptions;
  readonly loaded: LoadedConfig;
  readonly io: Io;
}

interface Asked {
  readonly verdict: Verdict;
  /** Canaries that the policy allows. */
  readonly alarms: readonly string[];
  readonly requests: readonly RequestEvent[];
}

async function ask({ subject, options, loaded, io }: Asking, side: Side): Promise<Asked> {
  // The policy's worker starts while the evidence is gathered.
  const pool = openPool(loaded.config, { size: 1, spares: 0 });
  const starting = openPolicy(side, pool);
  starting.catch(() => undefined);
  const closing: Array<() => Promise<unknown>> = [];
  try {
    const session = await openSession(subject, options, loaded, io, side);
    closing.push(session.close);
    const ready = await starting;
    const verdict = await evaluate(session.request, session.built.means, ready.policy);
    const alarms = await alarmsOf(ready, verdict.evidence);
    session.quiet();
    return { verdict, alarms, requests: session.built.requests() };
  } finally {
    await Promise.all(closing.map((close) => close()));
    await starting.then((ready) => ready.close()).catch(() => undefined);
    await pool.close();
  }
}

/** Canaries are run as if they came from where the subject comes from. */
async function alarmsOf({ canaries }: ReadyPolicy, { head }: EvidenceSet): Promise<readonly string[]> {
  const { subject, context } = head;
  const scope: CanaryScope = {
    registry: subject.registry,
    repository: subject.repository,
    namespace: context.namespace,
    caller: context.caller,
    time: new Date(context.time),
  };
  return (await canaries(scope)).map(({ name, accept }) => `${name} (${accept})`);
}
