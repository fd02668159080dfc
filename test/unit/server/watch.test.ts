import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VerdictError } from '../../../src/errors.ts';
import { type Watch, type WatchOptions, watchFiles } from '../../../src/server/watch.ts';

/** Longer than any test runs: what is noticed was noticed by events. */
const NEVER = 3_600_000;

let directory: string;
let watch: Watch | undefined;
let reports: (readonly string[])[];
let errors: VerdictError[];
let wake: () => void;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'verdict-watch-'));
  reports = [];
  errors = [];
  wake = () => undefined;
});

afterEach(async () => {
  watch?.close();
  await rm(directory, { recursive: true, force: true });
});

function start(paths: readonly string[], options: Partial<WatchOptions> = {}): void {
  watch = watchFiles(paths, {
    onChange: (changed) => {
      reports.push(changed);
      wake();
    },
    onError: (error) => {
      errors.push(error);
      wake();
    },
    settle: 20,
    poll: NEVER,
    ...options,
  });
}

/** The next report. */
async function reported(): Promise<readonly string[]> {
  const before = reports.length;
  const { promise, resolve } = Promise.withResolvers<void>();
  wake = resolve;
  await promise;
  return reports[before] ?? [];
}

async function during(work: () => Promise<unknown>): Promise<readonly string[]> {
  const next = reported();
  await work();
  return next;
}

/** In one step: a look between emptying and writing would be a change of its own. */
async function put(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

/** A mounted secret as kubelet writes it. */
async function project(version: string, files: Readonly<Record<string, string>>): Promise<void> {
  const data = join(directory, `..${version}`);
  await mkdir(data);
  for (const [name, content] of Object.entries(files)) await writeFile(join(data, name), content);
  await symlink(`..${version}`, join(directory, '..data_tmp'));
  await rename(join(directory, '..data_tmp'), join(directory, '..data'));
}

describe('watched files', () => {
  it('are reported when they are written, with their paths as given', async () => {
    const [one, two] = [join(directory, 'one'), join(directory, 'two')];
    await writeFile(one, '1');
    await writeFile(two, '1');
    start([one, two]);
    expect(await during(() => put(one, '2'))).toEqual([one]);
    expect(await during(() => put(two, '2'))).toEqual([two]);
  });

  it("are reported once for a swap of Kubernetes' link, and again for the next", async () => {
    const names = ['tls.crt', 'tls.key', 'ca.crt'];
    const all = (text: string) => Object.fromEntries(names.map((name) => [name, text]));
    await project('1', all('old'));
    for (const name of names) await symlink(join('..data', name), join(directory, name));
    const paths = names.map((name) => join(directory, name));
    start(paths);
    expect(await during(() => project('2', { ...all('new'), 'ca.crt': 'old' }))).toEqual(paths.slice(0, 2));
    const third = during(async () => {
      await project('3', all('newer'));
      await rm(join(directory, '..1'), { recursive: true });
      await rm(join(directory, '..2'), { recursive: true });
    });
    expect(await third).toEqual(paths);
    expect(reports).toHaveLength(2);
  });

  it('are reported when the target of a link elsewhere is written', async () => {
    await mkdir(join(directory, 'real'));
    await mkdir(join(directory, 'links'));
    const link = join(directory, 'links', 'file');
    await writeFile(join(directory, 'real', 'file'), '1');
    await symlink(join(directory, 'real', 'file'), link);
    start([link]);
    expect(await during(() => writeFile(join(directory, 'real', 'file'), '2'))).toEqual([link]);
  });

  it('are reported when they go away and when they come', async () => {
    const path = join(directory, 'file');
    start([path]);
    expect(await during(() => put(path, '1'))).toEqual([path]);
    expect(await during(() => unlink(path))).toEqual([path]);
  });

  it('are not reported while nothing in them changes', async () => {
    const [path, other] = [join(directory, 'file'), join(directory, 'other')];
    await writeFile(path, '1');
    await writeFile(other, '1');
    start([path, other]);
    await writeFile(path, '1');
    await writeFile(join(directory, 'neighbour'), 'x');
    expect(await during(() => put(other, '2'))).toEqual([other]);
    expect(reports).toHaveLength(1);
  });

  it('are reported once for many writes in a row', async () => {
    const path = join(directory, 'file');
    await writeFile(path, '');
    start([path], { settle: 500 });
    await during(async () => {
      for (let index = 0; index < 50; index++) await writeFile(path, String(index));
    });
    expect(reports).toEqual([[path]]);
  });

  it('are found by looking where events fail, also in a directory that was made anew', async () => {
    const inner = join(directory, 'inner');
    const path = join(inner, 'file');
    await mkdir(inner);
    await writeFile(path, '1');
    start([path], { poll: 20 });
    expect(await during(() => rm(inner, { recursive: true }))).toEqual([path]);
    const back = during(async () => {
      await mkdir(inner);
      await put(path, '2');
    });
    expect(await back).toEqual([path]);
    expect(await during(() => put(path, '3'))).toEqual([path]);
    expect(errors).toEqual([]);
  });

  it('may be missing with their directory, or be something else than files', async () => {
    const missing = join(directory, 'no', 'such', 'file');
    await writeFile(join(directory, 'plain'), '');
    const below = join(directory, 'plain', 'file');
    const file = join(directory, 'file');
    start([missing, directory, below, '/dev/zero', file], { poll: 20 });
    expect(await during(() => put(file, '1'))).toContain(file);
    expect(reports.flat()).not.toContain('/dev/zero');
    expect(reports.flat()).not.toContain(missing);
  });

  it('go on being watched when whoever is told throws or rejects', async () => {
    const path = join(directory, 'file');
    const faults = [
      () => Promise.reject(new Error('later')),
      () => {
        throw new Error('now');
      },
    ];
    start([path], { onChange: () => faults.pop()?.() });
    await during(() => put(path, '1'));
    await during(() => put(path, '2'));
    expect(errors.map(({ code }) => code)).toEqual(['INTERNAL', 'INTERNAL']);
  });

  it('wait for whoever is told before the next report', async () => {
    const path = join(directory, 'file');
    const steps: string[] = [];
    const gate = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    start([path], {
      onChange: async () => {
        steps.push('begin');
        wake();
        if (steps.length === 1) await gate.promise;
        steps.push('end');
        if (steps.length === 4) done.resolve();
      },
    });
    await during(() => put(path, '1'));
    await put(path, '2');
    gate.resolve();
    await done.promise;
    expect(steps).toEqual(['begin', 'end', 'begin', 'end']);
  });

  it('are not reported after the end', async () => {
    const [path, other] = [join(directory, 'file'), join(directory, 'other')];
    start([path], { settle: 1, poll: 1 });
    watch?.close();
    await writeFile(path, '1');
    start([other]);
    await during(() => put(other, '1'));
    expect(reports).toEqual([[other]]);
  });

  it('keep no process alive', () => {
    const module = new URL('../../../src/server/watch.ts', import.meta.url).href;
    const script = `
      import { watchFiles } from ${JSON.stringify(module)};
      watchFiles([process.argv[1]], { onChange: () => undefined, settle: 1, poll: 1 });
      console.log('watching');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, join(directory, 'file')], {
      timeout: 20_000,
      encoding: 'utf8',
    });
    expect(child).toMatchObject({ status: 0, signal: null, stdout: 'watching\n' });
  });
});
