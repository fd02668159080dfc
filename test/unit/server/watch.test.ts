import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dependency } from '../../../src/config/dependencies.ts';
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

async function start(watched: ReadonlyArray<string | Dependency>, options: Partial<WatchOptions> = {}): Promise<void> {
  const dependencies = watched.map((one) => (typeof one === 'string' ? { path: one } : one));
  watch = await watchFiles(dependencies, {
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
    await start([one, two]);
    expect(await during(() => put(one, '2'))).toEqual([one]);
    expect(await during(() => put(two, '2'))).toEqual([two]);
  });

  it("are reported once for a swap of Kubernetes' link, and again for the next", async () => {
    const names = ['tls.crt', 'tls.key', 'ca.crt'];
    const all = (text: string) => Object.fromEntries(names.map((name) => [name, text]));
    await project('1', all('old'));
    for (const name of names) await symlink(join('..data', name), join(directory, name));
    const paths = names.map((name) => join(directory, name));
    await start(paths);
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
    await start([link]);
    expect(await during(() => writeFile(join(directory, 'real', 'file'), '2'))).toEqual([link]);
  });

  it('are reported when they go away and when they come', async () => {
    const path = join(directory, 'file');
    await start([path]);
    expect(await during(() => put(path, '1'))).toEqual([path]);
    expect(await during(() => unlink(path))).toEqual([path]);
  });

  it('are not reported while nothing in them changes', async () => {
    const [path, other] = [join(directory, 'file'), join(directory, 'other')];
    await writeFile(path, '1');
    await writeFile(other, '1');
    await start([path, other]);
    await writeFile(path, '1');
    await writeFile(join(directory, 'neighbour'), 'x');
    expect(await during(() => put(other, '2'))).toEqual([other]);
    expect(reports).toHaveLength(1);
  });

  it('are reported once for many writes in a row', async () => {
    const path = join(directory, 'file');
    await writeFile(path, '');
    await start([path], { settle: 500 });
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
    await start([path], { poll: 20 });
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
    await start([missing, directory, below, '/dev/zero', file], { poll: 20 });
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
    await start([path], { onChange: () => faults.pop()?.() });
    await during(() => put(path, '1'));
    await during(() => put(path, '2'));
    expect(errors.map(({ code }) => code)).toEqual(['INTERNAL', 'INTERNAL']);
  });

  it('wait for whoever is told before the next report', async () => {
    const path = join(directory, 'file');
    const steps: string[] = [];
    const gate = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    await start([path], {
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
    await start([path], { settle: 1, poll: 1 });
    watch?.close();
    await writeFile(path, '1');
    await start([other]);
    await during(() => put(other, '1'));
    expect(reports).toEqual([[other]]);
  });

  it('keep no process alive', () => {
    const module = new URL('../../../src/server/watch.ts', import.meta.url).href;
    const script = `
      import { watchFiles } from ${JSON.stringify(module)};
      await watchFiles([{ path: process.argv[1] }], { onChange: () => undefined, settle: 1, poll: 1 });
      console.log('watching');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, join(directory, 'file')], {
      timeout: 20_000,
      encoding: 'utf8',
    });
    expect(child).toMatchObject({ status: 0, signal: null, stdout: 'watching\n' });
  });
});

describe('watched directories', () => {
  const pem = { takes: (name: string) => name.endsWith('.pem'), depth: 0 };
  const rego = { takes: (name: string) => name.endsWith('.rego'), depth: 4 };
  const policy = (): string => join(directory, 'policy');

  it('are reported when a file in them is written, comes or goes', async () => {
    await mkdir(policy());
    await writeFile(join(policy(), 'a.pem'), '1');
    await start([{ path: policy(), files: pem }]);
    expect(await during(() => put(join(policy(), 'a.pem'), '2'))).toEqual([policy()]);
    expect(await during(() => put(join(policy(), 'b.pem'), '1'))).toEqual([policy()]);
    expect(await during(() => rename(join(policy(), 'b.pem'), join(policy(), 'c.pem')))).toEqual([policy()]);
    expect(await during(() => unlink(join(policy(), 'c.pem')))).toEqual([policy()]);
    expect(errors).toEqual([]);
  });

  it('are not reported for what does not count in them', async () => {
    await mkdir(join(policy(), 'deep'), { recursive: true });
    await mkdir(join(policy(), '.git'));
    await mkdir(join(policy(), 'node_modules'));
    await writeFile(join(policy(), 'a.pem'), '1');
    const other = join(directory, 'other');
    await start([{ path: policy(), files: pem }, other]);
    for (const name of ['log.jsonl', '.hidden.pem', 'deep/b.pem', '.git/c.pem', 'node_modules/d.pem', 'a.pem'])
      await writeFile(join(policy(), name), '1');
    expect(await during(() => put(other, '1'))).toEqual([other]);
    expect(reports).toHaveLength(1);
  });

  it('are looked at in their depth, also where a directory is made later', async () => {
    await mkdir(policy());
    await start([{ path: policy(), files: rego }]);
    const deep = join(policy(), 'a', 'b');
    const made = during(async () => {
      await mkdir(deep, { recursive: true });
      await put(join(deep, 'x.rego'), '1');
    });
    expect(await made).toEqual([policy()]);
    expect(await during(() => put(join(deep, 'x.rego'), '2'))).toEqual([policy()]);
    expect(await during(() => rm(join(policy(), 'a'), { recursive: true }))).toEqual([policy()]);
  });

  it("are reported for a swap of Kubernetes' link, and not for one to the same content", async () => {
    const mounted = join(directory, 'a.pem');
    await project('1', { 'a.pem': 'old' });
    await symlink(join('..data', 'a.pem'), mounted);
    const other = join(directory, 'other');
    await start([{ path: directory, files: pem }, other]);
    expect(await during(() => project('2', { 'a.pem': 'new' }))).toEqual([directory]);
    await project('3', { 'a.pem': 'new' });
    expect(await during(() => put(other, '1'))).toEqual([other]);
    const fourth = during(async () => {
      await project('4', { 'a.pem': 'newer' });
      await rm(join(directory, '..2'), { recursive: true });
      await rm(join(directory, '..3'), { recursive: true });
    });
    expect(await fourth).toEqual([directory]);
  });

  it('may be missing, may be files, and may come with their content', async () => {
    await mkdir(join(directory, 'parent'));
    const late = join(directory, 'parent', 'late');
    await writeFile(policy(), 'a file');
    await start([
      { path: late, files: pem },
      { path: policy(), files: pem },
    ]);
    expect(await during(() => put(policy(), 'another'))).toEqual([policy()]);
    await mkdir(join(directory, 'made'));
    await writeFile(join(directory, 'made', 'a.pem'), '1');
    expect(await during(() => rename(join(directory, 'made'), late))).toEqual([late]);
    expect(await during(() => put(join(late, 'a.pem'), '2'))).toEqual([late]);
  });

  it('with too many files are told of once, and what comes before them is still watched', async () => {
    await mkdir(policy());
    for (let n = 0; n < 20; n++) await writeFile(join(policy(), `${n}.pem`), '1');
    const first = join(directory, 'first');
    await start([{ path: first }, { path: policy(), files: pem }], { maxEntries: 10 });
    expect(errors).toMatchObject([{ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('SIGHUP') }]);
    expect(await during(() => put(first, '1'))).toEqual([first]);
    expect(errors).toHaveLength(1);
  });
});

describe('what is watched', () => {
  it('can be exchanged; what stays and has changed meanwhile is reported', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map((name) => join(directory, name)) as [string, string, string];
    await start([one, two], { poll: NEVER });
    await writeFile(two, 'written before the exchange');
    await during(async () => await watch?.set([{ path: two }, { path: three }]));
    expect(reports).toEqual([[two]]);
    await writeFile(one, '1');
    expect(await during(() => put(three, '1'))).toEqual([three]);
  });

  it('is not reported for what was there when it was about to be read', async () => {
    const [one, two] = [join(directory, 'one'), join(directory, 'two')];
    await start([one, two], { settle: 200 });
    await put(one, 'read by a reload that somebody asked for');
    await watch?.rebase();
    expect(await during(() => put(two, '1'))).toEqual([two]);
    expect(reports).toHaveLength(1);
  });

  it('is read again although size and time are those of before', async () => {
    const path = join(directory, 'file');
    await writeFile(path, 'aaaa');
    await start([path]);
    for (const text of ['bbbb', 'cccc', 'dddd', 'eeee'])
      expect(await during(() => writeFile(path, text))).toEqual([path]);
  });
});
