import { asVerdictError, type ErrorCode, VerdictError } from '../../errors.ts';
import type { IdentityPattern as IdentityConfig, Trust as TrustConfig } from '../../generated/config.ts';
import type { SchemaFault } from '../../schema-fault.ts';
import type { IdentityPattern, TextPattern, Trust, TrustedRoot } from '../../trust.ts';
import type { LoadedCertificate } from './certificates.ts';
import { trustPointer } from './contradictions.ts';
import { placeOf, readCopy } from './copy.ts';
import { readBounded } from './files.ts';
import { distinctKeys, type KeyMeans, loadKeys } from './keys.ts';
import { requirementsOf } from './requirements.ts';
import { countOf, parseTrustedRoot } from './root.ts';
import { publicGood } from './seeds.ts';
import { PUBLIC_GOOD } from './source.ts';

/** What loading may touch. */
export interface TrustMeans extends KeyMeans {
  /** Where copies of trusted roots are kept. */
  readonly cacheDirectory: string;
  /** To say how old copies are. */
  readonly now: Date;
  /** Names of those that a namespace brought; default: none. */
  readonly ownTrusts?: readonly string[];
}

/** All trusts, or none: with any fault, `trusts` and `facts` are empty. */
export interface LoadedTrusts {
  readonly trusts: readonly Trust[];
  readonly faults: readonly TrustFault[];
  /** In the order of `trusts`. */
  readonly facts: readonly TrustFacts[];
}

/** A fault with its place in the configuration; whether it is worth trying again says its code. */
export interface TrustFault extends SchemaFault {
  readonly code: ErrorCode;
}

/** What is known of a trust beyond what verifiers need. */
export interface TrustFacts {
  readonly name: string;
  /** Undefined: its root is not updated. */
  readonly freshness: Freshness | undefined;
  readonly certificates: readonly LoadedCertificate[];
}

/** How current a trusted root from a TUF repository is. */
interface Freshness {
  readonly mirror: string;
  /** When the mirror last confirmed it; undefined: never, the configured `root` counts. */
  readonly fetched: Date | undefined;
  /** Milliseconds since then. */
  readonly age: number | undefined;
  /** Whether it is older than `update.maxAge`, or was never fetched. */
  readonly old: boolean;
}

/**
 * Reads everything that the configured trusts name; paths are absolute, and contradictions were looked for. Tells all
 * faults at once, each with its JSON pointer; throws nothing.
 */
export async function loadTrusts(
  config: Readonly<Record<string, TrustConfig>>,
  means: TrustMeans,
): Promise<LoadedTrusts> {
  const loading = Object.entries(config).map(([name, trust]) => new Loading(name, trust, means).load());
  const all = await Promise.all(loading);
  const faults = all.flatMap((one) => one.faults);
  const loaded = all.flatMap(({ trust, facts }) => (trust === undefined ? [] : [{ trust, facts }]));
  if (faults.length > 0) return { trusts: [], faults, facts: [] };
  return { trusts: loaded.map(({ trust }) => trust), faults, facts: loaded.map(({ facts }) => facts) };
}

interface Loaded {
  readonly trust: Trust | undefined;
  readonly facts: TrustFacts;
  readonly faults: readonly TrustFault[];
}

/** One trust being loaded, with the faults found so far. */
class Loading {
  readonly #name: string;
  readonly #config: TrustConfig;
  readonly #means: TrustMeans;
  readonly #faults: TrustFault[] = [];
  #freshness: Freshness | undefined;
  #certificates: readonly LoadedCertificate[] = [];

  constructor(name: string, config: TrustConfig, means: TrustMeans) {
    this.#name = name;
    this.#config = config;
    this.#means = means;
  }

