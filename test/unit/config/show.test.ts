import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { MASK, masked } from '../../../src/config/mask.ts';
import { showConfig, yamlOf } from '../../../src/config/show.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-show-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (text: string): void => writeFileSync(join(directory, 'verdict.yaml'), text);

/** Runs `verdict config show …`. */
async function show(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  let [out, err] = ['', ''];
  const code = await run(['config', 'show', ...args], {
    out: (text) => {
      out += String(text);
    },
    err: (text) => {
      err += text;
    },
    colour: false,
    progress: false,
    directory,
    environment,
    now: () => new Date(0),
  });
  return { code, out, err };
}

describe('verdict config show', () => {
  it('prints a configuration that is the same when it is read', async () => {
    write('server: {port: 7}\ntrust: {a: {type: keys, keys: [a.pub]}}\npolicy: {config: {profile: slsa}}\n');
    const before = (await loadConfig(undefined, directory)).config;
    const { out, code } = await show([]);
    expect(code).toBe(0);
    write(out);
    expect((await loadConfig(undefined, directory)).config).toEqual(before);
  });

  it('says who said what is not a default', async () => {
    write('server:\n  port: 7\n  cache: {allow: 1}\nplatforms: [linux/amd64]\n');
    const environment = { VERDICT_SERVER_CACHE_ALLOW: '2', VERDICT_TRUST: '{"t": {"type": "keys", "keys": ["k"]}}' };
    const { out } = await show(['--origins', '--json', '--profile', 'signed'], environment);
    const file = join(directory, 'verdict.yaml');
    expect(JSON.parse(out).origins).toEqual({
      '/server/port': `${file}:2`,
      '/server/cache/allow': 'environment VERDICT_SERVER_CACHE_ALLOW',
      '/platforms': `${file}:4`,
      '/trust/t/type': 'environment VERDICT_TRUST',
      '/trust/t/keys': 'environment VERDICT_TRUST',
      '/policy/config/profile': 'command line',
    });
    const yaml = (await show(['--origins', '--profile', 'signed'], environment)).out;
    expect(yaml).toContain(`  port: 7 # ${file}:2\n`);
    expect(yaml).toContain('allow: 2 # environment VERDICT_SERVER_CACHE_ALLOW\n');
    expect(yaml).toContain(`# ${file}:4\nplatforms:\n`);
    expect(yaml).toContain('profile: signed # command line\n');
    expect(yaml).toContain('deny: 10000\n');
  });

  it('says what is wrong, like every command', async () => {
    write('server: {port: 99999}\n');
    const { code, out, err } = await show([]);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain('verdict.yaml:1:10: /server/port');
  });

  it('reads no password from where it is', async () => {
    write('registries: {r.example: {credential: {username: u, passwordEnv: THE_PASSWORD}}}\n');
    const { out } = await show([], { THE_PASSWORD: 'not-to-be-seen' });
    expect(out).toContain('passwordEnv: THE_PASSWORD');
    expect(out).not.toContain('not-to-be-seen');
  });
});

describe('secrets', () => {
  const secret = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9]{8,24}$/),
    fc.stringMatching(/^[A-Za-z0-9/@:?#%&=+ ]{4}[A-Za-z0-9]{8}[A-Za-z0-9/@:?#%&=+ ]{4}[A-Za-z0-9]{8}$/),
  );
  /** What must not be seen: also a part of it is a secret. */
  const parts = (text: string): readonly string[] => text.match(/[A-Za-z0-9]{8,}/g) ?? [];

  it('are never printed, wherever a configuration may have them', async () => {
    await fc.assert(
      fc.asyncProperty(secret, async (hidden) => {
        const config = {
          registries: { 'r.example': { credential: { username: 'u', password: hidden } } },
          trust: {
            a: {
              type: 'keys',
              keys: [
                `-----BEGIN PRIVATE KEY-----\n${hidden}\n-----END PRIVATE KEY-----`,
                `-----BEGIN EC PRIVATE KEY-----\n${hidden}`,
                `https://user:${hidden}@keys.example/a.pub`,
                `https://keys.example/a.pub?X-Amz-Signature=${hidden}`,
              ],
            },
          },
          policy: {
            config: { own: { token: hidden, note: `see https://user:${encodeURIComponent(hidden)}@h.example` } },
          },
        };
        write(JSON.stringify(config));
        for (const args of [[], ['--json'], ['--origins'], ['--origins', '-o', 'json']]) {
          const { out, code, err } = await show(args);
          expect({ code, err }).toEqual({ code: 0, err: '' });
          for (const part of [hidden, ...parts(hidden)]) expect(out).not.toContain(part);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('from the environment are none the less', async () => {
    const registries = '{"r.example": {"credential": {"username": "u", "password": "not-to-be-seen"}}}';
    const { out } = await show(['--origins'], { VERDICT_REGISTRIES: registries });
    expect(out).toContain(`password: "${MASK}" # environment VERDICT_REGISTRIES`);
    expect(out).not.toContain('not-to-be-seen');
  });

  it.each([
    'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
    'registry.example/team/app',
    'https://host.example:8443/tuf',
    'someone@example.com',
    '/keys/release.pub',
    '-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----',
  ])('are not seen in %j', (text) => {
    expect(masked({ value: [text] })).toEqual({ value: [text] });
  });
});

describe('the text', () => {
  it('cannot be forged by what a setting holds', () => {
    const text = '# no comment\nserver: {port: 1}';
    const shown = showConfig({
      config: { policy: { entrypoint: text } } as never,
      origin: () => ({ kind: 'environment', name: 'X\nserver: {port: 2}' }),
    });
    const lines = yamlOf(shown, true).split('\n');
    expect(lines.filter((line) => line.startsWith('server'))).toEqual([]);
  });
});
