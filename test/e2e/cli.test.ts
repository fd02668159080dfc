import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';
import { compileSchema } from '../../src/schema.ts';
import { ROOT } from '../support/decide.ts';
import { startRegistry } from '../support/registry/registry.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-cli-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs a command line as a person would, in a directory of its own. */
async function verdict(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const io: Io = {
    out: (text) => {
      said.out += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
    },
    err: (text) => {
      said.err += text;
    },
    colour: false,
    progress: false,
    directory,
    environment: { ...process.env, HOME: directory, CI: '' },
    now: () => new Date('2026-11-21T12:00:00Z'),
  };
  return { code: await run(argv, io), ...said };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

const example = (tag: string): string => `oci:${ROOT}examples/images:${tag}`;
const DEMO = ['--config', `${ROOT}examples/verdict.yaml`];
const README = readFileSync(`${ROOT}README.md`, 'utf8');
/** The n-th code block of a language in the README: what a reader copies is what is tested. */
const readme = (language: string, containing: string): string => {
  const blocks = [...README.matchAll(/```(\w+)\n([\s\S]*?)```/g)].filter(
    ([, found, text]) => found === language && text?.includes(containing),
  );
  const [block] = blocks;
  if (block?.[2] === undefined) throw new Error(`the README has no ${language} block with ${containing}`);
  return block[2];
};

describe('verdict verify', () => {
  it.each([
    ['allowed', 0, ''],
    ['licence-denied', 1, 'licence.disallowed'],
    ['no-provenance', 1, 'provenance.present'],
    ['vulnerable', 1, 'vulnerability.severity'],
    ['tampered', 1, 'evidence.failed'],
    ['wrong-subject', 1, 'evidence.failed'],
  ])('decides the example %s with exit code %i', async (tag, code, reason) => {
    const said = await verdict('verify', ...DEMO, example(tag));
    expect(said).toMatchObject({ code, err: '' });
    expect(said.out).toContain(code === 0 ? '✓ allowed' : '✗ denied');
    expect(said.out).toContain(reason);
  });

  it('answers in JSON of the published shape', async () => {
    const { out } = await verdict('verify', ...DEMO, '-o', 'json', example('licence-denied'));
    const { requests, signers, refuted, ...answer } = JSON.parse(out);
    const { validate } = compileSchema(
      JSON.parse(readFileSync(`${ROOT}schemas/decision.schema.json`, 'utf8')),
      'decision',
    );
    expect(validate(answer)).toEqual([]);
    expect(requests).toEqual([]);
    expect(refuted).toEqual([]);
    expect(signers).toMatchObject([
      { trust: 'acme', kind: 'keyless', signed: expect.arrayContaining(['the subject']), relaxed: [] },
      { trust: 'acme-keys', kind: 'key', signed: ['application/vnd.anchore.grype+json'], relaxed: [] },
    ]);
    expect(answer.decision).toMatchObject({
      allow: false,
      violations: [{ code: 'licence.disallowed', term: '@signalapp/libsignal-client' }],
    });
  });

  it('says the same, byte for byte, for the same instant', async () => {
    const once = async () => {
      const { durations, ...answer } = JSON.parse(
        (await verdict('verify', ...DEMO, '-o', 'json', '--time', '2026-11-21T10:00:00Z', example('allowed'))).out,
      );
      expect(Object.keys(durations)).toEqual(['gather', 'policy']);
      return JSON.stringify(answer);
    };
    expect(await once()).toBe(await once());
  });

  it('lists every request it made to a registry', async () => {
    const registry = await startRegistry();
    try {
      registry.image({ tag: 'v1' });
      const { out, code } = await verdict('verify', '-o', 'json', registry.reference('v1'));
      expect(code).toBe(1);
      expect(JSON.parse(out).requests).toHaveLength(6);
    } finally {
      await registry.close();
    }
  });

  it('warns of a policy that allows what nobody vouched for, and goes on', async () => {
    write('policy.rego', readme('rego', 'package verdict'));
    const said = await verdict('verify', '--policy', 'policy.rego', example('allowed'));
    expect(said.code).toBe(0);
    expect(said.err).toContain('CANARY_ALLOWED');
  });

  it.each([
    [['verify', 'oci:/does/not/exist'], 2, '/does/not/exist'],
    [['verify', 'UPPER/../x'], 64, 'REFERENCE_INVALID'],
    [['verify'], 64, "missing required argument 'subject'"],
    [['verfy', 'x'], 64, '(Did you mean verify?)'],
    [['verify', '--config', 'none.yaml', 'x'], 2, 'FILE_UNREADABLE'],
    [['verify', '--time', 'yesterday', 'x'], 64, '2026-11-21T10:00:00Z'],
    [
      ['verify', '--profile', 'nosuch', example('allowed')],
      64,
      'there are demo, licences, provenance, signed, slsa, starter',
    ],
    [['verify', '--parameter', 'novalue', example('allowed')], 64, 'name=value'],
  ])('%j ends with %i and says what to do', async (argv, code, text) => {
    const said = await verdict(...argv);
    expect(said.code).toBe(code);
    expect(said.err).toContain(text);
  });

  it('prints nothing when quiet', async () => {
    expect(await verdict('verify', ...DEMO, '--quiet', example('tampered'))).toEqual({ code: 1, out: '', err: '' });
  });
});

describe('the README', () => {
  it('denies a licence of the reader’s choice', async () => {
    write('verdict.yaml', readme('yaml', 'deny: [MIT]'));
    const said = await verdict('verify', example('allowed'));
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/licence\.disallowed high {2}The package \S+ \S+ is under .*MIT/);
    expect(await verdict('config', 'check')).toMatchObject({ code: 0 });
  });

  it('lets the reader write a rule, check it and see it decide', async () => {
    write('my-rules/rules/acme/no_beta/no_beta.rego', readme('rego', 'package rules.acme.no_beta'));
    write('verdict.yaml', readme('yaml', 'rules: [my-rules]'));
    expect(await verdict('policy', 'check', '--rules', 'my-rules')).toMatchObject({ code: 0, err: '' });
    expect(await verdict('verify', example('allowed'))).toMatchObject({ code: 0 });
    write(
      'my-rules/rules/acme/no_beta/no_beta.rego',
      readme('rego', 'package rules.acme.no_beta').replace('"beta")', '"0")'),
    );
    const said = await verdict('verify', example('allowed'));
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/acme\.no_beta medium {2}The package \S+ \S+ is a beta\./);
  });
});

