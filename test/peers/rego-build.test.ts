/** The toolchain against the native `opa` of the same version. Needs Go and its module proxy. */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuildRequest } from '../../src/rego/requests.ts';
import { KNOWN_BUNDLES } from '../unit/rego/bundles.ts';
import { good, rego, testToolchain } from '../unit/rego/support.ts';

const OPA = 'github.com/open-policy-agent/opa@v1.22.0';
const BUILD_MINUTES = 15;

const scratch = mkdtempSync(join(tmpdir(), 'verdict-opa-'));
const toolchain = testToolchain();

beforeAll(() => {
  const env = { ...process.env, GOBIN: scratch, GOFLAGS: '' };
  execFileSync('go', ['install', OPA], { cwd: scratch, env, stdio: 'inherit' });
}, BUILD_MINUTES * 60_000);

afterAll(async () => {
  await toolchain.close();
  rmSync(scratch, { recursive: true });
});

/** A directory with the request's files, as a user of `opa` has it. */
function lay({ files, data = [], roots }: BuildRequest): string {
  const directory = mkdtempSync(join(scratch, 'policy-'));
  const manifest = roots === undefined ? [] : [{ path: '.manifest', text: JSON.stringify({ roots }) }];
  for (const { path, text } of [...files, ...data, ...manifest]) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return directory;
}

function opa(args: readonly string[], cwd: string): string {
  return execFileSync(join(scratch, 'opa'), args, { cwd, encoding: 'utf8' });
}

function nativeBuild(request: BuildRequest, flags: readonly string[] = []): Buffer {
  const { entrypoints, revision, regoVersion } = request;
  const directory = lay(request);
  const output = join(scratch, 'bundle.tar.gz');
  const wanted = entrypoints.flatMap((entrypoint) => ['--entrypoint', entrypoint]);
  if (revision !== undefined) wanted.push('--revision', revision);
  if (regoVersion === 0) wanted.push('--v0-compatible');
  opa(['build', '--bundle', '--target', 'wasm', ...wanted, ...flags, '--output', output, '.'], directory);
  return readFileSync(output);
}

describe('the toolchain and the native opa', () => {
  for (const known of KNOWN_BUNDLES) {
    test(`build the same bytes: ${known.name}`, async () => {
      const native = nativeBuild(known.request);
      expect(hash('sha256', native)).toBe(known.sha256);
      const { bundle } = good(await toolchain.build(known.request));
      expect(native.equals(bundle)).toBe(true);
    });
  }

  test("build the same bytes where one of Verdict's built-ins is called", async () => {
    const capabilities = join(scratch, 'capabilities.json');
    writeFileSync(capabilities, JSON.stringify(await toolchain.capabilities('opa')));
    const files = [rego('a.rego', 'package a\n\nx := spdx.evaluate(input.licence, {"allow": [], "deny": ["MIT"]})\n')];
    const request = { files, entrypoints: ['a/x'] };
    const { bundle } = good(await toolchain.build(request));
    expect(nativeBuild(request, ['--capabilities', capabilities]).equals(bundle)).toBe(true);
  });

  test('cover the same lines', async () => {
    const files = [
      rego('a.rego', 'package a\n\nx if input.a == 1\n\nx if {\n\tinput.b == 2\n\tinput.c == 3\n}\n'),
      rego('a_test.rego', 'package a_test\n\nimport data.a\n\ntest_x if a.x with input as {"a": 1}\n'),
    ];
    const report = good(await toolchain.test({ files, coverage: true }));
    const native = JSON.parse(opa(['test', '--coverage', '.'], lay({ files, entrypoints: [] })));
    expect(report.coverage?.percent).toBe(native.coverage);
    expect(report.coverage?.files.map(({ path, percent }) => [path, percent])).toEqual(
      Object.entries<{ coverage: number }>(native.files).map(([path, file]) => [path, file.coverage]),
    );
  });

  test('format alike', async () => {
    const text = 'package   a\nimport   future.keywords.not\n# why\nx   :=  {"b":1,\n"a":[1,2]}\ny if{not x}\n';
    const directory = lay({ files: [rego('a.rego', text)], entrypoints: [] });
    const [file] = good(await toolchain.format({ files: [rego('a.rego', text)] })).files;
    expect(file?.text).toBe(opa(['fmt', 'a.rego'], directory));
  });
});

test(
  'the program in the repository is what its source builds',
  () => {
    const script = fileURLToPath(new URL('../../scripts/build-rego.ts', import.meta.url));
    expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'inherit' })).not.toThrow();
  },
  BUILD_MINUTES * 60_000,
);
