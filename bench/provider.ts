/**
 * A provider of Gatekeeper's external data under load, beside a server that answers at once: Verdict, or any server that
 * answers as Ratify does. `npm run build && node bench/provider.ts`; `--help` says what else there is.
 *
 * Images have Notary Project signatures (RSA-2048, JWS and COSE). The registry, a proxy that counts and delays, and the
 * control server are processes of their own. Every point is measured several times, in turn with the others, with the
 * control server and SHA-256 of 64 MiB before it; figures are medians. Every verdict is compared with the right one.
 */

import { openAuthorities } from './provider/authorities.ts';
import type { Bench, Result } from './provider/bench.ts';
import { writeConfigurations } from './provider/configuration.ts';
import { HELP, type Options, parseOptions } from './provider/options.ts';
import { machine, markdown } from './provider/report.ts';
import { SCENARIOS } from './provider/scenarios.ts';
import { World } from './provider/world.ts';

const options = parseOptions(process.argv.slice(2));
switch (options.kind) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'configure': {
    const { directory, registryPort: registry, proxyPort: proxy } = options.world;
    await openAuthorities(directory);
    process.stdout.write(writeConfigurations(options.setup, { directory, port: options.port, registry, proxy }));
    break;
  }
  case 'measure':
    await measure(options);
    break;
}

async function measure({
  target,
  scenarios,
  amounts,
  world: surroundings,
  json,
}: Extract<Options, { kind: 'measure' }>) {
  const world = await World.start(surroundings);
  const bench: Bench = { world, target, amounts };
  const results: Result[] = [];
  try {
    if (!json) process.stdout.write(`${machine()}\n\n`);
    for (const name of scenarios) {
      const result = await SCENARIOS[name].measure(bench);
      results.push(result);
      if (!json) process.stdout.write(`${markdown(result)}\n`);
    }
  } finally {
    await world.close();
  }
  if (json) process.stdout.write(`${JSON.stringify({ machine: machine(), amounts, target, results }, undefined, 2)}\n`);
}
