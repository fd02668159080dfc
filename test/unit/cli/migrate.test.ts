import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../../support/cli.ts';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures/ratify');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-migrate-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const verdict = (...argv: readonly string[]) => commandLine(directory)(...argv);

describe('verdict migrate ratify', () => {
  const file = join(FIXTURES, 'config/vulnerabilityreport.json');

  it('prints YAML, and what is different for a person', async () => {
    const { code, out, err } = await verdict('migrate', 'ratify', file);
    expect(code).toBe(0);
    expect(out).toMatch(/^# Made of vulnerabilityreport\.json /);
    expect(err).toContain(`${file}:20:7: /verifier/plugins/0/schemaURL: Reports are checked`);
    expect(err).toContain('1 thing to know or to do');
  });

  it('writes a file that holds', async () => {
    const migrated = await verdict('migrate', 'ratify', file, '--output', 'verdict.yaml');
    expect(migrated).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(join(directory, 'verdict.yaml'), 'utf8')).toContain('convention: ratify');
    expect(await verdict('config', 'check')).toMatchObject({ code: 0, err: '' });
    expect((await verdict('migrate', 'ratify', file, '--output', 'no/where.yaml')).err).toContain('cannot write');
  });

  it('prints JSON for programs', async () => {
    const { code, out, err } = await verdict('migrate', 'ratify', '--json', file);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ config: { policy: { convention: 'ratify' } }, changes: [{ line: 20 }] });
  });

  it('takes manifests, several files of them', async () => {
    const files = ['cluster.yaml', 'verifiers.yaml'].map((name) => join(FIXTURES, 'manifests', name));
    const { code, out, err } = await verdict('migrate', 'ratify', ...files);
    expect(code).toBe(0);
    expect(out).toContain('-----BEGIN CERTIFICATE-----');
    expect(err).toContain('4 things to know or to do');
  });

  it('refuses what it cannot translate, and says where', async () => {
    writeFileSync(
      join(directory, 'config.json'),
      '{"store": {"plugins": [{"name": "own"}]}, "policy": {}, "verifier": {}}',
    );
    const { code, out, err } = await verdict('migrate', 'ratify', 'config.json');
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain('config.json:1:24: error: /store/plugins/0: Verdict has no store "own"');
    const json = await verdict('migrate', 'ratify', '--json', 'config.json');
    expect(JSON.parse(json.out).faults.length).toBeGreaterThan(1);
    expect((await verdict('migrate', 'ratify', 'none.json')).code).toBe(2);
    expect((await verdict('migrate', 'ratify')).code).toBe(64);
  });
});

describe('verdict config check', () => {
  it('tells what is different of a configuration of Ratify', async () => {
    const { code, out, err } = await verdict('config', 'check', join(FIXTURES, 'config/vulnerabilityreport.json'));
    expect(code).toBe(0);
    expect(out).toContain('✓');
    expect(err).toContain('20:7: warning: /verifier/plugins/0/schemaURL');
  });

  it('tells of certificates that are missing where Ratify’s file names them', async () => {
    const { code, err } = await verdict('config', 'check', join(FIXTURES, 'config/two-notation.json'));
    expect(code).toBe(64);
    expect(err).toContain(
      'two-notation.json:26:11: error: /verifier/plugins/0/verificationCerts/0: cannot read /certs/root.crt',
    );
  });
});
