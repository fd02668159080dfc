import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute, surround } from '../../../src/registry/surroundings.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-surroundings-'));
  const script = (name: string, text: string) =>
    writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  script('echoes', 'printf "%s|%s|%s" "$1" "$(cat)" "$SECRET"; echo complaint >&2; exit 3');
  script('sleeps', 'exec sleep 60');
  script('talks', 'exec cat /dev/zero');
  script('deaf', 'exec <&-; echo heard nothing');
});
afterAll(() => rmSync(directory, { recursive: true }));

const run = (name: string, input = 'the input', timeout?: number) =>
  execute(join(directory, name), '$(id) "argument"', input, { PATH: process.env.PATH, SECRET: 'environment' }, timeout);
const invalid = expect.objectContaining({ code: 'CREDENTIALS_INVALID' });

describe('execute', () => {
  it('runs a program without a shell and hands on what it says', async () => {
    expect(await run('echoes')).toEqual({
      code: 3,
      stdout: '$(id) "argument"|the input|environment',
      stderr: 'complaint\n',
    });
  });

  it('ends a program that takes too long or says too much', async () => {
    await expect(run('sleeps', '', 50)).rejects.toThrow(invalid);
    await expect(run('talks')).rejects.toThrow(invalid);
  });

  it('takes the answer of a program that does not listen', async () => {
    expect(await run('deaf', 'x'.repeat(1_000_000))).toMatchObject({ code: 0, stdout: 'heard nothing\n' });
  });

  it('says so where there is no such program', async () => {
    await expect(run('missing')).rejects.toThrow(invalid);
  });
});

describe('readFile', () => {
  const { readFile } = surround();

  it('reads a file up to the limit', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'content');
    expect(Buffer.from((await readFile(path, 7)) ?? '').toString()).toBe('content');
    await expect(readFile(path, 6)).rejects.toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });

  it('knows no file from one that cannot be read', async () => {
    expect(await readFile(join(directory, 'none'), 10)).toBeUndefined();
    expect(await readFile(join(directory, 'echoes', 'none'), 10)).toBeUndefined();
    await expect(readFile(directory, 10)).rejects.toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
});

describe('sleep', () => {
  it('ends with the signal', async () => {
    const signal = AbortSignal.timeout(5);
    await expect(surround().sleep(60_000, signal)).rejects.toThrow(
      expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }),
    );
    await expect(surround().sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});

describe('surround', () => {
  it('knows the home directory where the environment does not', () => {
    expect(surround({ environment: {} }).environment.HOME).not.toBe('');
    expect(surround({ environment: { HOME: '/h' } }).environment.HOME).toBe('/h');
  });
});
