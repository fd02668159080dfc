import { median } from '../print.ts';
import { askInTurn, type Bench, questionsOf, type Result, withServer } from './bench.ts';
import { memoryOf } from './process.ts';
import { NONE, plus, wrongOf } from './verdicts.ts';

/** Median and range. */
const spread = (figures: readonly number[], digits = 0): string =>
  `${median(figures).toFixed(digits)} (${Math.min(...figures).toFixed(digits)}–${Math.max(...figures).toFixed(digits)})`;

/** From the start of a process to its first answer. Nothing where it was started by somebody else. */
export async function measureStart(bench: Bench): Promise<Result> {
  const ready: number[] = [];
  const first: number[] = [];
  const idle: number[] = [];
  const after: number[] = [];
  let verdicts = NONE;
  let controls = NONE;
  for (let run = 0; run < bench.amounts.runs; run++) {
    const recipe = { kind: 'signed', signatures: 1 } as const;
    const questions = await questionsOf(bench.world, { recipe, count: 1 });
    const done = await withServer(bench, 'signatures', async ({ url, pid, readyAfter }) => {
      const { times, verdicts: said } = await askInTurn(url, questions);
      verdicts = plus(verdicts, said);
      if (readyAfter !== undefined) {
        ready.push(readyAfter);
        first.push(readyAfter + (times[0] ?? Number.NaN));
      }
      after.push(memoryOf(pid)?.rss ?? Number.NaN);
    });
    controls = plus(controls, done.controls);
    idle.push(await idleMemory(bench));
  }
  return {
    name: 'start',
    setup: 'signatures',
    note: 'from the start of the process; median and range',
    columns: ['starts', 'to ready ms', 'to first answer ms', 'RSS idle MiB', 'RSS after the first answer', 'wrong'],
    rows: [[bench.amounts.runs, spread(ready), spread(first), spread(idle, 1), spread(after, 1), wrongOf(verdicts)]],
    controls,
  };
}

/** Of a process that nobody has asked anything, once it has come to rest. */
async function idleMemory(bench: Bench): Promise<number> {
  const { measured } = await withServer(bench, 'signatures', async ({ pid }) => {
    await new Promise((resolve) => setTimeout(resolve, REST));
    return memoryOf(pid)?.rss ?? Number.NaN;
  });
  return measured;
}

const REST = 1000;
