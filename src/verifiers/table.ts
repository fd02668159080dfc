import type { Schemas } from '../document.ts';
import type { Fetcher } from '../fetcher.ts';
import type { CertificatesTrust, Trust } from '../trust.ts';
import type { Verifier } from '../verifier.ts';
import { cachedVerifier } from './cached.ts';
import { createJsonVerifier } from './json/verifier.ts';
import { createRevocationChecker } from './notation/revocation/checker.ts';
import type { TrustPolicy } from './notation/trust-policy.ts';
import { createNotationVerifier } from './notation/verifier.ts';
import type { PluginSettings } from './plugin/protocol.ts';
import type { Runner } from './plugin/runner.ts';
import { createPluginVerifier } from './plugin/verifier.ts';
import type { Examiner } from './sigstore/finding.ts';
import { createSigstoreVerifier } from './sigstore/verifier.ts';

/** A verifier as the configuration describes it, its files read. */
export type VerifierSettings =
  | { readonly type: 'json'; readonly name: string; readonly schemas: Schemas }
  | SigstoreSettings
  | NotationSettings
  | PluginVerifierSettings;

export interface SigstoreSettings extends Reusable {
  readonly type: 'sigstore';
  readonly name: string;
  readonly schemas: Schemas;
  readonly trusts: readonly Trust[];
}

/** Whose results are kept for as long as they hold. */
interface Reusable {
  /** Names everything the verifier is made with: settings, trust, revocation lists, schemas. */
  readonly revision: string;
}

export interface NotationSettings extends Reusable {
  readonly type: 'notation';
  readonly name: string;
  readonly trusts: readonly CertificatesTrust[];
  /** Undefined: level `strict`, every trust, any identity. */
  readonly trustPolicy: TrustPolicy | undefined;
  /** The same for files. */
  readonly blobTrustPolicy: TrustPolicy | undefined;
  /** Revocation lists, DER or PEM. */
  readonly crls: readonly Uint8Array[];
  /** Undefined: the network is not asked about revocation. */
  readonly fetch: Fetcher | undefined;
}

/** What a program says may be different the next time, so it is not kept. */
export interface PluginVerifierSettings extends PluginSettings {
  readonly type: 'plugin';
}

/** Types in the order in which artifacts are offered to them: the last takes what no other accepts. */
const ORDER: readonly VerifierSettings['type'][] = ['sigstore', 'notation', 'plugin', 'json'];

/** Verifiers, and what gives their threads back. */
export interface Verifiers {
  readonly verifiers: readonly Verifier[];
  readonly close: () => Promise<void>;
}

/** The only list of verifiers. */
export function createVerifiers(settings: readonly VerifierSettings[]): Verifiers {
  const runner = lazyRunner();
  const made = [...settings]
    .sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type))
    .map((one) => create(one, runner));
  return {
    verifiers: made.map(({ verifier }) => verifier),
    close: async () => void (await Promise.all([runner.close(), ...made.map(({ close }) => close())])),
  };
}

/** The engine takes as long to load as small commands take in all: it waits for the first signature. */
function lazyExaminer(trusts: readonly Trust[]): Examiner {
  let loading: Promise<Examiner> | undefined;
  const load = async (): Promise<Examiner> => (await import('./sigstore/threads.ts')).createThreadedExaminer(trusts);
  return {
    examine: async (signed, time) => {
      loading ??= load();
      return await (await loading).examine(signed, time);
    },
    close: async () => await (await loading)?.close(),
  };
}

/** One for all plugins, made for the first of them. */
function lazyRunner(): Runner {
  let loading: Promise<Runner> | undefined;
  const load = async (): Promise<Runner> => {
    const { createRunner, DEFAULT_RUNNER } = await import('./plugin/runner.ts');
    return createRunner(DEFAULT_RUNNER);
  };
  return {
    run: async (start) => {
      loading ??= load();
      return await (await loading).run(start);
    },
    close: async () => await (await loading)?.close(),
  };
}

/** Results of one verifier that are kept: five thousand signatures with small statements. */
const KEPT_BYTES = 32 * 1024 * 1024;

const reusing = (verifier: Verifier, { revision }: Reusable): Verifier =>
  cachedVerifier(verifier, { revision, maxBytes: KEPT_BYTES });

const nothing = async (): Promise<void> => {};

function create(
  settings: VerifierSettings,
  runner: Runner,
): { readonly verifier: Verifier; readonly close: () => Promise<void> } {
  switch (settings.type) {
    case 'plugin':
      return { verifier: createPluginVerifier({ ...settings, runner }), close: nothing };
    case 'json':
      return { verifier: createJsonVerifier(settings), close: nothing };
    case 'sigstore': {
      const examiner = lazyExaminer(settings.trusts);
      const verifier = createSigstoreVerifier({ ...settings, examiner });
      return { verifier: reusing(verifier, settings), close: () => examiner.close() };
    }
    case 'notation': {
      const revocation = createRevocationChecker(settings);
      const verifier = createNotationVerifier({ ...settings, revocation });
      return { verifier: reusing(verifier, settings), close: nothing };
    }
  }
}
