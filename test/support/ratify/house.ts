import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Built, buildMeans } from '../../../src/config/build.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { type ReadyPolicy, startPolicy } from '../../../src/config/policy.ts';
import { evaluate, type Verdict } from '../../../src/evaluate.ts';
import { parseReference } from '../../../src/reference.ts';
import type { TestRegistry } from '../registry/registry.ts';

/** The instant at which the peers' fixtures are verified. */
export const TIME = new Date('2026-11-21T12:00:00.000Z');

/** Verdict in Ratify's place: a configuration, a policy of Ratify's, and a registry. */
export class House {
  readonly policy: ReadyPolicy;
  readonly #built: Built;
  readonly #directory: string;

  private constructor(policy: ReadyPolicy, built: Built, directory: string) {
    this.policy = policy;
    this.#built = built;
    this.#directory = directory;
  }

  /** `policy`: the text of the only module; without one, `data.config` decides. `settings`: the rest of the configuration. */
  static async open(registry: TestRegistry, { policy, config, settings = {} }: HouseOptions): Promise<House> {
    const directory = mkdtempSync(join(tmpdir(), 'verdict-ratify-'));
    if (policy !== undefined) writeFileSync(join(directory, 'policy.rego'), policy);
    const sources = policy === undefined ? [] : ['policy.rego'];
    const whole = {
      ...settings,
      registries: { [registry.host]: { plainHttp: true } },
      policy: { convention: 'ratify', sources, config },
    };
    writeFileSync(join(directory, 'verdict.json'), JSON.stringify(whole));
    const { config: loaded } = await loadConfig('verdict.json', directory);
    const built = await buildMeans(loaded, parseReference(registry.reference('any')), {
      evidence: [],
      environment: {},
    });
    return new House(await startPolicy(loaded), built, directory);
  }

  decide(reference: string): Promise<Verdict> {
    const request = {
      reference: parseReference(reference),
      time: TIME,
      caller: 'gatekeeper',
      namespace: '',
      parameters: {},
    } as const;
    return evaluate(request, this.#built.means, this.policy.policy);
  }

  async close(): Promise<void> {
    await Promise.all([this.policy.close(), this.#built.close()]);
    rmSync(this.#directory, { recursive: true });
  }
}

export interface HouseOptions {
  readonly policy?: string;
  /** What a policy of Ratify's reads as `data.config`. */
  readonly config: unknown;
  readonly settings?: Readonly<Record<string, unknown>>;
}
