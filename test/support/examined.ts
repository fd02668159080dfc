import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Built, buildMeans } from '../../src/config/build.ts';
import { loadConfig } from '../../src/config/load.ts';
import { gather } from '../../src/evaluate.ts';
import type { Report } from '../../src/generated/evidence.ts';
import { parseReference } from '../../src/reference.ts';
import type { Exhibit, Verifier } from '../../src/verifier.ts';

/** The instant at which the peers' fixtures are verified. */
export const TIME = new Date('2026-11-21T12:00:00.000Z');

/** Verdict with one configuration. */
export class Examined {
  readonly #config: Record<string, unknown>;
  readonly #directory = mkdtempSync(join(tmpdir(), 'verdict-examined-'));
  readonly #verifiers = new Map<string, Verifier>();
  readonly #closers: (() => Promise<void>)[] = [];
  #layouts: Built | undefined;

  /** Paths in the configuration are absolute. */
  constructor(config: Record<string, unknown>) {
    this.#config = config;
  }

  /** Every report about artifacts attached to the subject itself. */
  async reports(subject: string, evidence: readonly string[] = []): Promise<readonly Report[]> {
    const { built, reference } = await this.#open(subject, evidence);
    // One store serves every layout, so that threads and engines are started once.
    const isKept = reference.kind === 'layout';
    try {
      const request = { reference, time: TIME, caller: 'cli', namespace: '', parameters: {} } as const;
      const { head } = await gather(request, built.means);
      const digests = head.subject.digest;
      return head.artifacts.filter((artifact) => artifact.subject === digests).flatMap(({ reports }) => reports);
    } finally {
      if (!isKept) await built.close();
    }
  }

  /** The reports of one verifier about an exhibit, past discovery. */
  async testimonies(type: string, exhibit: Exhibit): Promise<readonly Report[]> {
    const verifier = this.#verifiers.get(type) ?? (await this.#verifier(type));
    return (await verifier.verify(exhibit, TIME)).map(({ report }) => report);
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
    rmSync(this.#directory, { recursive: true });
  }

  async #verifier(type: string): Promise<Verifier> {
    const { built } = await this.#open(`sha256:${'0'.repeat(64)}`, []);
    this.#closers.push(built.close);
    const verifier = built.means.verifiers.find((one) => one.type === type);
    if (verifier === undefined) throw new Error(`the configuration has no verifier of type ${type}`);
    this.#verifiers.set(type, verifier);
    return verifier;
  }

  async #open(subject: string, evidence: readonly string[]): ReturnType<typeof open> {
    const reference = parseReference(subject);
    if (reference.kind === 'layout' && this.#layouts !== undefined) return { reference, built: this.#layouts };
    const path = join(this.#directory, 'verdict.json');
    writeFileSync(path, JSON.stringify(this.#config));
    const opened = await open(path, subject, evidence);
    if (reference.kind === 'layout') {
      this.#layouts = opened.built;
      this.#closers.push(opened.built.close);
    }
    return opened;
  }
}

async function open(path: string, subject: string, evidence: readonly string[]) {
  const reference = parseReference(subject);
  const { config } = await loadConfig(path, '/');
  return { reference, built: await buildMeans(config, reference, { evidence, environment: {} }) };
}

/** The best outcome, as a decision that needs one signature would see it. */
export function bestOutcome(reports: readonly Report[]): Report['outcome'] | 'none' {
  const order = ['verified', 'failed', 'errored', 'present'] as const;
  return order.find((outcome) => reports.some((report) => report.outcome === outcome)) ?? 'none';
}
