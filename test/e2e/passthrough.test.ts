import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { ROOT } from '../support/decide.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const directory = mkdtempSync(join(tmpdir(), 'verdict-passthrough-'));
const file = join(directory, 'verdict.yaml');
const SPDX = 'application/spdx+json';

let registry: TestRegistry;
let serving: Serving;

beforeAll(async () => {
  registry = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
  writeFileSync(
    file,
    `trust: {acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}}
registries: {"${registry.host}": {plainHttp: true}}
policy: {accepts: [unsigned, stranger]}
server: {port: 0, passthrough: true}
`,
  );
  serving = await serve({
    load: () => loadConfig(file, directory),
    environment: { HOME: directory },
    log: createLogger({ level: 'error', write: () => undefined, now: () => new Date() }),
    out: () => undefined,
    now: Date.now,
    processors: 2,
  });
});
afterAll(async () => {
  await Promise.all([serving.close(), registry.close()]);
  rmSync(directory, { recursive: true });
});

interface Said {
  readonly allow: boolean;
  readonly complete: boolean;
  readonly cut: readonly string[];
  readonly advice?: { readonly allow: boolean; readonly message: string };
  readonly reports: ReadonlyArray<{ readonly type: string; readonly document: string; readonly outcome: string }>;
  readonly documents?: Readonly<Record<string, unknown>>;
}

async function answer(query: string): Promise<{ items: ReadonlyArray<{ value: Said }>; systemError: string }> {
  const { body } = await request(`${serving.url}/v1/gatekeeper/validate${query}`, {
    method: 'POST',
    body: JSON.stringify({ request: { keys: [registry.reference('allowed')] } }),
  });
  return ((await body.json()) as { response: Awaited<ReturnType<typeof answer>> }).response;
}

async function ask(query: string): Promise<Said> {
  const [item] = (await answer(query)).items;
  if (item === undefined) throw new Error('there is no item');
  return item.value;
}

describe('passthrough', () => {
  it('hands everything on: reports, and the documents they speak of', async () => {
    const said = await ask('');
    expect(said).toMatchObject({ allow: false, complete: true, cut: [], advice: { allow: true } });
    const sbom = said.reports.find(({ type }) => type === SPDX);
    expect(sbom?.outcome).toBe('present');
    expect(said.documents?.[sbom?.document ?? '']).toMatchObject({ spdxVersion: 'SPDX-2.3' });
    const digests = new Set(said.reports.map(({ document }) => document).filter((digest) => digest !== ''));
    expect(new Set(Object.keys(said.documents ?? {}))).toEqual(digests);
  });

  it('is trimmed to the types that are wanted, and to reports alone', async () => {
    const some = await ask(`?types=${encodeURIComponent(SPDX)}`);
    expect(some.reports.map(({ type }) => type)).toEqual([SPDX]);
    expect(Object.keys(some.documents ?? {})).toHaveLength(1);
    const bare = await ask('?documents=false');
    expect(bare.documents).toBeUndefined();
    expect(bare.reports.length).toBeGreaterThan(1);
    expect(
      (await ask('?types=https://*&documents=false')).reports.every(({ type }) => type.startsWith('https://')),
    ).toBe(true);
  });

  it('says what was too much and left out, documents first', async () => {
    const whole = await ask('');
    const reports = JSON.stringify(whole.reports).length;
    const short = await ask(`?maxBytes=${reports + 10}`);
    expect(short).toMatchObject({ complete: false, cut: ['documents'], documents: {} });
    expect(short.reports).toEqual(whole.reports);
    expect(await ask('?maxBytes=1000')).toMatchObject({ complete: false, cut: ['reports', 'documents'], reports: [] });
  });

  it('asks no policy where none is wanted', async () => {
    const said = await ask('?advice=false');
    expect(said.advice).toBeUndefined();
    expect(said.reports).toEqual((await ask('')).reports);
  });

  it('refuses what it does not understand, without items', async () => {
    expect(await answer('?documets=false')).toMatchObject({ items: [], systemError: expect.stringContaining('USAGE') });
  });
});
