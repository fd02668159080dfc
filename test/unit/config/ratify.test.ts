import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleOf, PolicyFaults } from '../../../src/config/compile.ts';
import { ConfigFaults, loadConfig } from '../../../src/config/load.ts';
import { startPolicy } from '../../../src/config/policy.ts';
import { compileRatify, RATIFY_ENTRYPOINT, withAdapter } from '../../../src/config/ratify.ts';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';

let directory: string;
let toolchain: Toolchain;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-ratify-config-'));
  toolchain = createToolchain();
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await toolchain.close();
});

const V0 = 'package ratify.policy\n\ndefault valid = false\n\nvalid { input.verifierReports[_].artifactType == "x" }\n';
const V1 = V0.replace('valid { ', 'valid if { ');

async function compile(text: string) {
  const own = { files: [{ path: 'policy.rego', text }], data: [], faults: [], places: new Map() };
  return await compileRatify(toolchain, withAdapter(own));
}

async function faultsOf(text: string) {
  const outcome = await compile(text);
  return outcome.ok ? [] : outcome.faults.map(({ code, file, line }) => ({ code, file, line }));
}

describe('compiling a policy written for Ratify', () => {
  it.each([
    ['Rego v0', V0],
    [
      'Rego v0 with keywords imported',
      `${V0}\nimport_is_late = true\n`.replace('policy\n', 'policy\n\nimport future.keywords.if\n'),
    ],
    ['Rego v1 that does not say so', V1],
    ['Rego v1 that says so', V1.replace('policy\n', 'policy\n\nimport rego.v1\n').replace('valid = ', 'valid := ')],
  ])('takes %s', async (_, text) => expect(await faultsOf(text)).toEqual([]));

  it.each([
    ['v0 where neither goes', 'package ratify.policy\n\nvalid { input.x[ }\n', 'rego_parse_error', 3],
    ['v1 where that got further', `${V1}\nother if {\n\tinput.x[\n}\n`, 'rego_parse_error', 9],
    ['v1 where only that parses', `${V1}\nother if unknown_function(1)\n`, 'rego_type_error', 7],
    ['v0 where that parses', `${V0}\nother { unknown_function(1) }\n`, 'rego_type_error', 7],
    ['an empty text', '', 'rego_parse_error', 1],
    ['half a text', 'package', 'rego_parse_error', 1],
  ])('shows the faults of %s', async (_, text, code, line) => {
    const [first] = await faultsOf(text);
    expect(first).toEqual({ code, file: 'policy.rego', line });
  });
});

describe('the configuration', () => {
  const load = async (policy: Record<string, unknown>) => {
    writeFileSync(join(directory, 'verdict.json'), JSON.stringify({ policy: { convention: 'ratify', ...policy } }));
    return (await loadConfig('verdict.json', directory)).config;
  };
  const fault = (policy: Record<string, unknown>): Promise<string> =>
    load(policy).then(
      () => '',
      (thrown: unknown) => (thrown instanceof ConfigFaults ? thrown.message : String(thrown)),
    );

  beforeAll(() => {
    writeFileSync(join(directory, 'policy.rego'), V0);
    writeFileSync(join(directory, 'policy_test.rego'), 'package ratify.policy\n\ntest_of_ours { false }\n');
    writeFileSync(join(directory, 'broken.rego'), 'package ratify.policy\n\nvalid {\n');
  });

  it('takes the adapter as it comes for the kind `config`', async () => {
    const { name, entrypoint, directories } = await bundleOf((await load({ config: { kind: 'config' } })).policy);
    expect({ name, entrypoint, directories }).toEqual({
      name: 'ratify',
      entrypoint: RATIFY_ENTRYPOINT,
      directories: [],
    });
  });

  it('compiles sources, tests left out', async () => {
    const config = await load({ sources: ['policy.rego', 'policy_test.rego'], config: { kind: 'rego' } });
    const ready = await startPolicy(config);
    expect(ready.policy.entrypoints).toContain(RATIFY_ENTRYPOINT);
    await ready.close();
  });

  it('shows what is wrong with sources', async () => {
    const config = await load({ sources: ['broken.rego'], config: { kind: 'rego' } });
    const thrown = await startPolicy(config).catch((one: unknown) => one);
    expect(thrown).toBeInstanceOf(PolicyFaults);
    expect((thrown as PolicyFaults).faults[0]?.file).toBe('broken.rego');
  });

  it.each([
    ['a kind is missing', {}, '/policy/config: '],
    ['a kind is none', { config: { kind: 'threshold' } }, '/policy/config/kind: '],
    ['the kind `rego` has no policy', { config: { kind: 'rego' } }, '/policy/sources: '],
    ['rules would extend the starter', { rules: ['.'], config: { kind: 'config' } }, '/policy/rules: '],
    ['a setting is misspelt', { config: { kind: 'config', verifier: [] } }, '/policy/config'],
  ])('says that %s', async (_, policy, pointer) => {
    expect(await fault(policy)).toContain(pointer);
  });

  it('tells what the policy lets pass that nobody vouched for', async () => {
    writeFileSync(join(directory, 'always.rego'), 'package ratify.policy\n\nvalid = true\n');
    const ready = await startPolicy(await load({ sources: ['always.rego'], config: { kind: 'rego' } }));
    const scope = {
      registry: 'r.example',
      repository: 'a',
      namespace: '',
      caller: 'gatekeeper',
      time: new Date(0),
    } as const;
    const alarms = await ready.canaries(scope);
    await ready.close();
    // Not where discovery failed: Ratify would have no answer there.
    expect([...new Set(alarms.map(({ accept }) => accept))]).toEqual(
      expect.arrayContaining(['empty', 'errored', 'failed', 'unsigned']),
    );
    expect(alarms.map(({ accept }) => accept)).not.toContain('undiscovered');
  });
});
