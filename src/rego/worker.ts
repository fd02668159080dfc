/**
 * The child process that runs the toolchain's program: it loads it once, then runs it afresh for each request.
 * A process of its own gives back its memory, can be stopped in the middle of a loop, and takes the flags that make
 * V8 start a 40 MB module quickly. Its argument is a `Start` as JSON.
 */
import { asVerdictError } from '../errors.ts';
import { runGuest } from './guest.ts';
import { loadModule } from './module.ts';
import { NATIVE } from './natives.ts';
import type { Answer, Order, Start } from './process.ts';

const { archive, cache, memoryBytes }: Start = JSON.parse(process.argv[2] ?? '');

// Reading, digesting and compiling the program happen on other threads while this one reads the built-ins.
const compiled = loadModule(archive, cache).then((bytes) => WebAssembly.compile(bytes));
compiled.catch(() => undefined);
const builtins = import('../builtins/table.ts');

async function answer({ request, timeNs, stopMs }: Order): Promise<Answer> {
  try {
    const { BUILTINS, CUSTOM } = await builtins;
    const complete = {
      ...request,
      builtins: CUSTOM.map(({ name, decl }) => ({ name, decl })),
      allowed: [...NATIVE, ...BUILTINS.keys()],
    };
    const options = { timeNs, builtins: CUSTOM, stopMs, memoryBytes };
    return { text: await runGuest(await compiled, JSON.stringify(complete), options) };
  } catch (thrown) {
    return { error: asVerdictError(thrown).toFacts() };
  }
}

process.on('message', (order: Order) => {
  void answer(order).then((result) => {
    // The finished program's memory would else stay until V8 thinks of it.
    process.send?.(result, () => globalThis.gc?.());
  });
});

// Whoever asked is gone; a normal exit would first finish optimising code that nobody will run.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
