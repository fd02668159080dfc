import type { Server as HttpsServer } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { asVerdictError, type VerdictError } from '../errors.ts';
import type { ServerTls } from '../generated/config.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { createRetire } from './retire.ts';
import { describeTlsClientError, loadTls, reloadTls, type TlsMaterial } from './tls.ts';
import { type Watch, watchFiles } from './watch.ts';

export interface CertificatesOptions {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'certificates'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What the service shows to its clients and asks of them, read again whenever it changes. */
export class Certificates {
  readonly #paths: ServerTls;
  readonly #options: CertificatesOptions;
  /** The authorities of clients that are admitted, as one text. */
  #clientCa = '';
  #app: FastifyInstance | undefined;
  /** Parts with clients that were admitted by what is no longer trusted. */
  #retireClients: () => void = () => undefined;
  #watch: Watch | undefined;

  constructor(paths: ServerTls, options: CertificatesOptions) {
    this.#paths = paths;
    this.#options = options;
  }

  /** From here on nothing that changes is missed; it takes effect once a server has them. */
  async watch(started: Promise<void>, onError: (error: VerdictError) => void): Promise<void> {
    const { cert, key, clientCa } = this.#paths;
    const paths = [cert, key, ...(clientCa === undefined ? [] : [clientCa])].map((path) => ({ path }));
    const onChange = async (): Promise<void> => {
      await started;
      this.#reload();
    };
    this.#watch = await watchFiles(paths, { onChange, onError });
  }

  /** Throws CONFIG_INVALID, FILE_UNREADABLE. */
  load(): TlsMaterial {
    const { log, metrics, now } = this.#options;
    const material = loadTls(this.#paths, new Date(now()));
    for (const warning of material.warnings) log.warn({ warning }, 'a certificate will trouble clients');
    metrics.certificates(material.certificates);
    return material;
  }

  /** The application that was made with them; it does not listen yet. */
  use(app: FastifyInstance, { clientCa }: TlsMaterial): void {
    this.#app = app;
    this.#clientCa = String(clientCa);
    this.#retireClients = createRetire(app.server);
    app.server.on('tlsClientError', (error, socket) =>
      this.#options.log.warn({ cause: describeTlsClientError(error, socket) }, 'a client was not admitted'),
    );
  }

  close(): void {
    this.#watch?.close();
  }

  #reload(): void {
    const { log } = this.#options;
    if (this.#app === undefined) return;
    try {
      const material = this.load();
      // Fastify's type says HTTP; with `https` it made the other.
      reloadTls(this.#app.server as unknown as HttpsServer, material);
      // With a connection goes the question that is on its way: a renewed certificate is no reason for that.
      if (String(material.clientCa) !== this.#clientCa) this.#retireClients();
      this.#clientCa = String(material.clientCa);
      log.info({}, 'certificates were read again');
    } catch (thrown) {
      log.error({ error: asVerdictError(thrown).toFacts() }, 'the new certificates cannot be used: the old ones stay');
    }
  }
}
