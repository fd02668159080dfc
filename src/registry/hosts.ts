import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { VerdictError } from '../errors.ts';
import type { Reference } from '../reference.ts';
import type { Trace } from '../trace.ts';
import { isLoopback, type Reach } from './addresses.ts';
import type { Credential, HostSettings } from './options.ts';

export type RegistryReference = Extract<Reference, { kind: 'registry' }>;

/** What makes a TLS connection to a host different from others. Compared by identity: one per entry of the settings. */
export interface TlsIdentity {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly http2: boolean;
}

/** Where a repository is, how to get there, and on whose behalf. */
export interface Place {
  /** As in references: `docker.io` for Docker Hub. */
  readonly registry: string;
  /** Empty: the registry itself. */
  readonly repository: string;
  /** `https://host/v2/repository/`; of the registry itself `https://host/v2/`. */
  readonly base: URL;
  readonly tls: TlsIdentity;
  /** From the settings. */
  readonly credential: Credential | undefined;
  /** What requests to it belong to; undefined: nothing. */
  readonly trace: Trace | undefined;
}

/** Docker Hub is called by other names than its API. */
const API_HOSTS: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

export const ORDINARY_TLS: TlsIdentity = { ca: undefined, cert: undefined, key: undefined, http2: true };

interface Entry {
  readonly settings: HostSettings;
  /** Undefined where the settings say nothing about TLS. */
  readonly tls: TlsIdentity | undefined;
}

/** The name under which settings for every host stand. */
const EVERY_HOST = '*';

/** The settings of all hosts. */
export class Hosts {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #named: ReadonlySet<string>;
  /** Where hosts that the settings do not name may lie, whoever asks for them; undefined: anywhere. */
  readonly outset: Reach | undefined;

  /** Throws CONFIG_INVALID where certificates or keys cannot be used. */
  constructor(settings: Readonly<Record<string, HostSettings>>, outset?: Reach) {
    // Whoever names every host means those of the house too; link-local addresses are nobody's registry.
    this.outset = outset === undefined || !Object.hasOwn(settings, EVERY_HOST) ? outset : 'loopback';
    const entries = Object.entries(settings).map(
      ([name, one]) => [name.toLowerCase(), { settings: one, tls: identity(name, one) }] as const,
    );
    this.#entries = new Map(entries);
    this.#named = new Set(entries.map(([name]) => name.split('/')[0] ?? ''));
  }

  /** Where the repository of a reference is. Throws REFERENCE_INVALID for a host that no URL can hold. */
  place({ registry, repository }: Pick<RegistryReference, 'registry' | 'repository'>, trace?: Trace): Place {
    const entries = this.#along(repository === '' ? registry : `${registry}/${repository}`);
    const host = API_HOSTS[registry] ?? registry;
    const scheme = this.#isPlain(entries, hostnameOf(host)) ? 'http' : 'https';
    return {
      registry,
      repository,
      base: new URL(`${scheme}://${host}/v2/${repository === '' ? '' : `${repository}/`}`),
      tls: entries.find((entry) => entry.tls !== undefined)?.tls ?? ORDINARY_TLS,
      credential: entries.find((entry) => entry.settings.credential !== undefined)?.settings.credential,
      trace,
    };
  }

  /** TLS identity for a URL that is not of a repository: a redirect's target, a token server. */
  tlsOf(url: URL): TlsIdentity {
    return (this.#entries.get(url.host) ?? this.#entries.get(EVERY_HOST))?.tls ?? ORDINARY_TLS;
  }

  /** Whether the settings name this host, so that its address is nobody's surprise. */
  isNamed(url: URL): boolean {
    return this.#named.has(url.host);
  }

  /** Whether HTTP without TLS may be spoken to the host of the URL. */
  allowsPlain(url: URL): boolean {
    return this.#isPlain(this.#along(url.host), url.hostname);
  }

  #isPlain(entries: readonly Entry[], hostname: string): boolean {
    const isSet = (entry: Entry): boolean => entry.settings.plainHttp === true;
    const everyHost = this.#entries.get(EVERY_HOST);
    if (entries.some((entry) => entry !== everyHost && isSet(entry))) return true;
    const wantsTls = ({ settings: { tls, ca, cert } }: Entry): boolean =>
      tls === true || ca !== undefined || cert !== undefined;
    if (entries.some(wantsTls)) return false;
    return isLoopback(hostname) || (everyHost !== undefined && isSet(everyHost));
  }

  /** The entries for a name and its prefixes, the longest first, that for every host last. */
  #along(name: string): readonly Entry[] {
    const parts = name.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
    return [...prefixes, EVERY_HOST].flatMap((prefix) => this.#entries.get(prefix) ?? []);
  }
}

function hostnameOf(host: string): string {
  try {
    return new URL(`https://${host}/`).hostname;
  } catch (cause) {
    throw new VerdictError('REFERENCE_INVALID', `${JSON.stringify(host)} is not a host that can be connected to`, {
      cause,
    });
  }
}

function identity(name: string, { ca, cert, key, http2 }: HostSettings): TlsIdentity | undefined {
  if (ca === undefined && cert === undefined && key === undefined && http2 === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new VerdictError(
      'CONFIG_INVALID',
      `registries: ${name} needs both a client certificate and its key, or neither`,
    );
  }
  try {
    checkAuthorities(ca);
    createSecureContext({ ca, cert, key });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new VerdictError('CONFIG_INVALID', `registries: the certificates of ${name} cannot be used: ${why}`, {
      cause,
    });
  }
  return { ca, cert, key, http2: http2 ?? true };
}

/** Node ignores what it cannot read here, and would then trust nobody without saying why. */
function checkAuthorities(ca: string | undefined): void {
  if (ca === undefined) return;
  const blocks = ca.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error('`ca` holds no PEM certificate');
  for (const block of blocks) new X509Certificate(block);
}
