import { type Amounts, type Bench, DIRECT, type Result } from './bench.ts';
import type { Setup } from './configuration.ts';
import { measureMemory, measureSoak } from './memory.ts';
import { nameOf, type Recipe, SMALL_SBOM } from './recipe.ts';
import { measureSeries, type Point, type Series } from './series.ts';
import { measureStart } from './start.ts';
import { measureWarm } from './warm.ts';
import type { By, Path } from './world.ts';

/** One table of figures. */
export interface Scenario {
  /** What the server has to be configured for. */
  readonly setup: Setup;
  readonly measure: (bench: Bench) => Promise<Result>;
}

const COUNTS = [0, 1, 5, 20, 50];
const SBOMS: readonly Recipe[] = [
  ...[SMALL_SBOM, 1_000_000, 10_000_000].map((bytes) => ({ kind: 'sbom', bytes }) as const),
  ...[5, 20, 50].map((artifacts) => ({ kind: 'mixed', artifacts }) as const),
];
const BATCH = 10;
/** Large documents: fewer of them. */
const SBOM_PART = 2;

const signed = (signatures: number): Recipe => ({ kind: 'signed', signatures });
const delayed = (latency: number): Path => ({ kind: 'proxy', latency });

function pointsOf(recipes: readonly Recipe[], bys: readonly By[], path: Path): readonly Point[] {
  return bys.flatMap((by) => recipes.map((recipe) => ({ name: `${nameOf(recipe)} by ${by}`, recipe, by, path })));
}

const series =
  (make: (amounts: Amounts) => Omit<Series, 'name'>, name: string): Scenario['measure'] =>
  async (bench) =>
    await measureSeries(bench, { name, ...make(bench.amounts) });

const requestsOf = (setup: Setup, name: string): Scenario => ({
  setup,
  measure: series(
    ({ images }) => ({
      setup,
      note: 'registry requests of one image that nobody has seen, counted by the proxy',
      points: pointsOf(COUNTS.map(signed), ['tag', 'digest'], delayed(0)),
      requests: images,
    }),
    name,
  ),
});

const sbomsBy = (path: (amounts: Amounts) => Path, name: string): Scenario => ({
  setup: 'sboms',
  measure: series(
    (amounts) => ({
      setup: 'sboms',
      note: 'signatures and SPDX 2.3 documents; a licence is looked for',
      points: pointsOf(SBOMS, ['digest'], path(amounts)),
      requests: Math.ceil(amounts.images / SBOM_PART),
    }),
    name,
  ),
});

/** All scenarios, in the order in which they are measured. */
export const SCENARIOS = {
  start: { setup: 'signatures', measure: measureStart },
  warm: {
    setup: 'signatures',
    measure: async (bench) =>
      await measureWarm(bench, {
        name: 'warm',
        setup: 'signatures',
        note: 'ten images with five signatures in rotation, verdicts kept',
        connections: [1, 16, 64],
      }),
  },
  uncached: {
    setup: 'uncached',
    measure: async (bench) =>
      await measureWarm(bench, {
        name: 'uncached',
        setup: 'uncached',
        note: 'ten images with five signatures in rotation, no verdict kept',
        connections: [16],
      }),
  },
  cold: {
    setup: 'signatures',
    measure: series(
      ({ images }) => ({
        setup: 'signatures',
        note: 'images that nobody has seen, one at a time',
        points: pointsOf(COUNTS.map(signed), ['tag', 'digest'], DIRECT),
        requests: images,
      }),
      'cold',
    ),
  },
  latency: {
    setup: 'signatures',
    measure: series(
      ({ images, latency }) => ({
        setup: 'signatures',
        note: `the same with ${latency} ms added to every registry request`,
        points: pointsOf(COUNTS.map(signed), ['tag', 'digest'], delayed(latency)),
        requests: images,
      }),
      'latency',
    ),
  },
  batch: {
    setup: 'signatures',
    measure: series(
      ({ latency }) => ({
        setup: 'signatures',
        note: `${BATCH} images with five signatures in one request`,
        points: [
          { name: 'direct', recipe: signed(5), by: 'tag', path: DIRECT, keys: BATCH },
          { name: `${latency} ms a request`, recipe: signed(5), by: 'tag', path: delayed(latency), keys: BATCH },
        ],
        requests: 1,
      }),
      'batch',
    ),
  },
  requests: requestsOf('signatures', 'requests'),
  'requests-cosign': requestsOf('cosign-tags', 'requests-cosign'),
  sbom: sbomsBy(() => DIRECT, 'sbom'),
  'sbom-latency': sbomsBy(({ latency }) => delayed(latency), 'sbom-latency'),
  memory: { setup: 'signatures', measure: measureMemory },
  soak: { setup: 'signatures', measure: measureSoak },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;
export const NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];
