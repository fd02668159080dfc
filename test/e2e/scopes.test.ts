import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { ROOT } from '../support/decide.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const directory = mkdtempSync(join(tmpdir(), 'verdict-scopes-'));
const file = join(directory, 'verdict.yaml');
const EXAMPLES = `${ROOT}examples`;

let registry: TestRegistry;
let serving: Serving;

/** Says which trusts vouched for anything, and denies. */
const WITNESS = `package verdict

import rego.v1

seen contains sprintf("%s %s", [signer.trust.scope, signer.trust.name]) if {
	some artifact in input.artifacts
	some report in artifact.reports
	some signer in report.signers
}

decision := {"allow": false, "violations": [{"code": "witness", "msg": concat(", ", sort(seen))}]}
`;

const put = (name: string, text: string): void => writeFileSync(join(directory, name), text);

const start = (): Promise<Serving> =>
  serve({
    load: () => loadConfig(file, directory),
    environment: { HOME: directory },
    log: createLogger({ level: 'error', write: () => undefined, now: () => new Date() }),
    out: () => undefined,
    now: Date.now,
    processors: 2,
  });

beforeAll(async () => {
  registry = await startRegistry();
  putLayout(registry, `${EXAMPLES}/images`);
  put('witness.rego', WITNESS);
  put('lenient.rego', 'package verdict\n\ndecision := {"allow": true}\n');
  put(
    'verdict.yaml',
    `trust: {acme: {type: sigstore, root: ${EXAMPLES}/keys/trusted_root.json}}
policy: {config: {profile: licences, licences: {deny: [AGPL-3.0-only]}}, accepts: [unsigned]}
registries: {"${registry.host}": {plainHttp: true}}
server: {port: 0}
scopes:
  - name: careful
    namespaces: [careful]
    trust: {scanners: {type: keys, keys: [${EXAMPLES}/keys/scanner.pub], root: ${EXAMPLES}/keys/trusted_root.json}}
    policy: {config: {profile: signed, identities: [{name: release, types: ["https://sigstore.dev/cosign/sign/v1"], trust: acme, kind: keyless, identity: "https://github.com/acme/app/**", issuer: "https://token.actions.githubusercontent.com"}]}}
  - name: witness
    namespaces: [witness]
    trust: {own-scanners: {type: keys, keys: [${EXAMPLES}/keys/scanner.pub], root: ${EXAMPLES}/keys/trusted_root.json}}
    policy: {sources: [witness.rego]}
  - name: lenient
    namespaces: [lenient]
    policy: {sources: [lenient.rego], accepts: [empty, undiscovered, errored, failed, unsigned, stranger]}
  - name: everything
    repositories: ["${registry.host}/nowhere"]
    policy: {sources: [witness.rego]}
`,
  );
  serving = await start();
});
afterAll(async () => {
  await Promise.all([serving.close(), registry.close()]);
  rmSync(directory, { recursive: true });
});

interface Said {
  readonly allow: boolean;
  readonly violations: ReadonlyArray<{ readonly code: string; readonly msg: string; readonly policy: string }>;
  readonly policies: ReadonlyArray<{ readonly name: string; readonly scope: string }>;
}

async function ask(tag: string, namespace: string): Promise<Said> {
  const question = { reference: registry.reference(tag), namespace };
  const { body } = await request(`${serving.url}/v1/verify`, { method: 'POST', body: JSON.stringify(question) });
  return (await body.json()) as Said;
}

describe('a namespace with a policy of its own', () => {
  it('tightens: what is good enough for everybody is not for it', async () => {
    expect(await ask('unsigned', 'other')).toMatchObject({ allow: true, policies: [{ scope: 'cluster' }] });
    const said = await ask('unsigned', 'careful');
    expect(said.allow).toBe(false);
    expect(said.policies.map(({ name, scope }) => `${scope} ${name}`)).toEqual([
      'cluster starter',
      'namespace careful',
    ]);
    expect(new Set(said.violations.map(({ policy }) => policy))).toEqual(new Set(['careful']));
    expect((await ask('allowed', 'careful')).allow).toBe(true);
  });

  it('never loosens: what everybody refuses stays refused', async () => {
    const said = await ask('licence-denied', 'lenient');
    expect(said.allow).toBe(false);
    expect(said.violations).toEqual([
      expect.objectContaining({ code: 'licence.disallowed', policy: 'starter', msg: expect.stringContaining('AGPL') }),
    ]);
  });

  it('sees what its own trust vouches for, and nobody else does', async () => {
    const said = await ask('allowed', 'witness');
    expect(said.violations.map(({ msg }) => msg)).toEqual(['cluster acme, namespace own-scanners']);
    const { body } = await request(`${serving.url}/v1/evidence`, {
      method: 'POST',
      body: JSON.stringify({ reference: registry.reference('allowed'), namespace: 'witness' }),
    });
    const evidence = await body.text();
    expect(evidence).toContain('"acme"');
    expect(evidence).not.toContain('own-scanners');
  });

  it('gets no answer that was made for another', async () => {
    const [careful, other, again] = await Promise.all([
      ask('unsigned', 'careful'),
      ask('unsigned', 'other'),
      ask('unsigned', 'careful'),
    ]);
    expect([careful.allow, other.allow, again.allow]).toEqual([false, true, false]);
  });
});

describe('the command line', () => {
  async function verify(tag: string, namespace: string): Promise<{ status: number | null; stdout: string }> {
    const args = ['verify', '--config', file, '--namespace', namespace, registry.reference(tag)];
    const child = spawn(process.execPath, [`${ROOT}src/cli/main.ts`, ...args], { cwd: directory });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const stdout = await text(child.stdout);
    return { status: await ended, stdout };
  }

  it('decides as the service does', async () => {
    expect((await verify('unsigned', 'other')).status).toBe(0);
    const denied = await verify('unsigned', 'careful');
    expect(denied.status).toBe(1);
    expect(denied.stdout).toContain('(careful)');
    expect(denied.stdout).toContain('policy starter, careful');
  });
});
