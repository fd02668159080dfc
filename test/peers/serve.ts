import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Servers of other projects, run until `stop`. Their programs are in the directory VERDICT_PEERS_BIN. */
export class Peers {
  readonly #children: ChildProcess[] = [];

  /** Runs a server; its port is what it says it listens on. */
  async serve(name: string, parameters: readonly string[]): Promise<number> {
    const child = spawn(program(name), parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return await new Promise((resolve, reject) => {
      let said = '';
      const listen = (text: Buffer): void => {
        said += text.toString();
        const port = /(?:serving|listening) on (?:port |[^ "]*:)(\d+)/.exec(said)?.[1];
        if (port !== undefined) resolve(Number(port));
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.on('error', reject);
      child.on('exit', (code) => reject(new Error(`${name} ended with ${code}: ${said}`)));
    });
  }

  stop(): void {
    for (const child of this.#children) child.kill();
  }
}

/** The path of a program that install.sh installed. */
export function program(name: string): string {
  const bin = process.env.VERDICT_PEERS_BIN;
  if (bin === undefined || bin === '') throw new Error('set VERDICT_PEERS_BIN to the directory that install.sh filled');
  const path = join(bin, name);
  if (!existsSync(path)) throw new Error(`${path} is missing: run test/peers/install.sh ${bin} ${name}`);
  return path;
}
