import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheDirectory, findModule, loadModule, type ModuleArchive } from '../../../src/rego/module.ts';

const PROGRAM = Buffer.from('\0asm\x01\0\0\0');

let directory: string;
let archive: ModuleArchive;
let cache: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-module-'));
  cache = join(directory, 'cache');
  archive = pack(PROGRAM);
});
afterEach(() => rmSync(directory, { recursive: true }));

function pack(program: Buffer): ModuleArchive {
  const packed = brotliCompressSync(program);
  const path = join(directory, 'rego.wasm.br');
  writeFileSync(path, packed);
  return { path, sha256: hash('sha256', program), size: program.length, archiveSha256: hash('sha256', packed) };
}

function cached(): string {
  return join(cache, 'rego', `${archive.sha256}.wasm`);
}

describe('loadModule', () => {
  test('unpacks once and then reads the cache', async () => {
    expect(await loadModule(archive, cache)).toEqual(PROGRAM);
    expect(readFileSync(cached())).toEqual(PROGRAM);
    rmSync(archive.path);
    expect(await loadModule(archive, cache)).toEqual(PROGRAM);
  });

  test('leaves nothing but the program in the cache, readable by its owner only', async () => {
    await Promise.all([loadModule(archive, cache), loadModule(archive, cache), loadModule(archive, cache)]);
    expect(readdirSync(join(cache, 'rego'))).toEqual([`${archive.sha256}.wasm`]);
    expect(statSync(cached()).mode & 0o777).toBe(0o600);
  });

  test('unpacks again where the cached program is damaged, and mends the cache', async () => {
    await loadModule(archive, cache);
    writeFileSync(cached(), 'damaged');
    expect(await loadModule(archive, cache)).toEqual(PROGRAM);
    expect(readFileSync(cached())).toEqual(PROGRAM);
  });

  test('works from memory where the cache cannot be written', async () => {
    writeFileSync(cache, 'a file where the directory should be');
    expect(await loadModule(archive, cache)).toEqual(PROGRAM);
    expect(await loadModule(archive, '/dev/null/cache')).toEqual(PROGRAM);
  });

  test('works from memory where something that is no file has the name in the cache', async () => {
    mkdirSync(cached(), { recursive: true });
    expect(await loadModule(archive, cache)).toEqual(PROGRAM);
    expect(readdirSync(join(cache, 'rego'))).toEqual([`${archive.sha256}.wasm`]);
  });

  test('refuses an archive, a program and a size that are not those named', async () => {
    const other = '0'.repeat(64);
    const wrong = [{ archiveSha256: other }, { sha256: other }, { size: 4 }, { path: join(directory, 'absent') }];
    for (const change of wrong) {
      await expect(loadModule({ ...archive, ...change }, cache)).rejects.toMatchObject({ code: 'TOOLCHAIN_FAILED' });
    }
  });

  test('refuses an archive that is no brotli', async () => {
    writeFileSync(archive.path, 'plain');
    const archiveSha256 = hash('sha256', 'plain');
    await expect(loadModule({ ...archive, archiveSha256 }, cache)).rejects.toMatchObject({ code: 'TOOLCHAIN_FAILED' });
  });
});

describe('findModule', () => {
  test("finds the package's own", async () => {
    const found = await findModule();
    expect(hash('sha256', readFileSync(found.path))).toBe(found.archiveSha256);
  });

  test('refuses a directory without its facts, or with others', async () => {
    const url = pathToFileURL(`${directory}/`);
    await expect(findModule(url)).rejects.toMatchObject({ code: 'TOOLCHAIN_FAILED' });
    writeFileSync(join(directory, 'rego.json'), 'null');
    await expect(findModule(url)).rejects.toMatchObject({ code: 'TOOLCHAIN_FAILED' });
  });
});

describe('cacheDirectory', () => {
  test('is what VERDICT_CACHE_DIR says, else verdict in an absolute XDG_CACHE_HOME, else in ~/.cache', () => {
    expect(cacheDirectory({ VERDICT_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheDirectory({ VERDICT_CACHE_DIR: '', XDG_CACHE_HOME: '/b' })).toBe('/b/verdict');
    expect(cacheDirectory({ XDG_CACHE_HOME: 'relative' })).toMatch(/\/\.cache\/verdict$/);
    expect(cacheDirectory({})).toMatch(/\/\.cache\/verdict$/);
  });
});
