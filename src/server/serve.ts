import { dependenciesOf } from '../config/dependencies.ts';
import type { LoadedConfig } from '../config/load.ts';
import { configuredRegistries } from '../config/probe.ts';
import { asVerdictError, type VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';
import { Certificates } from './certificates.ts';
import type { DecisionLog } from './data/log.ts';
import type { ServiceLoad } from './decider.ts';
import { openDecisionLog } from './decision-log.ts';
import { depsOf } from './deps.ts';
import { createDrain } from './drain.ts';
import { Generations } from './generations.ts';
import type { HealthDeps } from './health.ts';
import { listen } from './listen.ts';
import { createBurst } from './load/burst.ts';
import { type LoopDelay, MAX_LOOP_DELAY, watchLoopDelay } from './load/loop-delay.ts';
import type { Logger } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { secureOptions } from './tls.ts';
import { createTracing, registeredTracer, type Tracing } from './tracing.ts';
import { Watch } from './watch.ts';

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
  readonly #metrics: Metrics;
  readonly #tracing: Tracing;
  /** Undefined: plain HTTP. */
  readonly #certificates: Certificates | undefined;
  /** The configuration and all that it reads. */
  readonly #watch: Watch;
  readonly #started = Promise.withResolvers<void>();
  /** What ends, in this order. */
  readonly #closers: Array<() => Promise<unknown>> = [];
  readonly #generations: Generations;
  /** Watched once it is ready: starting is no overload. */
  #loopDelay: LoopDelay | undefined;
  readonly #onShed: ServiceLoad['onShed'];
  /** One after another: the last to come is the last to win. */
  #reloading: Promise<unknown> = Promise.resolve();
  #isEnding = false;

  constructor(options: ServeOptions, { config }: LoadedConfig) {
    this.#options = options;
    this.#tracing = options.tracing ?? createTracing(registeredTracer());
    this.#metrics = createMetrics({ hosts: configuredRegistries(config) });
    const told = createBurst(options.log, options.now);
    this.#onShed = (reason) => {
      this.#metrics.shed(reason);
      told(reason);
    };
    const { tls } = config.server;
    const metrics = this.#metrics;
    this.#certificates = tls && new Certificates(tls, { ...options, metrics });
    const isOverloaded = (): boolean => (this.#loopDelay?.mean() ?? 0) > MAX_LOOP_DELAY;
    const load = { isOverloaded, onShed: this.#onShed };
    this.#generations = new Generations({ ...options, metrics, tracing: this.#tracing, load });
    this.#watch = new Watch({ onChange: (paths) => this.#changed(paths), onError: this.#unwatched });
  }

  async start(loaded: LoadedConfig): Promise<Serving> {
    // From here on nothing that changes is missed, also while the rest is made.
    await this.#watchFiles(loaded);
    // Fastify is loaded while the first worker of the policy starts.
    const [{ service }, apps] = await Promise.all([this.#generations.open(loaded), import('./app.ts')]);
    this.#loopDelay = watchLoopDelay(() => performance.now());
    const { health, metrics } = loaded.config.server;
    const healthUrl = await this.#listenForHealth(apps, health);
    const metricsUrl = await this.#listenForHealth(apps, metrics);
    const url = await this.#listen(apps, loaded.config);
    this.#started.resolve();
    this.#options.log.info({ url, healthUrl, metricsUrl, generation: 1, revision: service.revision }, 'serving');
    return { url, healthUrl, metricsUrl, reload: () => this.#reload(), close: () => this.close() };
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    this.#watch.close();
    this.#certificates?.close();
    this.#loopDelay?.close();
    for (const end of this.#closers.splice(0)) await end();
    await this.#reloading;
    await this.#generations.close();
    this.#options.log.info({}, 'ended');
  }

  async #listen({ buildApp }: Apps, config: Config): Promise<string> {
    const { server } = config;
    const material = this.#certificates?.load();
    const https = material && { https: secureOptions(material) };
    const app = buildApp({ ...this.#deps(server.data), bodyBytes: server.bodyBytes, ...https });
    const ended = createDrain(app.server, { timeout: server.drain });
    if (material !== undefined) this.#certificates?.use(app, material);
    app.server.maxConnections = server.connections;
    app.server.on('drop', () => this.#onShed('connections'));
    // Those who ask whether it is ready hear that it ends until nothing is left to do.
    this.#closers.unshift(ended, () => app.close());
    return await listen(app, 'server', server);
  }

  /** A listener for health and metrics alone. */
  async #listenForHealth({ buildHealthApp }: Apps, health: Config['server']['health']): Promise<string> {
    if (health === undefined) return '';
    const app = buildHealthApp(this.#health());
    this.#closers.push(() => app.close());
    return await listen(app, 'server.health or server.metrics', health);
  }

  #deps({ bodyBytes, log }: Config['server']['data']): ReturnType<typeof depsOf> {
    const decisions = log && this.#openLog(log);
    return depsOf({
      generations: this.#generations,
      health: this.#health(),
      metrics: this.#metrics,
      tracing: this.#tracing,
      log: this.#options.log,
      now: this.#options.now,
      data: { bodyBytes, ...(decisions && { log: decisions }) },
    });
  }

  #openLog(settings: NonNullable<Config['server']['data']['log']>): DecisionLog {
    const { log, close } = openDecisionLog(settings, this.#options.out);
    this.#closers.push(close);
    return log;
  }

  #health(): HealthDeps {
    return {
      notReady: () => (this.#isEnding ? 'ending' : this.#generations.current === undefined ? 'starting' : ''),
      metrics: {
        contentType: this.#metrics.contentType,
        text: () => {
          this.#generations.current?.decider.measure();
          return this.#metrics.text();
        },
      },
    };
  }

  async #watchFiles(loaded: LoadedConfig): Promise<void> {
    await this.#certificates?.watch(this.#started.promise, this.#unwatched);
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

  #reload(): Promise<boolean> {
    const reloaded = this.#reloading.then(() => this.#reloadNow());
    this.#reloading = reloaded;
    return reloaded;
  }

  async #reloadNow(): Promise<boolean> {
    const { log, load } = this.#options;
    if (this.#generations.current === undefined || this.#isEnding) return false;
    try {
      // What is read from here on is at least as new as what counts as reported.
      await this.#watch.rebase();
      const loaded = await load();
      await this.#watchConfiguration(loaded);
      const { number: generation, service } = await this.#generations.open(loaded);
      this.#metrics.reload('ok');
      log.info({ generation, revision: service.revision }, 'a new configuration is at work');
      return true;
    } catch (thrown) {
      this.#metrics.reload('failed');
      log.error({ error: asVerdictError(thrown).toFacts() }, 'the new configuration cannot be used: the old one stays');
      return false;
    }
  }
}
