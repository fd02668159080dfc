import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.ts';
import { ROOT } from '../decide.ts';
import { Gatekeeper } from '../gatekeeper/client.ts';
import { makeTestCa, type TestCa } from '../gatekeeper/pki.ts';
import { putLayout } from '../registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../registry/registry.ts';

/** What is to be said of an image. */
export type Expected =
  | 'allowed'
  | 'denied'
  /** It cannot be told, and may be later. */
  | 'undecided'
  /** There is none. */
  | 'absent';

/** An image to ask for. */
export interface Known {
  readonly tag: string;
  readonly expected: Expected;
}

const GOOD = ['allowed'];
const BAD = ['unsigned', 'wrong-signer', 'licence-denied', 'no-provenance', 'tampered', 'wrong-subject'];
export const ABSENT: Known = { tag: 'nosuch', expected: 'absent' };
export const ALLOWED: Known = { tag: 'allowed', expected: 'allowed' };
export const KNOWN: readonly Known[] = [
  ...GOOD.map((tag) => ({ tag, expected: 'allowed' }) as const),
  ...BAD.map((tag) => ({ tag, expected: 'denied' }) as const),
  ABSENT,
];
/** Its registry never says what is attached. */
const UNDECIDABLE = 'team/undecidable';

/**
 * Milliseconds: short enough that hardly anything is answered from memory. Bytes: few, so that what is kept on purpose
 * soon grows no more.
 */
const SHORT_CACHE =
  '{allow: 100, deny: 100, incomplete: 100, stale: 0, tags: 100, bytes: 2097152, contentBytes: 8388608}';
/** Milliseconds that the service gives a request, and a client the service: the first must be less. */
export const VERIFY_TIMEOUT = 1000;
const CLIENT_TIMEOUT = 20_000;

export interface Configured {
  /** Of `server.cache`; default {@link SHORT_CACHE}. */
  readonly cache?: string;
  readonly policy?: string;
  readonly trust?: string;
  /** Whole settings at the end. */
  readonly more?: string;
  /** More members of `server`. */
  readonly server?: string;
}

/** A directory with a configuration, a registry with the example images, and an authority for both ends of TLS. */
export class Site {
  readonly directory = mkdtempSync(join(tmpdir(), 'verdict-service-'));
  readonly file = join(this.directory, 'verdict.yaml');
  readonly authority: TestCa = makeTestCa();
  readonly registry: TestRegistry;
  #repositories = 0;
  #policy = '';

  static async open(): Promise<Site> {
    const site = new Site(await startRegistry());
    putLayout(site.registry, `${ROOT}examples/images`);
    const { cert, key } = site.authority.server();
    site.put('tls.crt', cert);
    site.put('tls.key', key);
    site.put('ca.crt', site.authority.ca);
    site.put('policy.tar.gz', readFileSync(`${ROOT}policies/starter.tar.gz`));
    await site.#useBundle();
    site.configure();
    site.calm();
    return site;
  }

  private constructor(registry: TestRegistry) {
    this.registry = registry;
  }

  /** The starter policy as a file of its own, which can be spoilt. */
  async #useBundle(): Promise<void> {
    this.configure({ policy: STARTER });
    const { config } = await loadConfig(this.file, this.directory);
    this.#policy = JSON.stringify({ bundle: 'policy.tar.gz', config: config.policy.config });
  }

  put(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.directory, name), content);
  }

  configure({ cache = SHORT_CACHE, policy = this.#policy, trust = '', more = '', server = '' }: Configured = {}): void {
    this.put(
      'verdict.yaml',
      `trust:
  acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}
  acme-keys: {type: keys, keys: [${ROOT}examples/keys/scanner.pub], root: ${ROOT}examples/keys/trusted_root.json}
${trust}policy: ${policy}
registries: {"${this.registry.host}": {plainHttp: true}}
server: {port: 0, verifyTimeout: ${VERIFY_TIMEOUT}, health: {address: 127.0.0.1, port: 0}, cache: ${cache}, tls: {cert: tls.crt, key: tls.key, clientCa: ca.crt}${server}}
${more}`,
    );
  }

  /** Takes all faults away but the one that makes an image undecidable. */
  calm(): void {
    this.registry.clearFaults();
    this.registry.forget();
    this.registry.fault({ route: 'referrers', repository: UNDECIDABLE }, { kind: 'answer', status: 503 });
  }

  /** A key for an image in a repository that many ask for. */
  known({ tag }: Known): string {
    return this.registry.reference(tag);
  }

  /** A key for an image, in a repository that nobody has asked for: nothing of it is known. */
  fresh({ tag, expected }: Known): string {
    const repository = expected === 'undecided' ? UNDECIDABLE : `team/app-${this.#repositories++}`;
    Object.assign(this.registry.content(repository), this.registry.content());
    return this.registry.reference(tag, repository);
  }

  gatekeeper(url: string, timeoutMs = CLIENT_TIMEOUT): Gatekeeper {
    const { ca } = this.authority;
    return new Gatekeeper({ url: `${url}/v1/gatekeeper/validate`, ca, client: this.authority.client(), timeoutMs });
  }

  async close(): Promise<void> {
    await this.registry.close();
    rmSync(this.directory, { recursive: true });
  }
}

const STARTER = '{config: {profile: demo, provenance: {repositories: ["https://github.com/acme/*"]}}}';
export const UNDECIDED: Known = { tag: 'allowed', expected: 'undecided' };
