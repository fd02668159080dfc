import { hash } from 'node:crypto';
import type { Setup } from './configuration.ts';
import { Connection, requestOf } from './connection.ts';
import { CONTROLS, isAllowed, type Recipe, SBOM_CONTROLS } from './recipe.ts';
import { type Server, startServer, type Target } from './server.ts';
import { bodyOf, judge, NONE, plus, type Question, type Verdicts } from './verdicts.ts';
import type { By, Path, World } from './world.ts';

/** How much is measured. */
export interface Amounts {
  /** How often every point is measured. */
  readonly runs: number;
  /** Images of a point in one run. */
  readonly images: number;
  /** Of one warm run. */
  readonly seconds: number;
  /** Distinct images of scenario `memory`. */
  readonly distinct: number;
  /** Requests of scenario `soak`. */
  readonly soak: number;
  /** Milliseconds added to every registry request where the scenario wants it. */
  readonly latency: number;
}

/** What scenarios work with. */
export interface Bench {
  readonly world: World;
  readonly target: Target;
  readonly amounts: Amounts;
}

export type Cell = string | number | undefined;

/** A table of figures. */
export interface Result {
  readonly name: string;
  readonly setup: Setup;
  /** What is measured, and how. */
  readonly note: string;
  readonly columns: readonly string[];
  /** The first cell names the point; undefined: not known. */
  readonly rows: ReadonlyArray<readonly Cell[]>;
  /** Of the images that must be denied, asked beside the measurement. */
  readonly controls: Verdicts;
}

export const DIRECT: Path = { kind: 'direct' };
/** Images that a new process is given before it is measured. */
const WARM_UP = 5;
const CONTROL_IMAGES = 2;

/** Starts the server, lets `measure` have it, asks it for what must be denied, and stops it. */
export async function withServer<T>(
  { world, target }: Bench,
  setup: Setup,
  measure: (server: Server) => Promise<T>,
): Promise<{ readonly measured: T; readonly controls: Verdicts }> {
  const server = await startServer(target, setup, world.place);
  try {
    const measured = await measure(server);
    return { measured, controls: await askControls(world, server, setup) };
  } finally {
    await server.stop();
    await world.forget();
  }
}

async function askControls(world: World, { url }: Server, setup: Setup): Promise<Verdicts> {
  let verdicts = NONE;
  for (const recipe of setup === 'sboms' ? SBOM_CONTROLS : CONTROLS) {
    const questions = await questionsOf(world, { recipe, count: CONTROL_IMAGES });
    verdicts = plus(verdicts, (await askInTurn(url, questions)).verdicts);
  }
  return verdicts;
}

export interface Wanted {
  readonly recipe: Recipe;
  readonly count: number;
  /** Default: by digest, without the proxy, one key. */
  readonly by?: By;
  readonly path?: Path;
  /** Keys of one question. */
  readonly keys?: number;
}

/** Questions about images that nobody has seen. */
export async function questionsOf(
  world: World,
  { recipe, count, by = 'digest', path = DIRECT, keys = 1 }: Wanted,
): Promise<readonly Question[]> {
  const images = await world.prepare(recipe, count * keys);
  const all = images.map((image) => world.key(image, by, path));
  const allowed = isAllowed(recipe);
  return Array.from({ length: count }, (_, at) => ({ keys: all.slice(at * keys, (at + 1) * keys), allowed }));
}

/** Lets a new process get going, as it is before real requests come. */
export async function warmUp(world: World, { url }: Server, recipe: Recipe): Promise<void> {
  await askInTurn(url, await questionsOf(world, { recipe, count: WARM_UP }));
}

export interface Asked {
  /** Milliseconds of each request. */
  readonly times: readonly number[];
  readonly verdicts: Verdicts;
  /** The last one. */
  readonly answer: string;
}

/** One question after another on one connection. */
export async function askInTurn(url: string, questions: readonly Question[]): Promise<Asked> {
  const target = new URL(url);
  const connection = await Connection.open(target);
  const times: number[] = [];
  let verdicts = NONE;
  let answer = '';
  try {
    for (const question of questions) {
      const request = requestOf(target, bodyOf(question.keys));
      const started = performance.now();
      answer = await connection.ask(request);
      times.push(performance.now() - started);
      verdicts = plus(verdicts, judge(answer, question));
    }
  } finally {
    connection.close();
  }
  return { times, verdicts, answer };
}

const SPEED_BYTES = Buffer.alloc(64 * 1024 * 1024);

/** Milliseconds for SHA-256 of 64 MiB: what this machine can do at the moment. */
export function speedCheck(): number {
  const started = performance.now();
  hash('sha256', SPEED_BYTES);
  return performance.now() - started;
}
