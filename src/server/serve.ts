import { randomUUID } from 'node:crypto';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { LoadedConfig } from '../config/load.ts';
import type { Service } from '../config/service.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import { buildApp, buildHealthApp } from './app.ts';
import type { Evaluated } from './data/data.ts';
import type { DecisionLog } from './data/log.ts';
import type { Decider } from './decider.ts';
import { openDecisionLog } from './decision-log.ts';
import { createDrain } from './drain.ts';
import { type Generation, openGeneration } from './generation.ts';
import type { Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRetire } from './retire.ts';
import { describeTlsClientError, loadTls, reloadTls, secureOptions, type TlsMaterial } from './tls.ts';
import { type Watch, watchFiles } from './watch.ts';

export interface ServeOptions {
  /** Reads the configuration anew. */
  readonly load: () => Promise<LoadedConfig>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Takes one line for standard output. */
  readonly out: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Processors: one of them is left to the event loop. */
  readonly processors: number;
}

/** A service that listens. */
export interface Serving {
  readonly url: string;
  /** Where `server.health` listens; empty where it does not. */
  readonly healthUrl: string;
  /** Builds the configuration anew and swaps it in whole; a bad one is told of and leaves the old one at work. */
  readonly reload: () => Promise<boolean>;
  /** Ends what is under way within `server.drain`, then everything. */
  readonly close: () => Promise<void>;
}