  async load(): Promise<Loaded> {
    const trust = await this.#trust();
    const facts = { name: this.#name, freshness: this.#freshness, certificates: this.#certificates };
    return { trust: this.#faults.length > 0 ? undefined : trust, facts, faults: this.#faults };
  }

  async #trust(): Promise<Trust | undefined> {
    const config = this.#config;
    const root = await this.#root();
    const scope = this.#means.ownTrusts?.includes(this.#name) ? 'namespace' : 'cluster';
    const named = { name: this.#name, scope, ...requirementsOf(config, root) } as const;
    const identities = config.identities.map(identityPattern);
    switch (config.type) {
      case 'keys': {
        const keys = await this.#each('keys', (setting) => loadKeys(setting, this.#means));
        const distinct = await this.#attempt('/keys', async () => distinctKeys(keys));
        return { ...named, kind: 'keys', keys: distinct ?? [], root };
      }
      case 'sigstore':
        if (root !== undefined && countOf(root, 'certificateAuthorities') === 0) {
          this.#fault('/root', new VerdictError('TRUST_INVALID', `${root.source} has no certificate authority`));
        }
        return root === undefined ? undefined : { ...named, kind: 'sigstore', root, identities };
      case 'certificates':
        return { ...named, kind: 'certificates', ...(await this.#stores()), root, identities };
    }
  }

  /** The copy that was had from the mirror goes before the configured one. */
  async #root(): Promise<TrustedRoot | undefined> {
    const { root, update } = this.#config;
    if (update !== undefined) {
      const copy = await this.#attempt('/update', async () =>
        readCopy(await placeOf(update, this.#means.cacheDirectory)),
      );
      const age = copy && Math.max(0, this.#means.now.getTime() - copy.fetched.getTime());
      this.#freshness = {
        mirror: update.mirror,
        fetched: copy?.fetched,
        age,
        old: age === undefined || age > update.maxAge,
      };
      if (copy !== undefined) {
        return this.#attempt('/update', async () => parseTrustedRoot(copy.bytes, update.mirror));
      }
    }
    if (root !== undefined) {
      return this.#attempt('/root', async () =>
        root === PUBLIC_GOOD ? publicGood() : parseTrustedRoot(await readBounded(root), root),
      );
    }
    if (update !== undefined && this.#faults.length === 0) {
      const message = `nothing was fetched yet: run \`verdict trust update ${this.#name}\`, or give \`root\``;
      this.#fault('/update', new VerdictError('TRUST_INVALID', message));
    }
    return undefined;
  }

  async #stores() {
    const { loadCertificates, distinctCertificates, passwordOf } = await import('./certificates.ts');
    const password = await this.#attempt(
      this.#config.passwordEnv === undefined ? '/passwordFile' : '/passwordEnv',
      () => passwordOf(this.#config, this.#means.environment),
    );
    const store = async (option: 'ca' | 'signingAuthority' | 'tsa'): Promise<readonly Uint8Array[]> => {
      const found = await this.#each(option, (setting) =>
        loadCertificates(setting, option, { password, anchorsOnly: this.#config.anchorsOnly }),
      );
      const distinct = (await this.#attempt(`/${option}`, async () => distinctCertificates(found))) ?? [];
      this.#certificates = [...this.#certificates, ...distinct];
      return distinct.map(({ der }) => der);
    };
    const ca = await store('ca');
    const signingAuthority = await store('signingAuthority');
    return { ca, signingAuthority, tsa: await store('tsa') };
  }

  /** What all settings of an option name, in their order. */
  async #each<T>(
    option: 'keys' | 'ca' | 'signingAuthority' | 'tsa',
    read: (setting: string) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const outcomes = await Promise.allSettled(this.#config[option].map(read));
    return outcomes.flatMap((outcome, index) => {
      if (outcome.status === 'fulfilled') return outcome.value;
      this.#fault(`/${option}/${index}`, outcome.reason);
      return [];
    });
  }

  async #attempt<T>(pointer: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      this.#fault(pointer, thrown);
      return undefined;
    }
  }

  #fault(pointer: string, thrown: unknown): void {
    const { code, message } = asVerdictError(thrown);
    this.#faults.push({ pointer: `${trustPointer(this.#name)}${pointer}`, message, code });
  }
}

const identityPattern = (config: IdentityConfig): IdentityPattern => ({
  identity: textPattern(config.identity, config.identityPattern),
  issuer: textPattern(config.issuer, config.issuerPattern),
});

function textPattern(exact: string | undefined, pattern: string | undefined): TextPattern | undefined {
  if (exact !== undefined) return { kind: 'exact', value: exact };
  return pattern === undefined ? undefined : { kind: 'pattern', value: pattern };
}
