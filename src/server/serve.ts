import { randomUUID } from 'node:crypto';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { dependenciesOf } from '../config/dependencies.ts';
import type { LoadedConfig } from '../config/load.ts';
import { packageVersion } from '../config/resources.ts';
import type { Service } from '../config/service.ts';
import { asVerdictError, VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import type { AppDeps } from './app.ts';
import type { Evaluated } from './data/data.ts';
import type { DecisionLog } from './data/log.ts';
import type { Decider, ServiceLoad } from './decider.ts';
import { openDecisionLog } from './decision-log.ts';
import { createDrain } from './drain.ts';
import { type Generation, openGeneration } from './generation.ts';
import type { HealthDeps } from './health.ts';
import { createBurst } from './load/burst.ts';
import { type LoopDelay, MAX_LOOP_DELAY, watchLoopDelay } from './load/loop-delay.ts';
import type { Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { RatifyForm } from './ratify/value.ts';
import { createRetire } from './retire.ts';
import { describeTlsClientError, loadTls, reloadTls, secureOptions, type TlsMaterial } from './tls.ts';
import { traceOf } from './traced.ts';
import { createTracing, registeredTracer, type Tracing } from './tracing.ts';
import { Watch, watchFiles } from './watch.ts';

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
  /** Where traces begin. Default: recorded by the SDK that is registered with OpenTelemetry, if there is one. */
  readonly tracing?: Tracing;
}

/** A service that listens. */
export interface Serving {
  readonly url: string;
  /** Where `server.health` listens; empty where it does not. */
  readonly healthUrl: string;
  /** Where `server.metrics` listens; empty where it does not. */
  readonly metricsUrl: string;
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

/** Changed files that one line of the log names. */
const MAX_NAMED = 20;

type Apps = typeof import('./app.ts');

class Server {
  readonly #options: ServeOptions;
  /** Of this process, as OPA's status and decision logs tell it. */
  readonly #id = randomUUID();
  readonly #metrics: Metrics;
  readonly #tracing: Tracing;
  readonly #tls: Config['server']['tls'];
  /** The configuration and all that it reads. */
  readonly #watch: Watch;
  readonly #started = Promise.withResolvers<void>();
  /** What ends, in this order. */
  readonly #closers: Array<() => Promise<unknown>> = [];
  #tlsWatch: Watch | undefined;
  #app: FastifyInstance | undefined;
  /** The authorities of clients that are admitted, as one text. */
  #clientCa = '';
  /** Parts with clients that were admitted by what is no longer trusted. */
  #retireClients: () => void = () => undefined;
  #current: Generation | undefined;
  /** Generations that ended work may still be using. */
  readonly #retired = new Set<Generation>();
  /** Watched once it is ready: starting is no overload. */
  #loopDelay: LoopDelay | undefined;
  readonly #onShed: ServiceLoad['onShed'];
  /** One after another: the last to come is the last to win. */
  #reloading: Promise<unknown> = Promise.resolve();
  #isEnding = false;

  constructor(options: ServeOptions, { config }: LoadedConfig) {
    this.#options = options;
    this.#tracing = options.tracing ?? createTracing(registeredTracer());
    this.#metrics = createMetrics({ hosts: Object.keys(config.registries) });
    const told = createBurst(options.log, options.now);
    this.#onShed = (reason) => {
      this.#metrics.shed(reason);
      told(reason);
    };
    this.#tls = config.server.tls;
    this.#watch = new Watch({ onChange: (paths) => this.#changed(paths), onError: this.#unwatched });
  }

  async start(loaded: LoadedConfig): Promise<Serving> {
    // From here on nothing that changes is missed, also while the rest is made.
    await this.#watchFiles(loaded);
    const opening = this.#openGeneration(loaded, 1);
    // Fastify is loaded while the first worker of the policy starts.
    const [generation, apps] = await Promise.all([opening, import('./app.ts')]);
    this.#use(generation);
    this.#loopDelay = watchLoopDelay(() => performance.now());
    const { health, metrics } = loaded.config.server;
    const healthUrl = await this.#listenForHealth(apps, health);
    const metricsUrl = await this.#listenForHealth(apps, metrics);
    const url = await this.#listen(apps, loaded.config);
    this.#started.resolve();
    this.#options.log.info(
      { url, healthUrl, metricsUrl, generation: 1, revision: this.#current?.service.revision },
      'serving',
    );
    return { url, healthUrl, metricsUrl, reload: () => this.#reload(), close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    this.#watch.close();
    this.#tlsWatch?.close();
    this.#loopDelay?.close();
    for (const end of this.#closers.splice(0)) await end();
    await this.#reloading;
    const generations = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    this.#retired.clear();
    await Promise.all(generations.map(({ service }) => service.close()));
    this.#options.log.info({}, 'ended');
  }

  #openGeneration(loaded: LoadedConfig, number: number): Promise<Generation> {
    const isOverloaded = (): boolean => (this.#loopDelay?.mean() ?? 0) > MAX_LOOP_DELAY;
    const load = { isOverloaded, onShed: this.#onShed };
    const own = { metrics: this.#metrics, tracing: this.#tracing, load };
    return openGeneration(loaded, number, { ...this.#options, ...own });
  }

  async #listen({ buildApp }: Apps, config: Config): Promise<string> {
    const { address, port, bodyBytes, drain, connections } = config.server;
    const { log } = this.#options;
    const material = this.#tls && this.#loadTls(this.#tls);
    this.#clientCa = String(material?.clientCa);
    const app = buildApp({ ...this.#deps(config), bodyBytes, ...(material && { https: secureOptions(material) }) });
    const ended = createDrain(app.server, { timeout: drain });
    this.#retireClients = createRetire(app.server);
    app.server.maxConnections = connections;
    app.server.on('drop', () => this.#onShed('connections'));
    app.server.on('tlsClientError', (error, socket) =>
      log.warn({ cause: describeTlsClientError(error, socket) }, 'a client was not admitted'),
    );
    // Those who ask whether it is ready hear that it ends until nothing is left to do.
    this.#closers.unshift(ended, () => app.close());
    this.#app = app;
    await listen(app, 'server', { address, port });
    return urlOf(app, material !== undefined);
  }

  /** A listener for health and metrics alone. */
  async #listenForHealth({ buildHealthApp }: Apps, health: Config['server']['health']): Promise<string> {
    if (health === undefined) return '';
    const app = buildHealthApp(this.#health());
    this.#closers.push(() => app.close());
    await listen(app, 'server.health or server.metrics', health);
    return urlOf(app, false);
  }

  #deps({ server: { data } }: Config): Omit<AppDeps, 'bodyBytes' | 'https'> {
    const { now } = this.#options;
    const decider = (): Decider => this.#generation().decider;
    const config = (): Config => this.#generation().service.config;
    return {
      generation: () => this.#current?.number ?? 0,
      gatekeeper: { decider, settings: () => config().server, metrics: this.#metrics },
      ratify: { form: () => formOf(config()), now: () => new Date(now()) },
      native: { decider, settings: () => ({ ...config().server, deadline: config().limits.deadline }) },
      data: {
        entrypoints: () => this.#generation().service.everybody.policy.entrypoints,
        evaluate: (entrypoint, input, time) =>
          evaluateOnce(this.#generation().service.everybody.policy, entrypoint, input, time),
        revisions: () => this.#revisions(),
        onFault: (thrown, request) => {
          const fields = { error: asVerdictError(thrown), traceId: traceOf(request).traceId };
          this.#options.log.error(fields, 'a request could not be answered');
        },
        now: () => new Date(now()),
        newId: randomUUID,
        labels: { id: this.#id, version: packageVersion() },
        bodyBytes: data.bodyBytes,
        ...(data.log && { log: this.#openLog(data.log) }),
      },
      health: this.#health(),
      metrics: this.#metrics,
      log: this.#options.log,
      tracing: this.#tracing,
    };
  }

  #openLog(settings: NonNullable<Config['server']['data']['log']>): DecisionLog {
    const { log, close } = openDecisionLog(settings, this.#options.out);
    this.#closers.push(close);
    return log;
  }

  #health(): HealthDeps {
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

  async #watchFiles(loaded: LoadedConfig): Promise<void> {
    const { cert, key, clientCa } = this.#tls ?? {};
    const certificates = [cert, key, clientCa].filter((path) => path !== undefined).map((path) => ({ path }));
    if (certificates.length > 0) {
      const onChange = async (): Promise<void> => {
        await this.#started.promise;
        this.#reloadTls();
      };
      this.#tlsWatch = await watchFiles(certificates, { onChange, onError: this.#unwatched });
    }
    await this.#watchConfiguration(loaded);
  }

  /** The configuration's own file comes first: it is watched however many files there are. */
  async #watchConfiguration({ file, config }: LoadedConfig): Promise<void> {
    const dependencies = await dependenciesOf(config, this.#options.environment);
    await this.#watch.set([...(file === '' ? [] : [{ path: file }]), ...dependencies]);
  }

  async #changed(paths: readonly string[]): Promise<void> {
    await this.#started.promise;
    this.#options.log.info({ paths: paths.slice(0, MAX_NAMED) }, 'files that the configuration reads have changed');
    await this.#reload();
  }

  readonly #unwatched = (error: VerdictError): void =>
    this.#options.log.warn({ error: error.toFacts() }, 'files cannot be watched');

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
      // What is read from here on is at least as new as what counts as reported.
      await this.#watch.rebase();
      const loaded = await load();
      await this.#watchConfiguration(loaded);
      const next = await this.#openGeneration(loaded, before.number + 1);
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
    const { name, revision } = this.#generation().service.everybody.policy.info;
    return { [name]: { revision } };
  }

  #generation(): Generation {
    if (this.#current === undefined) {
      throw new VerdictError('LIMIT_EXCEEDED', 'the service is not ready', { retryable: true });
    }
    return this.#current;
  }
}

/** The form of the reports that a policy makes for Ratify's clients. */
const formOf = ({ policy: { convention, config } }: Config): RatifyForm =>
  convention === 'ratify' && config.kind === 'config' ? '0.2.0' : '1.1.0';

/** What a policy is given where a caller sends no input. */
const NO_INPUT = Buffer.from('null');

async function evaluateOnce(
  policy: Service['everybody']['policy'],
  entrypoint: string,
  input: Uint8Array | undefined,
  time: Date,
): Promise<Evaluated> {
  const answer = await policy.evaluate([entrypoint], { input: input ?? new Uint8Array(NO_INPUT), time });
  if (answer.kind === 'fault') return { kind: 'fault', error: new VerdictError(answer.code, answer.message) };
  const [value] = answer.values;
  return value === undefined ? { kind: 'undefined' } : { kind: 'result', json: Buffer.from(value) };
}

const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'it is no address of this machine',
};

/** Throws CONFIG_INVALID where that is not possible. */
async function listen(
  app: FastifyInstance,
  setting: string,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<void> {
  try {
    await app.listen({ host: address, port });
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const why = LISTEN_FAULTS[code] ?? message;
    throw new VerdictError('CONFIG_INVALID', `cannot listen on ${address}:${port} (${setting}): ${why}`, { cause });
  }
}

function urlOf(app: FastifyInstance, isSecure: boolean): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${isSecure ? 'https' : 'http'}://${host}:${port}`;
}
