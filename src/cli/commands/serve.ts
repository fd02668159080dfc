import { availableParallelism } from 'node:os';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import { createLineWriter } from '../../server/line-writer.ts';
import { createLogger, type Logger, type LogLevel } from '../../server/log.ts';
import { type Serving, serve } from '../../server/serve.ts';
import { boundHeap, giveBackMemory } from '../heap.ts';
import { EXIT, type Io } from '../io.ts';
import { SERVE_FLAGS, serverWith } from '../serve-flags.ts';

export interface ServeCommandOptions {
  readonly config?: string;
  readonly logLevel: LogLevel;
  /** Ratify's flags, by the names that they have here. */
  readonly [flag: string]: string | true | undefined;
}

/** Milliseconds after which those who waited for the start have their answers. */
const SETTLED = 500;

/** `verdict serve`: until it is told to end. */
export async function run(_: readonly string[], options: ServeCommandOptions, io: Io): Promise<number> {
  const lines = createLineWriter(process.stdout, lost);
  const write = (line: string): void => lines.write(line);
  const log = createLogger({ level: options.logLevel, write, now: io.now });
  // Listened for from the beginning: a signal that comes while it starts would else end it at once.
  let serving: Serving | undefined;
  process.on('SIGHUP', () => void serving?.reload());
  const { promise: told, resolve: end } = Promise.withResolvers<void>();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  serving = await serve({
    load: () => load(options, io, log),
    environment: io.environment,
    log,
    out: write,
    now: () => io.now().getTime(),
    processors: availableParallelism(),
  });
  const settled = setTimeout(() => {
    giveBackMemory();
    boundHeap();
  }, SETTLED);
  await told;
  clearTimeout(settled);
  await serving.close();
  return EXIT.ok;
}

/** The configuration with what the command line says; what Ratify did otherwise is told. */
async function load(options: ServeCommandOptions, { directory, environment }: Io, log: Logger): Promise<LoadedConfig> {
  const flags = Object.fromEntries(SERVE_FLAGS.map(({ name }) => [name, options[optionName(name)]]));
  const overrides = { server: serverWith(flags, directory) };
  const loaded = await loadConfig(options.config, directory, overrides, environment);
  for (const { file, line, message } of loaded.changes) log.warn({ file, line, change: message }, 'not as with Ratify');
  return loaded;
}

/** As the parser of the command line calls it. */
const optionName = (flag: string): string => flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const lost = (count: number): string => `${JSON.stringify({ level: 'warn', msg: 'lines were lost', count })}\n`;
