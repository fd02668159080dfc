import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a child process does when told to, by name; arguments and results are JSON. */
type Calls = object;
type Named<C, N extends keyof C> = C[N] extends (...parameters: infer P) => infer R
  ? { readonly parameters: P; readonly result: Awaited<R> }
  : never;

interface Told {
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly unknown[];
}

interface Answered {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** A process of its own, so that its work is nobody else's: `C` is what its module gave to {@link answerCalls}. */
export class Child<C extends Calls> {
  readonly #process: ChildProcess;
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 0;

  constructor(module: URL) {
    this.#process = fork(module);
    this.#process.on('message', ({ id, result, error }: Answered) => {
      const waiting = this.#open.get(id);
      this.#open.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#open.values()) reject(new Error(`${module.pathname} ended with ${code}`));
      this.#open.clear();
    });
  }

  async call<N extends keyof C & string>(
    name: N,
    ...parameters: Named<C, N>['parameters']
  ): Promise<Named<C, N>['result']> {
    const waiting = Promise.withResolvers<unknown>();
    const id = this.#next++;
    this.#open.set(id, waiting);
    this.#process.send({ id, name, parameters });
    return (await waiting.promise) as Named<C, N>['result'];
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.disconnect();
    await once(this.#process, 'exit');
  }
}

/** Called by the module of a {@link Child}, which ends with its parent. */
export function answerCalls(calls: Calls): void {
  const known = calls as Readonly<Record<string, (...parameters: unknown[]) => unknown>>;
  const answer = async ({ id, name, parameters }: Told): Promise<void> => {
    try {
      process.send?.({ id, result: await known[name]?.(...parameters) });
    } catch (thrown) {
      process.send?.({ id, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    }
  };
  process.on('message', (told: Told) => void answer(told));
  process.on('disconnect', () => process.exit());
}
