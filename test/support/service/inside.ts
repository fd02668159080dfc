import type { Worker } from 'node:worker_threads';
import { loadConfig } from '../../../src/config/load.ts';
import { createLogger } from '../../../src/server/log.ts';
import { type Serving, serve } from '../../../src/server/serve.ts';
import type { Running } from './asking.ts';
import type { Site } from './site.ts';

/** A service within this process, whose clock and threads can be had. */
export class Inside implements Running {
  readonly site: Site;
  /** What it takes for now, in milliseconds. */
  now = Date.parse('2026-11-21T12:00:00Z');
  readonly #threads = new Set<Worker>();
  #serving: Serving | undefined;

  static async start(site: Site): Promise<Inside> {
    const inside = new Inside(site);
    await inside.#start();
    return inside;
  }

  private constructor(site: Site) {
    this.site = site;
  }

  get url(): string {
    return this.#serving?.url ?? '';
  }

  get healthUrl(): string {
    return this.#serving?.healthUrl ?? '';
  }

  /** Ends every thread at once, whatever it does; how many there were. */
  async killThreads(): Promise<number> {
    const threads = [...this.#threads];
    await Promise.all(threads.map((thread) => thread.terminate()));
    return threads.length;
  }

  async close(): Promise<void> {
    await this.#serving?.close();
    process.off('worker', this.#onWorker);
  }

  async #start(): Promise<void> {
    process.on('worker', this.#onWorker);
    this.#serving = await serve({
      load: () => loadConfig(this.site.file, this.site.directory),
      environment: { HOME: this.site.directory },
      log: createLogger({ level: 'silent', write: () => undefined, now: () => new Date(this.now) }),
      out: () => undefined,
      now: () => this.now,
      processors: 2,
    });
  }

  readonly #onWorker = (thread: Worker): void => {
    this.#threads.add(thread);
    thread.once('exit', () => this.#threads.delete(thread));
  };
}
