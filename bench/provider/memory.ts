import { type Bench, questionsOf, type Result, withServer } from './bench.ts';
import { load, quantile } from './load.ts';
import { memoryOf } from './process.ts';
import { CONTROLS, type Recipe } from './recipe.ts';
import type { Server } from './server.ts';
import { NONE, plus, type Question, type Verdicts, wrongOf } from './verdicts.ts';

const CONNECTIONS = 16;
/** Images that are made at a time, so that the registry need not hold all of them. */
const PORTION = 500;
const SIGNED: Recipe = { kind: 'signed', signatures: 1 };
const MANY_SIGNED: Recipe = { kind: 'signed', signatures: 5 };
const COLUMNS = ['after requests', 'RSS MiB', 'peak MiB', 'p50 ms', 'p99', 'wrong'];

/** Memory while more and more images are asked for that nobody has seen. */
export async function measureMemory(bench: Bench): Promise<Result> {
  const { distinct } = bench.amounts;
  return await measureRows(bench, {
    name: 'memory',
    note: `distinct images with one signature, ${CONNECTIONS} connections`,
    total: distinct,
    portion: async (count) => await questionsOf(bench.world, { recipe: SIGNED, count }),
    repeats: 1,
  });
}

/** Memory over a long run of what a cluster asks: mostly the same images, some new ones, some to be denied. */
export async function measureSoak(bench: Bench): Promise<Result> {
  return await measureRows(bench, {
    name: 'soak',
    note: `known, new and bad images, ${CONNECTIONS} connections`,
    total: bench.amounts.soak,
    portion: async (count) => {
      const fresh = Math.ceil(count / 50);
      const groups = [MANY_SIGNED, SIGNED, ...CONTROLS].map((recipe) =>
        questionsOf(bench.world, { recipe, count: Math.ceil(fresh / 5) }),
      );
      return (await Promise.all(groups)).flat();
    },
    repeats: 50,
  });
}

interface Rows {
  readonly name: string;
  readonly note: string;
  readonly total: number;
  /** Questions about so many images. */
  readonly portion: (count: number) => Promise<readonly Question[]>;
  /** How often each portion is asked. */
  readonly repeats: number;
}

const MAX_ROWS = 10;

async function measureRows(bench: Bench, { name, note, total, portion, repeats }: Rows): Promise<Result> {
  const { measured: rows, controls } = await withServer(bench, 'signatures', async (server) => {
    const found: Array<Result['rows'][number]> = [row(server, 0, [], NONE)];
    let times: number[] = [];
    let verdicts = NONE;
    for (let done = 0; done < total; ) {
      const questions = await portion(Math.min(PORTION * repeats, total - done));
      const requests = Math.min(questions.length * repeats, total - done);
      const until = { kind: 'requests', requests } as const;
      const loaded = await load({ url: server.url, questions, connections: CONNECTIONS, until });
      await bench.world.forget();
      done += requests;
      times = times.concat(loaded.times);
      verdicts = plus(verdicts, loaded.verdicts);
      if (done >= total || done * MAX_ROWS >= found.length * total) {
        found.push(row(server, done, times, verdicts));
        times = [];
        verdicts = NONE;
      }
    }
    return found;
  });
  return { name, setup: 'signatures', note, columns: COLUMNS, rows, controls };
}

function row({ pid }: Server, done: number, times: readonly number[], verdicts: Verdicts): Result['rows'][number] {
  const memory = memoryOf(pid);
  const ms = (part: number): string | undefined => (times.length === 0 ? undefined : quantile(times, part).toFixed(2));
  return [done, memory?.rss.toFixed(1), memory?.peak.toFixed(1), ms(0.5), ms(0.99), wrongOf(verdicts)];
}
