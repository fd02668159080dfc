import { median } from '../print.ts';
import { askInTurn, type Bench, DIRECT, questionsOf, type Result, speedCheck, withServer } from './bench.ts';
import type { Setup } from './configuration.ts';
import { type Load, load, quantile } from './load.ts';
import { processorTime } from './process.ts';
import type { Server } from './server.ts';
import type { Counts } from './tally.ts';
import { NONE, plus, type Question, wrongOf } from './verdicts.ts';

export interface Warm {
  readonly name: string;
  readonly setup: Setup;
  readonly note: string;
  readonly connections: readonly number[];
}

const IMAGES = 10;
const SIGNATURES = 5;

const COLUMNS = [
  'req/s',
  'req/s of the runs',
  'p50 ms',
  'p95',
  'p99',
  'max',
  'control req/s',
  'SHA-256 ms',
  'CPU ms',
  'registry requests',
  'wrong',
];

/** One run, with what the machine could do then. */
interface Sample extends Load {
  readonly perSecond: number;
  readonly control: number;
  readonly speed: number;
  /** Milliseconds of processor time for one request; undefined where the process is not known. */
  readonly cpu: number | undefined;
  readonly counts: Counts;
}

/** The same images again and again, over several connections. */
export async function measureWarm(bench: Bench, { name, setup, note, connections }: Warm): Promise<Result> {
  const { measured, controls } = await withServer(bench, setup, async (server) => {
    const recipe = { kind: 'signed', signatures: SIGNATURES } as const;
    const questions = await questionsOf(bench.world, { recipe, count: IMAGES });
    const { answer } = await askInTurn(server.url, questions);
    const control = await bench.world.control(answer);
    const rows: Array<Result['rows'][number]> = [];
    for (const count of connections) {
      const samples: Sample[] = [];
      for (let run = 0; run < bench.amounts.runs; run++) {
        samples.push(await measureRun(bench, server, { questions, control, connections: count }));
      }
      rows.push([`c = ${count}`, ...figuresOf(samples)]);
    }
    return rows;
  });
  return { name, setup, note, columns: ['point', ...COLUMNS], rows: measured, controls };
}

interface Run {
  readonly questions: readonly Question[];
  /** URL of the server that answers at once. */
  readonly control: string;
  readonly connections: number;
}

async function measureRun({ world, amounts }: Bench, server: Server, run: Run): Promise<Sample> {
  const { questions, connections } = run;
  const speed = speedCheck();
  const common = { questions, connections };
  const until = { kind: 'seconds', seconds: amounts.seconds } as const;
  const most = await load({ ...common, url: run.control, until: { kind: 'seconds', seconds: amounts.seconds / 2 } });
  await world.use(DIRECT);
  const before = processorTime(server.pid);
  const loaded = await load({ ...common, url: server.url, until });
  const after = processorTime(server.pid);
  const cpu = before === undefined || after === undefined ? undefined : (after - before) / loaded.times.length;
  return {
    ...loaded,
    perSecond: loaded.times.length / loaded.seconds,
    control: most.times.length / most.seconds,
    speed,
    cpu,
    counts: await world.take(DIRECT),
  };
}

function figuresOf(samples: readonly Sample[]): Result['rows'][number] {
  const middle = (figure: (sample: Sample) => number): number => median(samples.map(figure));
  const cpus = samples.map(({ cpu }) => cpu).filter((cpu) => cpu !== undefined);
  return [
    middle(({ perSecond }) => perSecond).toFixed(0),
    samples.map(({ perSecond }) => perSecond.toFixed(0)).join(' / '),
    middle(({ times }) => quantile(times, 0.5)).toFixed(2),
    middle(({ times }) => quantile(times, 0.95)).toFixed(2),
    middle(({ times }) => quantile(times, 0.99)).toFixed(2),
    samples.reduce((most, { times }) => times.reduce((a, b) => Math.max(a, b), most), 0).toFixed(1),
    middle(({ control }) => control).toFixed(0),
    middle(({ speed }) => speed).toFixed(0),
    cpus.length < samples.length ? undefined : median(cpus).toFixed(3),
    middle(({ counts, times }) => counts.requests / times.length).toFixed(1),
    wrongOf(samples.map(({ verdicts }) => verdicts).reduce(plus, NONE)),
  ];
}
