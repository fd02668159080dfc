import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { ROOT } from './decide.ts';
import { putLayout } from './registry/from-layout.ts';
import { startRegistry, type TestRegistry } from './registry/registry.ts';

/** A service over plain HTTP and a registry with the example images, each with a directory of its own. */
export class TestService {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'verdict-service-')));
  readonly logged: Array<Readonly<Record<string, unknown>>> = [];
  readonly registry: TestRegistry;
  /** What the service takes for now. */
  now = Date.parse('2026-11-21T12:00:00Z');
  #serving: Serving | undefined;

  static async open(): Promise<TestService> {
    const registry = await startRegistry();
    putLayout(registry, `${ROOT}examples/images`);
    return new TestService(registry);
  }

  private constructor(registry: TestRegistry) {
    this.registry = registry;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** `verdict.yaml` of the given text, with the registry and a free port. */
  configure(text: string, cache = '{}'): void {
    const registries = `registries: {"${this.registry.host}": {plainHttp: true}}`;
    this.write('verdict.yaml', `${text}\n${registries}\nserver: {port: 0, cache: ${cache}}\n`);
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<Serving> {
    const options = {
      load: () => loadConfig(undefined, this.directory),
      environment: { HOME: this.directory, ...environment },
      log: createLogger({
        level: 'info',
        write: (text) => void this.logged.push(JSON.parse(text)),
        now: () => new Date(this.now),
      }),
      out: () => undefined,
      now: () => this.now,
      processors: 2,
    };
    this.#serving = await serve(options);
    return this.#serving;
  }

  /** Ends the service, not the registry. */
  async stop(): Promise<void> {
    await this.#serving?.close();
    this.#serving = undefined;
  }

  /** Whether the image with the tag may be used, and why not. */
  async verify(tag: string): Promise<{ readonly allow: boolean; readonly message: string }> {
    const response = await fetch(`${this.#serving?.url}/v1/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reference: this.registry.reference(tag) }),
    });
    return (await response.json()) as { readonly allow: boolean; readonly message: string };
  }

  /** Value of one series of `/metrics`; 0 where there is none. */
  async metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.#serving?.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  }

  messages(): readonly unknown[] {
    return this.logged.map(({ msg }) => msg);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.registry.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Trusts under which the example image `allowed` is allowed, and its profile. */
export const DEMO = `trust:
  acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}
  acme-keys: {type: keys, keys: [${ROOT}examples/keys/scanner.pub], root: ${ROOT}examples/keys/trusted_root.json}
policy: {config: {profile: demo, provenance: {repositories: ["https://github.com/acme/*"]}}}`;
