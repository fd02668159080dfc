import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../descriptor.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import { evaluate, type Means, type Request } from '../evaluate.ts';
import type { Evidence } from '../evidence.ts';
import type { Config } from '../generated/config.ts';
import { createLayoutStore } from '../layout/store.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { WasmPolicy } from '../opa/policy.ts';
import type { Policy } from '../policy.ts';
import type { CertificatesTrust, KeysTrust } from '../trust.ts';
import { createVerifiers, type VerifierSettings } from '../verifiers/table.ts';
import { resourcePath } from './resources.ts';

/** Milliseconds after which no further run begins, stable or not: who waits for a service waits for this too. */
export const WARM_UP_TIME = 150;
/** Runs whose median is compared with that of as many before them. */
const WINDOW = 5;
/** Share by which the two medians may differ where the time is stable. */
const STABLE = 0.2;

/** The name of the trusts that the sample is verified by; no configuration has it. */
const TRUST = 'verdict-warm-up';

/** What `scripts/warm-up-sample.ts` wrote. */
interface SampleFile {
  readonly time: string;
  readonly digest: string;
  /** By type of verifier: the outcome for each artifact. */
  readonly expected: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** SubjectPublicKeyInfo and certificate, DER in base64. */
  readonly key: string;
  readonly ca: string;
}

interface Sample extends SampleFile {
  readonly directory: string;
}

/** How a warm-up went. */
export interface WarmUp {
  readonly runs: number;
  /** Whether its time was stable in the end. */
  readonly stable: boolean;
  /** Milliseconds of the first run, and the median of the last ones. */
  readonly first: number;
  readonly last: number;
}

export interface WarmUpOptions {
  readonly config: Config;
  readonly validate: Means['validate'];
  readonly policy: WasmPolicy;
  /** Milliseconds. */
  readonly clock: () => number;
  /** Where the sample is; default: the one that comes with the package. */
  readonly directory?: string;
}

/**
 * Decides a sample that comes with Verdict, signed by keys of its own, again and again until its time is stable: with the
 * code of all configured types of verifiers and each worker of the policy that is there. Asks no network, keeps nothing.
 * Throws INTERNAL where the sample is not verified as it should be, CANARY_ALLOWED where the policy allows it.
 */
export async function warmUp(options: WarmUpOptions): Promise<WarmUp> {
  const { clock, directory = resourcePath('samples/warm-up') } = options;
  const sample = { ...(JSON.parse(readFileSync(join(directory, 'sample.json'), 'utf8')) as SampleFile), directory };
  const started = clock();
  const times: number[] = [];
  do {
    const before = clock();
    await run(sample, options).catch(refuse);
    times.push(clock() - before);
  } while (!isStable(times) && clock() - started < WARM_UP_TIME);
  return { runs: times.length, stable: isStable(times), first: times[0] ?? 0, last: median(times.slice(-WINDOW)) };
}

