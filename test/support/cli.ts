import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';

/** What a command line came to. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs command lines in a directory that is their home too, at the instant at which fixtures hold. */
export const commandLine =
  (directory: string, environment: Io['environment'] = {}) =>
  async (...argv: readonly string[]): Promise<Said> => {
    const said = { out: '', err: '' };
    const code = await run(argv, {
      out: (text) => {
        said.out += Buffer.from(text).toString('utf8');
      },
      err: (text) => {
        said.err += text;
      },
      colour: false,
      progress: false,
      directory,
      environment: { HOME: directory, ...environment },
      now: () => new Date('2026-11-21T10:00:00Z'),
    });
    return { code, ...said };
  };
