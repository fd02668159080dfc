import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newBudget } from '../../../../src/budget.ts';
import { descriptor } from '../../../../src/descriptor.ts';
import type { Exhibit, Testimony } from '../../../../src/verifier.ts';
import type { PluginSettings } from '../../../../src/verifiers/plugin/protocol.ts';
import { createRunner, DEFAULT_RUNNER, type Runner } from '../../../../src/verifiers/plugin/runner.ts';
import { createPluginVerifier } from '../../../../src/verifiers/plugin/verifier.ts';

export const SUBJECT = `sha256:${'a'.repeat(64)}`;
export const ARTIFACT = `sha256:${'0'.repeat(64)}`;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** A directory of programs that a test writes. */
export class Plugins {
  readonly directory = mkdtempSync(join(tmpdir(), 'verdict-plugin-'));
  readonly runner: Runner;

  constructor(runner: Runner = createRunner(DEFAULT_RUNNER)) {
    this.runner = runner;
  }

  /** Path of a file in the directory. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** A program for the shell. */
  shell(name: string, script: string): string {
    return this.#program(name, `#!/bin/sh\n${script}\n`);
  }

  /** A program for Node.js. */
  node(name: string, script: string): string {
    return this.#program(name, `#!${process.execPath}\n${script}\n`);
  }

  /** What a plugin's verifier says of an exhibit. */
  async ask(
    command: string,
    settings: Partial<PluginSettings> = {},
    changes: Partial<Exhibit> = {},
  ): Promise<Testimony> {
    const verifier = createPluginVerifier({ ...SETTINGS, ...settings, command, runner: this.runner });
    const [testimony, ...more] = await verifier.verify({ ...exhibit(), ...changes }, new Date());
    if (testimony === undefined || more.length > 0) throw new Error('a plugin has one report');
    return testimony;
  }

  async close(): Promise<void> {
    await this.runner.close();
    rmSync(this.directory, { recursive: true });
  }

  #program(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    chmodSync(this.path(name), 0o755);
    return this.path(name);
  }
}

const SETTINGS: Omit<PluginSettings, 'command'> = {
  name: 'scan',
  artifactTypes: ['application/sarif+json'],
  version: '1.0.0',
  config: { maximumAge: '24h' },
  storeConfig: { version: '1.0.0', store: { name: 'oras' } },
  environment: { PATH: process.env.PATH ?? '' },
  timeout: 20_000,
};

export function exhibit(annotations: Readonly<Record<string, string>> = {}): Exhibit {
  return {
    descriptor: descriptor(MANIFEST, ARTIFACT, 7, { artifactType: 'application/sarif+json', annotations }),
    layers: [],
    subject: descriptor(MANIFEST, SUBJECT, 9),
    repository: 'registry.example/app',
    about: new Map(),
    budget: newBudget(),
    signal: new AbortController().signal,
    fetch: async () => new Uint8Array(),
    fetchSubject: async () => new Uint8Array(),
  };
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