/** Whether the last runs took as long as those before them. */
export function isStable(times: readonly number[]): boolean {
  if (times.length < 2 * WINDOW) return false;
  const last = median(times.slice(-WINDOW));
  const before = median(times.slice(-2 * WINDOW, -WINDOW));
  return Math.abs(last - before) <= STABLE * before;
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;

/** Verifiers of its own each time: they keep what they verified. */
async function run(sample: Sample, { config, validate, policy }: WarmUpOptions): Promise<void> {
  // Programs of others are not run for this.
  const types = [...new Set(config.verifiers.map(({ type }) => type))].filter((type) => type !== 'plugin');
  const { verifiers, close } = createVerifiers(types.map((type) => settingsOf(type, sample)));
  const store = createLayoutStore();
  try {
    const { targets } = config;
    const means = { store, verifiers, collect: [], platforms: [], targets, limits: DEFAULT_LIMITS, validate };
    const { evidence, answer } = await evaluate(requestOf(sample), means, everywhere(policy));
    check(evidence.head, sample, types);
    refuseAllowed(answer.decision.allow, config.policy);
  } finally {
    await Promise.all([store.close(), close()]);
  }
}

const requestOf = ({ time, digest, directory }: Sample): Request => ({
  reference: {
    kind: 'layout',
    requested: 'oci:warm-up:sample',
    form: 'directory',
    path: directory,
    tag: 'sample',
    digest,
  },
  time: new Date(time),
  caller: 'api',
  namespace: '',
  parameters: {},
});

function settingsOf(type: Exclude<VerifierSettings['type'], 'plugin'>, { key, ca }: Sample): VerifierSettings {
  const waived = { name: TRUST, scope: 'cluster', root: undefined, transparencyLog: 0, timestamp: 0, sct: 0 } as const;
  switch (type) {
    case 'json':
      return { type, name: type, schemas: new Map() };
    case 'sigstore': {
      const spki = new Uint8Array(Buffer.from(key, 'base64'));
      const keys = [{ source: TRUST, spki, fingerprint: digestOf(spki) }];
      const trust: KeysTrust = { ...waived, kind: 'keys', keys };
      return { type, name: type, schemas: new Map(), trusts: [trust], revision: TRUST };
    }
    case 'notation': {
      const stores = { ca: [new Uint8Array(Buffer.from(ca, 'base64'))], signingAuthority: [], tsa: [] };
      const trust: CertificatesTrust = { ...waived, kind: 'certificates', ...stores, identities: [] };
      const none = { trustPolicy: undefined, blobTrustPolicy: undefined, crls: [], fetch: undefined };
      return { type, name: type, trusts: [trust], ...none, revision: TRUST };
    }
  }
}

/** The policy on all of its workers at once; they must agree. */
function everywhere(policy: WasmPolicy): Policy {
  return {
    info: policy.info,
    decide: async (question) => {
      const [first, ...others] = await policy.decideOnEach(question);
      if (first === undefined) throw new VerdictError('INTERNAL', 'no worker of the policy answered');
      const text = JSON.stringify(first);
      if (others.some((other) => JSON.stringify(other) !== text))
        throw new VerdictError('INTERNAL', 'the workers of the policy disagree');
      return first;
    },
    close: async () => {},
  };
}

function check(
  { subject, artifacts }: Pick<Evidence, 'subject' | 'artifacts'>,
  sample: Sample,
  types: readonly string[],
): void {
  if (subject.digest !== sample.digest) throw new VerdictError('INTERNAL', 'its subject is another');
  for (const [type, outcomes] of Object.entries(sample.expected).filter(([name]) => types.includes(name))) {
    for (const [digest, expected] of Object.entries(outcomes)) {
      const reports = artifacts.find((one) => one.digest === digest)?.reports ?? [];
      const told = reports.map(({ verifier, outcome }) => `${verifier.type} ${outcome}`).join(', ') || 'nothing';
      if (told !== `${type} ${expected}`) {
        const why = `of ${digest} it says ${told}, not ${type} ${expected}: ${reports[0]?.message ?? ''}`;
        throw new VerdictError('INTERNAL', why);
      }
    }
  }
}

/** Nobody but the sample's own trust, which no policy knows, vouches for it. */
function refuseAllowed(allow: boolean, { convention, accepts }: Config['policy']): void {
  const isAccepted = accepts.includes('unsigned') || accepts.includes('stranger');
  if (!allow || isAccepted || convention !== 'verdict') return;
  throw new VerdictError(
    'CANARY_ALLOWED',
    'the policy allows a sample that no configured trust vouches for (stranger)',
  );
}

const failed = (why: string, cause?: unknown): VerdictError =>
  new VerdictError('INTERNAL', `the self-test failed: ${why}`, { cause });

/** Whatever goes wrong with the sample, it is Verdict that does not work; what the policy allows is the policy's. */
function refuse(thrown: unknown): never {
  const error = asVerdictError(thrown);
  throw error.code === 'CANARY_ALLOWED' ? error : failed(error.message, error);
}
