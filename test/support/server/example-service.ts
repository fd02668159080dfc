import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.ts';
import { createLogger } from '../../../src/server/log.ts';
import { type Serving, serve } from '../../../src/server/serve.ts';
import { ROOT } from '../decide.ts';
import { putLayout } from '../registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../registry/registry.ts';
import { providerRequest } from './open-app.ts';

/** Milliseconds of a validation request: long enough for a cold decision on a busy machine. */
const VERIFY_TIMEOUT = 5000;

/** `verdict serve` over a registry with the example images, decided by the demo's policy. */
export interface ExampleService {
  readonly registry: TestRegistry;
  readonly serving: Serving;
  /** The configuration's path. */
  readonly file: string;
  /** The reference of an example. */
  image(tag: string): string;
  /** Writes the configuration anew, with this profile of the policy; the service sees that by itself. */
  configure(profile: string): void;
  /** What the service takes for now goes on. */
  advance(milliseconds: number): void;
  post(path: string, body: unknown, options?: RequestInit): Promise<Readonly<Record<string, unknown>>>;
  /** What a provider route answers for these keys. */
  ask(path: string, ...keys: readonly string[]): Promise<ProviderAnswer>;
  /** The value of a series of `/metrics`; 0 where there is none. */
  metric(series: string): Promise<number>;
  close(): Promise<void>;
}

interface ProviderAnswer {
  readonly items: ReadonlyArray<{ readonly key: string; readonly value?: never; readonly error?: string }>;
  readonly systemError?: string;
}

/** Close it when done. */
export async function startExampleService(): Promise<ExampleService> {
  const directory = mkdtempSync(join(tmpdir(), 'verdict-service-'));
  const file = join(directory, 'verdict.yaml');
  const registry = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
  let now = Date.parse('2026-11-21T12:00:00Z');

  const configure = (profile: string): void =>
    writeFileSync(
      file,
      `trust:
  acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}
  acme-keys: {type: keys, keys: [${ROOT}examples/keys/scanner.pub], root: ${ROOT}examples/keys/trusted_root.json}
policy: {config: {profile: ${profile}, provenance: {repositories: ["https://github.com/acme/*"]}}}
registries: {"${registry.host}": {plainHttp: true}}
server: {port: 0, verifyTimeout: ${VERIFY_TIMEOUT}, mutateTimeout: 10000}
`,
    );
  configure('demo');
  const serving = await serve({
    load: () => loadConfig(file, directory),
    environment: { HOME: directory },
    log: createLogger({ level: 'error', write: () => undefined, now: () => new Date(now) }),
    out: () => undefined,
    now: () => now,
    processors: 2,
  });
  const post: ExampleService['post'] = async (path, body, options = {}) => {
    const reply = await fetch(serving.url + path, { method: 'POST', body: JSON.stringify(body), ...options });
    return (await reply.json()) as Readonly<Record<string, unknown>>;
  };
  return {
    registry,
    serving,
    file,
    image: (tag) => registry.reference(tag),
    configure,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    post,
    ask: async (path, ...keys) => (await post(path, providerRequest(...keys))).response as ProviderAnswer,
    metric: async (series) => {
      const text = await (await fetch(`${serving.url}/metrics`)).text();
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length) ?? 0,
      );
    },
    close: async () => {
      await Promise.all([serving.close(), registry.close()]);
      rmSync(directory, { recursive: true });
    },
  };
}