/**
 * Loads, proves and serves. Throws what is wrong with the configuration, CANARY_ALLOWED for a policy that trusts what
 * nobody vouched for, and what listening throws; then nothing is left running.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const loaded = await options.load();
  const server = new Server(options, loaded);
  try {
    return await server.start(loaded);
  } catch (fault) {
    await server.close();
    throw fault;
  }
}

class Server {
  readonly #options: ServeOptions;
  readonly #metrics: Metrics;
  readonly #file: string;
  readonly #tls: Config['server']['tls'];
  readonly #watch: Watch;
  readonly #started = Promise.withResolvers<void>();
  /** What ends, in this order. */
  readonly #closers: Array<() => Promise<unknown>> = [];
  #app: FastifyInstance | undefined;
  /** The authorities of clients that are admitted, as one text. */
  #clientCa = '';
  /** Parts with clients that were admitted by what is no longer trusted. */
  #retireClients: () => void = () => undefined;
  #current: Generation | undefined;
  /** Generations that ended work may still be using. */
  readonly #retired = new Set<Generation>();
  /** One after another: the last to come is the last to win. */
  #reloading: Promise<unknown> = Promise.resolve();
  #isEnding = false;

  constructor(options: ServeOptions, { file, config }: LoadedConfig) {
    this.#options = options;
    this.#metrics = createMetrics({ hosts: Object.keys(config.registries) });
    this.#file = file;
    this.#tls = config.server.tls;
    // From here on nothing that changes is missed, also while the rest is made.
    this.#watch = watchFiles(this.#watchedFiles(), {
      onChange: (paths) => this.#changed(paths),
      onError: (error) => options.log.warn({ error: error.toFacts() }, 'files cannot be watched'),
    });
  }

  async start(loaded: LoadedConfig): Promise<Serving> {
    this.#use(await openGeneration(loaded, 1, { ...this.#options, metrics: this.#metrics }));
    const healthUrl = await this.#listenForHealth(loaded.config);
    const url = await this.#listen(loaded.config);
    this.#started.resolve();
    this.#options.log.info({ url, healthUrl, generation: 1, revision: this.#current?.service.revision }, 'serving');
    return { url, healthUrl, reload: () => this.#reload(), close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    this.#watch.close();
    for (const end of this.#closers.splice(0)) await end();
    await this.#reloading;
    const generations = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    this.#retired.clear();
    await Promise.all(generations.map(({ service }) => service.close()));
    this.#options.log.info({}, 'ended');
  }

  async #listen(config: Config): Promise<string> {
    const { address, port, bodyBytes, drain } = config.server;
    const { log } = this.#options;
    const material = this.#tls && this.#loadTls(this.#tls);
    this.#clientCa = String(material?.clientCa);
    const app = buildApp({ ...this.#deps(config), bodyBytes, ...(material && { https: secureOptions(material) }) });
    const ended = createDrain(app.server, { timeout: drain });
    this.#retireClients = createRetire(app.server);
    app.server.on('tlsClientError', (error, socket) =>
      log.warn({ cause: describeTlsClientError(error, socket) }, 'a client was not admitted'),
    );
    // Those who ask whether it is ready hear that it ends until nothing is left to do.
    this.#closers.unshift(ended, () => app.close());
    this.#app = app;
    await app.listen({ host: address, port });
    return urlOf(app, material !== undefined);
  }

  async #listenForHealth({ server: { health } }: Config): Promise<string> {
    if (health === undefined) return '';
    const app = buildHealthApp(this.#health());
    this.#closers.push(() => app.close());
    await app.listen({ host: health.address, port: health.port });
    return urlOf(app, false);
  }

  #deps({ server: { data } }: Config): Omit<Parameters<typeof buildApp>[0], 'bodyBytes' | 'https'> {
    const { now } = this.#options;
    const decider = (): Decider => this.#generation().decider;
    const config = (): Config => this.#generation().service.config;
    return {
      gatekeeper: { decider, settings: () => config().server, metrics: this.#metrics },
      native: { decider, settings: () => ({ ...config().server, deadline: config().limits.deadline }) },
      data: {
        entrypoints: () => this.#generation().service.policy.entrypoints,
        evaluate: (entrypoint, input, time) => evaluateOnce(this.#generation().service.policy, entrypoint, input, time),
        revisions: () => this.#revisions(),
        onFault: (thrown) =>
          this.#options.log.error({ error: asVerdictError(thrown) }, 'a request could not be answered'),
        now: () => new Date(now()),
        newId: randomUUID,
        bodyBytes: data.bodyBytes,
        ...(data.log && { log: this.#openLog(data.log) }),
      },
      health: this.#health(),
      metrics: this.#metrics,
      log: this.#options.log,
    };
  }

  #openLog(settings: NonNullable<Config['server']['data']['log']>): DecisionLog {
    const { log, close } = openDecisionLog(settings, this.#options.out);
    this.#closers.push(close);
    return log;
  }

  #health(): Parameters<typeof buildHealthApp>[0] {
    return {
      notReady: () => (this.#isEnding ? 'ending' : this.#current === undefined ? 'starting' : ''),
      metrics: {
        contentType: this.#metrics.contentType,
        text: () => {
          this.#current?.decider.measure();
          return this.#metrics.text();
        },
      },
    };
  }

  #watchedFiles(): readonly string[] {
    const { cert, key, clientCa } = this.#tls ?? {};
    return [this.#file, cert, key, clientCa].filter((path) => path !== undefined && path !== '') as string[];
  }

  async #changed(paths: readonly string[]): Promise<void> {
    await this.#started.promise;
    if (paths.some((path) => path !== this.#file)) this.#reloadTls();
    if (paths.includes(this.#file)) await this.#reload();
  }

  #loadTls(paths: NonNullable<Config['server']['tls']>): TlsMaterial {
    const material = loadTls(paths, new Date(this.#options.now()));
    for (const warning of material.warnings) this.#options.log.warn({ warning }, 'a certificate will trouble clients');
    this.#metrics.certificates(material.certificates);
    return material;
  }

  #reloadTls(): void {
    const { log } = this.#options;
    if (this.#tls === undefined || this.#app === undefined) return;
    try {
      // Fastify's type says HTTP; with `https` it made the other.
      const material = this.#loadTls(this.#tls);
      reloadTls(this.#app.server as unknown as HttpsServer, material);
      // With a connection goes the question that is on its way: a renewed certificate is no reason for that.
      if (String(material.clientCa) !== this.#clientCa) this.#retireClients();
      this.#clientCa = String(material.clientCa);
      log.info({}, 'certificates were read again');
    } catch (thrown) {
      log.error({ error: asVerdictError(thrown).toFacts() }, 'the new certificates cannot be used: the old ones stay');
    }
  }

  #reload(): Promise<boolean> {
    const reloaded = this.#reloading.then(() => this.#reloadNow());
    this.#reloading = reloaded;
    return reloaded;
  }

  async #reloadNow(): Promise<boolean> {
    const { log, load } = this.#options;
    const before = this.#current;
    if (before === undefined || this.#isEnding) return false;
    try {
      const loaded = await load();
      const next = await openGeneration(loaded, before.number + 1, { ...this.#options, metrics: this.#metrics });
      this.#use(next);
      this.#retire(before);
      this.#metrics.reload('ok');
      log.info({ generation: next.number, revision: next.service.revision }, 'a new configuration is at work');
      return true;
    } catch (thrown) {
      this.#metrics.reload('failed');
      log.error({ error: asVerdictError(thrown).toFacts() }, 'the new configuration cannot be used: the old one stays');
      return false;
    }
  }

  /** Who began with the old one ends with it. */
  #retire(generation: Generation): void {
    this.#retired.add(generation);
    const { deadline, policyTime } = generation.service.config.limits;
    const end = (): void => {
      if (this.#retired.delete(generation)) void generation.service.close();
    };
    setTimeout(end, deadline + 2 * policyTime).unref();
  }

  #use(generation: Generation): void {
    this.#current = generation;
    this.#metrics.generation(generation.number);
  }

  #revisions(): Readonly<Record<string, { readonly revision: string }>> {
    const { name, revision } = this.#generation().service.policy.info;
    return { [name]: { revision } };
  }

  #generation(): Generation {
    if (this.#current === undefined) {
      throw new VerdictError('LIMIT_EXCEEDED', 'the service is not ready', { retryable: true });
    }
    return this.#current;
  }
}

/** What a policy is given where a caller sends no input. */
const NO_INPUT = Buffer.from('null');

async function evaluateOnce(
  policy: Service['policy'],
  entrypoint: string,
  input: Uint8Array | undefined,
  time: Date,
): Promise<Evaluated> {
  const answer = await policy.evaluate([entrypoint], { input: input ?? new Uint8Array(NO_INPUT), time });
  if (answer.kind === 'fault') return { kind: 'fault', error: new VerdictError(answer.code, answer.message) };
  const [value] = answer.values;
  return value === undefined ? { kind: 'undefined' } : { kind: 'result', json: Buffer.from(value) };
}

function urlOf(app: FastifyInstance, isSecure: boolean): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${isSecure ? 'https' : 'http'}://${host}:${port}`;
}