describe('verdict config check', () => {
  it('lists all faults at once with line and column', async () => {
    write(
      'verdict.yaml',
      'polcy: {}\nlimits:\n  depth: deep\ncollect:\n  - type: a/b\n    take: some\nplatforms: [linux]\n',
    );
    const said = await verdict('config', 'check');
    expect(said.code).toBe(64);
    const places = [...said.err.matchAll(/verdict\.yaml:(\d+):(\d+)/g)].map(([, line, column]) => `${line}:${column}`);
    expect(places.sort()).toEqual(['1:1', '3:3', '6:5', '7:13']);
  });

  it('points into the policy’s own configuration', async () => {
    write('verdict.yaml', 'policy:\n  config:\n    profile: licences\n    licences:\n      denny: [MIT]\n');
    expect((await verdict('config', 'check')).err).toMatch(/verdict\.yaml:\d+:\d+.*denny/);
  });

  it.each([
    ['a key twice', 'limits: {}\nlimits: {}\n'],
    ['no YAML', 'a: [\n'],
    [
      'a billion laughs',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`)
        .join('\n')}\n`,
    ],
  ])('refuses %s', async (_, text) => {
    write('verdict.yaml', text);
    expect((await verdict('config', 'check')).code).toBe(64);
  });
});

describe('the other commands', () => {
  it('evidence prints what the policy sees', async () => {
    const { code, out } = await verdict('evidence', example('allowed'));
    expect(code).toBe(0);
    const { validate } = compileSchema(
      JSON.parse(readFileSync(`${ROOT}schemas/evidence.schema.json`, 'utf8')),
      'evidence',
    );
    expect(validate(JSON.parse(out))).toEqual([]);
    expect(out).not.toContain(ROOT);
  });

  it('evidence and policy eval come to the same decision as verify', async () => {
    write('input.json', (await verdict('evidence', ...DEMO, example('licence-denied'))).out);
    const { code, out } = await verdict('policy', 'eval', ...DEMO, '--input', 'input.json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ allow: false, violations: [{ code: 'licence.disallowed' }] });
  });

  it('a policy written for Ratify decides, and what it lets pass is told', async () => {
    const policy = { convention: 'ratify', sources: ['policy.rego'], config: { kind: 'rego' } };
    write('verdict.json', JSON.stringify({ policy }));
    write('policy.rego', readFileSync(`${ROOT}test/fixtures/ratify/policies/r2-no-failure.rego`, 'utf8'));
    const said = await verdict('verify', example('allowed'));
    expect(said.code).toBe(0);
    expect(said.out).toContain('ratify.unverified');
    expect(said.err).toContain('CANARY_ALLOWED');
    const { out } = await verdict('policy', 'eval', example('allowed'));
    expect(JSON.parse(out)).toMatchObject({ allow: true, metadata: { ratify: { version: '1.1.0', isSuccess: true } } });
  });

  it('policy eval answers a query with OPA’s own evaluator', async () => {
    write('input.json', (await verdict('evidence', ...DEMO, example('licence-denied'))).out);
    const { out, err } = await verdict(
      'policy',
      'eval',
      ...DEMO,
      '--input',
      'input.json',
      '--query',
      'data.verdict.decision.allow',
    );
    expect({ out, err }).toEqual({ out: 'false\n', err: '' });
  });

  it('resolve pins', async () => {
    const { out } = await verdict('resolve', example('allowed'));
    expect(out).toMatch(/^oci:allowed@sha256:[0-9a-f]{64}\n$/);
  });

  it('discover draws a tree', async () => {
    const { code, out } = await verdict('discover', example('index'));
    expect(code).toBe(0);
    expect(out).toMatch(/├─ linux\/amd64[\s\S]*└─ linux\/arm64[\s\S]*complete/);
  });

  it('policy check says where a policy is wrong', async () => {
    write(
      'p/rules/acme/bad/bad.rego',
      'package rules.acme.bad\n\nimport data.lib\n\ndeny contains "x" if input.subjectt.digest == lib.nothing\n',
    );
    const { code, err } = await verdict('policy', 'check', '--rules', 'p');
    expect(code).toBe(64);
    expect(err).toMatch(/bad\.rego:5:\d+: error: .*subjectt/);
    expect(err).toContain('[rule-metadata]');
    expect(err).toContain('[not-import]');
  });

  it('policy test runs the tests beside the rules', async () => {
    write('p/p.rego', 'package p\n\nx := 1\n');
    write('p/p_test.rego', 'package p_test\n\nimport data.p\n\ntest_good if p.x == 1\n\ntest_bad if p.x == 2\n');
    const { code, out } = await verdict('policy', 'test', 'p');
    expect(code).toBe(1);
    expect(out).toMatch(/p_test\.rego:7: failed data\.p_test\.test_bad[\s\S]*1 passed, 1 failed/);
  });

  it('policy fmt formats in place, or says what it would', async () => {
    write('p/p.rego', 'package p\nx:=1\n');
    expect(await verdict('policy', 'fmt', '--check', 'p')).toMatchObject({ code: 1, out: 'p.rego\n' });
    expect(await verdict('policy', 'fmt', 'p')).toMatchObject({ code: 0 });
    expect(readFileSync(join(directory, 'p/p.rego'), 'utf8')).toBe('package p\n\nx := 1\n');
    expect(await verdict('policy', 'fmt', '--check', 'p')).toMatchObject({ code: 0, out: '' });
  });

  it('policy build writes a bundle that verify takes', async () => {
    cpSync(`${ROOT}policies`, join(directory, 'policies'), { recursive: true });
    expect(await verdict('policy', 'build', 'policies', '--out', 'own.tar.gz')).toMatchObject({ code: 0 });
    const said = await verdict('verify', '--policy', 'own.tar.gz', example('allowed'));
    expect(said.code).toBe(1);
    expect(said.out).toContain('policy.profile');
  });

  it('version names all parts', async () => {
    expect((await verdict('version')).out).toMatch(/^verdict \S+\nnode \S+\nopa v1\.22\.0\n$/);
  });
});
