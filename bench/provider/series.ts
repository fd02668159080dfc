import { median } from '../print.ts';
import { askInTurn, type Bench, questionsOf, type Result, speedCheck, warmUp, withServer } from './bench.ts';
import type { Setup } from './configuration.ts';
import { quantile } from './load.ts';
import { processorTime } from './process.ts';
import { isAllowed, type Recipe } from './recipe.ts';
import type { Server } from './server.ts';
import { type Counts, sum } from './tally.ts';
import { NONE, plus, type Verdicts, wrongOf } from './verdicts.ts';
import type { By, Path } from './world.ts';

/** Images that nobody has seen, asked for one request after another. */
export interface Point {
  readonly name: string;
  readonly recipe: Recipe;
  readonly by: By;
  readonly path: Path;
  /** Keys of one request; default 1. */
  readonly keys?: number;
}

export interface Series {
  readonly name: string;
  readonly setup: Setup;
  readonly note: string;
  readonly points: readonly Point[];
  /** Requests of a point in one run. */
  readonly requests: number;
}

/** One point in one run, with what the machine could do then. */
interface Sample {
  readonly times: readonly number[];
  readonly verdicts: Verdicts;
  readonly counts: Counts;
  /** Milliseconds of processor time of the server; undefined where it is not known. */
  readonly cpu: number | undefined;
  /** Median of the same requests to a server that answers at once. */
  readonly control: number;
  readonly speed: number;
}

const COLUMNS = [
  'median ms',
  'medians of the runs',
  'p95',
  'max',
  'control ms',
  'SHA-256 ms',
  'registry requests',
  'KB',
  'rounds',
  'at once',
  'CPU ms',
  'wrong',
];

/** Every run measures every point once, in turn, each run with a new process. */
export async function measureSeries(bench: Bench, { name, setup, note, points, requests }: Series): Promise<Result> {
  const samples = points.map((): Sample[] => []);
  let controls = NONE;
  for (let run = 0; run < bench.amounts.runs; run++) {
    const done = await withServer(bench, setup, async (server) => {
      await warmUp(bench.world, server, points.find(({ recipe }) => isAllowed(recipe))?.recipe ?? UNSIGNED);
      for (const [at, point] of points.entries()) samples[at]?.push(await measurePoint(bench, server, point, requests));
    });
    controls = plus(controls, done.controls);
  }
  const rows = points.map((point, at) => [point.name, ...figuresOf(point, samples[at] ?? [])]);
  return { name, setup, note, columns: ['point', ...COLUMNS], rows, controls };
}

const UNSIGNED: Recipe = { kind: 'signed', signatures: 0 };

async function measurePoint({ world }: Bench, server: Server, point: Point, requests: number): Promise<Sample> {
  const questions = await questionsOf(world, { ...point, count: requests });
  const speed = speedCheck();
  await world.use(point.path);
  const before = processorTime(server.pid);
  const { times, verdicts, answer } = await askInTurn(server.url, questions);
  const after = processorTime(server.pid);
  const counts = await world.take(point.path);
  const control = median((await askInTurn(await world.control(answer), questions)).times);
  const cpu = before === undefined || after === undefined ? undefined : after - before;
  await world.forget();
  return { times, verdicts, counts, cpu, control, speed };
}

function figuresOf({ path }: Point, samples: readonly Sample[]): Result['rows'][number] {
  const times = samples.flatMap((sample) => sample.times);
  const medians = samples.map((sample) => median(sample.times));
  const counts = samples.map((sample) => sample.counts).reduce(sum);
  const cpu = samples.reduce<number | undefined>(
    (all, sample) => (all === undefined || sample.cpu === undefined ? undefined : all + sample.cpu),
    0,
  );
  const isDelayed = path.kind === 'proxy' && path.latency > 0;
  return [
    median(medians).toFixed(1),
    medians.map((one) => one.toFixed(1)).join(' / '),
    quantile(times, 0.95).toFixed(1),
    Math.max(...times).toFixed(1),
    median(samples.map((sample) => sample.control)).toFixed(2),
    median(samples.map((sample) => sample.speed)).toFixed(0),
    round(counts.requests / times.length),
    round(counts.bytes / times.length / 1000),
    isDelayed ? roundsOf(samples) : undefined,
    path.kind === 'proxy' ? counts.most : undefined,
    cpu === undefined ? undefined : round(cpu / times.length),
    wrongOf(samples.map((sample) => sample.verdicts).reduce(plus)),
  ];
}

/** Requests one after another, for one question: those of a point follow each other. */
const roundsOf = (samples: readonly Sample[]): number =>
  round(median(samples.map(({ counts, times }) => counts.rounds / times.length)));

const round = (figure: number): number => Math.round(figure * 10) / 10;
