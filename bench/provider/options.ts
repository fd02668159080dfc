import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Amounts } from './bench.ts';
import type { Setup } from './configuration.ts';
import { NAMES, SCENARIOS, type ScenarioName } from './scenarios.ts';
import { type Target, VERDICT } from './server.ts';
import type { WorldOptions } from './world.ts';

/** What the command line asks for. */
export type Options =
  | { readonly kind: 'help' }
  /** Write configurations for servers that somebody starts by hand. */
  | { readonly kind: 'configure'; readonly setup: Setup; readonly port: number; readonly world: WorldOptions }
  | {
      readonly kind: 'measure';
      readonly target: Target;
      readonly scenarios: readonly ScenarioName[];
      readonly amounts: Amounts;
      readonly world: WorldOptions;
      readonly json: boolean;
    };

export const HELP = `node bench/provider.ts [options]: measures Verdict (npm run build first), or another server.

  --url URL              a running server: Gatekeeper's external data with Verdict's values or Ratify's
  --pid PID              its process, for memory and processor time
  --command TEXT         starts the server at --url instead, anew for every scenario
  --scenarios A,B        ${NAMES.join(', ')}
  --runs N --images N --seconds N --distinct N --soak N --latency MS     how much is measured
  --registry-port PORT --proxy-port PORT     of the registry and of the proxy before it; default: free ones
  --directory DIR        authorities and configurations, kept for the next run
  --json                 prints JSON instead of Markdown
  --configure SETUP      writes configurations of Verdict and Ratify v1 into --directory, and says how to use them:
                         signatures, uncached (scenario uncached), cosign-tags (requests-cosign), sboms (sbom, sbom-latency)
  --port PORT            where these servers are to listen; default 6001
`;

const text = { type: 'string' } as const;
const SETUPS: readonly Setup[] = ['signatures', 'uncached', 'cosign-tags', 'sboms'];
const DEFAULT_AMOUNTS: Amounts = { runs: 3, images: 10, seconds: 4, distinct: 10_000, soak: 100_000, latency: 20 };

/** Throws an Error that says what is wrong. */
export function parseOptions(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      url: text,
      pid: text,
      command: text,
      scenarios: text,
      runs: text,
      images: text,
      seconds: text,
      distinct: text,
      soak: text,
      latency: text,
      'registry-port': text,
      'proxy-port': text,
      directory: text,
      configure: text,
      port: text,
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return { kind: 'help' };
  const number = (name: keyof typeof values, otherwise: number): number => {
    const given = values[name];
    if (given === undefined) return otherwise;
    if (typeof given !== 'string' || !/^\d+$/.test(given)) throw new Error(`--${name} takes a number`);
    return Number(given);
  };
  const { directory = mkdtempSync(join(tmpdir(), 'verdict-bench-')) } = values;
  const { configure, url, command } = values;
  if (configure !== undefined) {
    const setup = SETUPS.find((one) => one === configure);
    if (setup === undefined) throw new Error(`--configure takes one of ${SETUPS.join(', ')}`);
    const world = { directory, registryPort: number('registry-port', 5000), proxyPort: number('proxy-port', 5001) };
    return { kind: 'configure', setup, port: number('port', 6001), world };
  }
  const pid = values.pid === undefined ? undefined : number('pid', 0);
  const target = targetOf(url, command, pid);
  return {
    kind: 'measure',
    target,
    scenarios: scenariosOf(values.scenarios, target),
    amounts: {
      runs: number('runs', DEFAULT_AMOUNTS.runs),
      images: number('images', DEFAULT_AMOUNTS.images),
      seconds: number('seconds', DEFAULT_AMOUNTS.seconds),
      distinct: number('distinct', DEFAULT_AMOUNTS.distinct),
      soak: number('soak', DEFAULT_AMOUNTS.soak),
      latency: number('latency', DEFAULT_AMOUNTS.latency),
    },
    world: { directory, registryPort: number('registry-port', 0), proxyPort: number('proxy-port', 0) },
    json: values.json === true,
  };
}

function targetOf(url: string | undefined, command: string | undefined, pid: number | undefined): Target {
  if (url === undefined) {
    if (command !== undefined) throw new Error('--command needs --url: where it listens');
    return { kind: 'verdict', program: VERDICT };
  }
  if (new URL(url).protocol !== 'http:') throw new Error('--url takes an URL with http:');
  return command === undefined ? { kind: 'running', url, pid } : { kind: 'command', command, url };
}

/** By default those that the server is configured for: one that is not started here has one configuration. */
function scenariosOf(given: string | undefined, target: Target): readonly ScenarioName[] {
  if (given === undefined) {
    return NAMES.filter((name) => target.kind === 'verdict' || SCENARIOS[name].setup === 'signatures').filter(
      (name) => name !== 'soak' && (name !== 'start' || target.kind !== 'running'),
    );
  }
  return given.split(',').map((name) => {
    const found = NAMES.find((one) => one === name);
    if (found === undefined) throw new Error(`--scenarios takes some of ${NAMES.join(', ')}`);
    if (found === 'start' && target.kind === 'running') throw new Error('start takes a server that is started here');
    return found;
  });
}
