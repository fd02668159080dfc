import { availableParallelism } from 'node:os';
import { loadConfig } from '../../config/load.ts';
import { createLineWriter } from '../../server/line-writer.ts';
import { createLogger, type LogLevel } from '../../server/log.ts';
import { type Serving, serve } from '../../server/serve.ts';
import { EXIT, type Io } from '../io.ts';

export interface ServeCommandOptions {
  readonly config?: string;
  readonly logLevel: LogLevel;
}

/** `verdict serve`: until it is told to end. */
export async function run(_: readonly string[], options: ServeCommandOptions, io: Io): Promise<number> {
  const lines = createLineWriter(process.stdout, lost);
  const write = (line: string): void => lines.write(line);
  // Listened for from the beginning: a signal that comes while it starts would else end it at once.
  let serving: Serving | undefined;
  process.on('SIGHUP', () => void serving?.reload());
  const { promise: told, resolve: end } = Promise.withResolvers<void>();
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  serving = await serve({
    load: () => loadConfig(options.config, io.directory, {}, io.environment),
    environment: io.environment,
    log: createLogger({ level: options.logLevel, write, now: io.now }),
    out: write,
    now: () => io.now().getTime(),
    processors: availableParallelism(),
  });
  await told;
  await serving.close();
  return EXIT.ok;
}

const lost = (count: number): string => `${JSON.stringify({ level: 'warn', msg: 'lines were lost', count })}\n`;
