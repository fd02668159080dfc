/**
 * Builds the Rego toolchain (tools/rego) to rego.wasm.br and rego.json.
 * `--check` builds it elsewhere and compares instead: exit code 1 where the result is another.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

const SOURCE = fileURLToPath(new URL('../tools/rego/', import.meta.url));
const ARCHIVE = join(SOURCE, 'rego.wasm.br');
const FACTS = join(SOURCE, 'rego.json');
const BUILD = ['build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
const TARGET = { GOOS: 'wasip1', GOARCH: 'wasm' };

function go(args: readonly string[]): string {
  // GOFLAGS and GOWASM of the machine would change the bytes.
  const env = { ...process.env, ...TARGET, GOFLAGS: '', GOWASM: '', CGO_ENABLED: '0' };
  return execFileSync('go', args, { cwd: SOURCE, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

function build(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'verdict-rego-'));
  try {
    const output = join(directory, 'rego.wasm');
    go([...BUILD, '-o', output, '.']);
    return readFileSync(output);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function compress(module: Buffer): Buffer {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: module.length,
  };
  return brotliCompressSync(module, { params });
}

function factsOf(module: Buffer, archive: Buffer) {
  return {
    sha256: hash('sha256', module),
    size: module.length,
    archive: { sha256: hash('sha256', archive), size: archive.length },
    opa: go(['list', '-m', '-f', '{{.Version}}', 'github.com/open-policy-agent/opa']),
    go: go(['env', 'GOVERSION']),
    build: `${Object.entries(TARGET)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')} go ${BUILD.map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')}`,
  };
}

const module = build();
if (process.argv.includes('--check')) {
  const archive = readFileSync(ARCHIVE);
  const facts = `${JSON.stringify(factsOf(module, archive), null, 2)}\n`;
  const same = brotliDecompressSync(archive).equals(module) && readFileSync(FACTS, 'utf8') === facts;
  console.log(same ? 'tools/rego: the build is the same' : `tools/rego: the build differs: ${hash('sha256', module)}`);
  process.exitCode = same ? 0 : 1;
} else {
  const archive = compress(module);
  writeFileSync(ARCHIVE, archive);
  writeFileSync(FACTS, `${JSON.stringify(factsOf(module, archive), null, 2)}\n`);
  console.log(`tools/rego: ${module.length} bytes, ${archive.length} compressed`);
}
