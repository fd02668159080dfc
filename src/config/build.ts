import type { CollectRule } from '../collect.ts';
import type { Platform } from '../descriptor.ts';
import type { Means, Step } from '../evaluate.ts';
import type { EvidenceSet } from '../evidence.ts';
import type { Fetcher } from '../fetcher.ts';
import type { Config } from '../generated/config.ts';
import type { Reference } from '../reference.ts';
import type { RequestEvent } from '../request-event.ts';
import type { Store } from '../store.ts';
import type { Trust } from '../trust.ts';
import type { Verifier } from '../verifier.ts';
import { createVerifiers, type Verifiers } from '../verifiers/table.ts';
import { openNetwork } from './network.ts';
import { ownValidator } from './resources.ts';
import { storeFor } from './store.ts';
import { type TrustSurroundings, trustsOf } from './trusts.ts';
import { verifierSettings } from './verifiers.ts';

export interface BuildOptions {
  /** Files and directories of evidence that the user gives. */
  readonly evidence: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Let references lead to public addresses only, but for hosts that the configuration names. */
  readonly publicOnly?: boolean;
  readonly onStep?: (step: Step) => void;
}

/** What a configuration comes to, for subjects of one kind. */
export interface Built {
  readonly means: Means;
  /** Every HTTP request so far. */
  readonly requests: () => readonly RequestEvent[];
  readonly close: () => Promise<void>;
}

/** The composition root: a configuration becomes store, verifiers and limits. Throws CONFIG_INVALID, TRUST_INVALID or FILE_UNREADABLE. */
export async function buildMeans(config: Config, reference: Reference, options: BuildOptions): Promise<Built> {
  const requests: RequestEvent[] = [];
  const onRequest = (event: RequestEvent): void => void requests.push(event);
  const network = openNetwork(config, onRequest);
  const { environment } = options;
  const { verifiers, close: closeVerifiers } = await buildVerifiers(config, { environment, fetch: network.fetch });
  const store = await storeFor(config, reference, options, onRequest);
  const means = await meansOf(config, store, verifiers, options.onStep);
  const close = async (): Promise<void> => void (await Promise.all([store.close(), closeVerifiers(), network.close()]));
  return { means, requests: () => requests, close };
}

/** What decisions are made with, once store and verifiers are there. */
export async function meansOf(
  config: Config,
  store: Store,
  verifiers: readonly Verifier[],
  onStep?: (step: Step) => void,
): Promise<Means> {
  return {
    store,
    verifiers,
    collect: config.collect.map(collectRule),
    platforms: config.platforms.map(platform),
    targets: config.targets,
    limits: config.limits,
    validate: await evidenceValidator(),
    ...(onStep === undefined ? {} : { onStep }),
  };
}

/** The configured verifiers with the trusts they need. Throws as {@link buildMeans} does. */
export async function buildVerifiers(
  config: Config,
  surroundings: TrustSurroundings & { readonly fetch: Fetcher },
): Promise<Verifiers> {
  return await verifiersOf(config, await trustsOf(config, surroundings), surroundings.fetch);
}

/** The configured verifiers over trusts that were read. Throws CONFIG_INVALID or FILE_UNREADABLE. */
export async function verifiersOf(config: Config, trusts: readonly Trust[], fetch: Fetcher): Promise<Verifiers> {
  return createVerifiers(await Promise.all(config.verifiers.map((one) => verifierSettings(one, { trusts, fetch }))));
}

const collectRule = ({ type, take, count, by }: Config['collect'][number]): CollectRule => ({
  type,
  take: take === 'newest' ? { kind: take, count, by } : { kind: take },
});

function platform(text: string): Platform {
  const [os = '', architecture = '', variant = ''] = text.split('/');
  return { os, architecture, variant };
}

/** Of the whole evidence but its documents, which may be anything. */
async function evidenceValidator(): Promise<(head: EvidenceSet['head']) => readonly string[]> {
  const validate = await ownValidator('evidence');
  return (head) => validate({ ...head, documents: {} }).map(({ pointer, message }) => `${pointer}: ${message}`);
}
