import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { recover, under } from './asking.ts';
import type { CrowdOptions, Heard } from './crowd.ts';
import type { Site } from './site.ts';

type Line = Readonly<Record<string, unknown>>;

const KIB_PER_MIB = 1024;
/** `verdict serve` as a process of its own. */
export class ServiceProcess {
  readonly site: Site;
  readonly #child: ChildProcess;
  /** What it logged. */
  readonly logged: Line[] = [];
  /** What it wrote to standard error: nothing, if all is well. */
  stderr = '';
  url = '';
  healthUrl = '';

  /** `program`: its entry point. */
  static async start(site: Site, program: string): Promise<ServiceProcess> {
    const service = new ServiceProcess(site, program);
    await service.#serving();
    return service;
  }

  private constructor(site: Site, program: string) {
    this.site = site;
    this.#child = spawn(process.execPath, [program, 'serve', '--config', site.file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: site.directory },
    });
  }

  async #serving(): Promise<void> {
    const { stdout, stderr } = this.#child;
    stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
    if (stdout === null) throw new Error('the service has no output');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    createInterface({ input: stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      // Decisions are many; what they say is told to clients.
      if (line.msg !== 'decided' && line.msg !== 'no decision') this.logged.push(line);
      if (line.msg === 'serving') {
        this.url = String(line.url);
        this.healthUrl = String(line.healthUrl);
        resolve();
      }
    });
    this.#child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${this.stderr}`)));
    await promise;
  }

  /** MiB of memory that it occupies. */
  get rss(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / KIB_PER_MIB;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  signal(name: 'SIGHUP' | 'SIGTERM'): void {
    this.#child.kill(name);
  }

  /** Resolves to its exit code. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  /** How many lines with this message it has logged. */
  count(message: string): number {
    return this.logged.filter(({ msg }) => msg === message).length;
  }

  /** What many clients hear while something happens, and for `duration` milliseconds after it. */
  async under(duration: number, happen: () => Promise<void> | void, of: Partial<CrowdOptions> = {}): Promise<Heard> {
    return await under(this, duration, happen, of);
  }

  /** Waits until it decides as before. Throws an Error with what is wrong where that takes too long. */
  async recover(): Promise<void> {
    await recover(this);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
