import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';
import { createLogger } from '../../../src/server/log.ts';
import { type Serving, serve } from '../../../src/server/serve.ts';
import { ROOT } from '../../support/decide.ts';
import { Gatekeeper } from '../../support/gatekeeper/client.ts';
import { makeTestCa } from '../../support/gatekeeper/pki.ts';
import { type Outcome, readTemplate, review } from '../../support/gatekeeper/template.ts';
import { putLayout } from '../../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../../support/registry/registry.ts';
import { CACHE } from '../rego/support.ts';
import { creating, pod } from './objects.ts';

const SAMPLES = new URL('../../../charts/verdict/samples/', import.meta.url);
const ca = makeTestCa();
const directory = mkdtempSync(join(tmpdir(), 'verdict-samples-'));
const now = Date.parse('2026-11-21T12:00:00Z');

let toolchain: Toolchain;
let registry: TestRegistry;
let serving: Serving;
let validation: Gatekeeper;
let mutation: Gatekeeper;

function configure(passthrough: boolean): void {
  writeFileSync(
    join(directory, 'verdict.yaml'),
    `trust:
  acme: {type: sigstore, root: ${ROOT}examples/keys/trusted_root.json}
  acme-keys: {type: keys, keys: [${ROOT}examples/keys/scanner.pub], root: ${ROOT}examples/keys/trusted_root.json}
policy: {config: {profile: demo, provenance: {repositories: ["https://github.com/acme/*"]}}}
registries: {"${registry.host}": {plainHttp: true}}
server: {port: 0, passthrough: ${passthrough}, verifyTimeout: 10000, mutateTimeout: 10000, tls: {cert: tls.crt, key: tls.key}}
`,
  );
}

beforeAll(async () => {
  toolchain = createToolchain({ cacheDirectory: CACHE });
  registry = await startRegistry();
  putLayout(registry, `${ROOT}examples/images`);
  const { cert, key } = ca.server();
  writeFileSync(join(directory, 'tls.crt'), cert);
  writeFileSync(join(directory, 'tls.key'), key);
  configure(false);
  serving = await serve({
    load: () => loadConfig(join(directory, 'verdict.yaml'), directory),
    environment: { HOME: directory },
    log: createLogger({ level: 'error', write: () => undefined, now: () => new Date(now) }),
    out: () => undefined,
    now: () => now,
    processors: 2,
  });
  const options = { ca: ca.ca, timeoutMs: 10_000 };
  validation = new Gatekeeper({ ...options, url: `${serving.url}/v1/gatekeeper/validate` });
  mutation = new Gatekeeper({ ...options, url: `${serving.url}/v1/gatekeeper/mutate` });
});
afterAll(async () => {
  validation.close();
  mutation.close();
  await Promise.all([serving.close(), registry.close(), toolchain.close()]);
  rmSync(directory, { recursive: true });
});

/** What becomes of a Pod with this image once the Assign set has been at it. */
async function admit(name: string, tag: string, parameters: object): Promise<Outcome> {
  const mutated = await mutation.mutate([registry.reference(tag)]);
  const images = mutated.ok ? mutated.values : [];
  const template = readTemplate(new URL(`${name}/template.yaml`, SAMPLES));
  const answer = (keys: readonly string[]) => validation.externalData(keys);
  const [outcome] = await review(toolchain, template, [{ review: creating(pod(...images)), parameters, answer }]);
  return outcome ?? expect.unreachable();
}

describe('the samples in front of `verdict serve`', () => {
  it('enforce what it decides, with its words', async () => {
    const parameters = { provider: 'verdict' };
    expect((await admit('enforce', 'allowed', parameters)).violations).toEqual([]);
    const { violations } = await admit('enforce', 'licence-denied', parameters);
    expect(violations).toMatchObject([{ details: { code: 'DENIED' }, msg: expect.stringContaining('AGPL-3.0-only') }]);
  });

  it('judge its reports where it passes them through', async () => {
    configure(true);
    expect(await serving.reload()).toBe(true);
    const release = {
      trust: 'acme',
      id: 'keyless|https://token.actions.githubusercontent.com|https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
    };
    const parameters = { provider: 'verdict', types: ['https://sigstore.dev/cosign/sign/v1'], signers: [release] };
    const tags = ['allowed', 'unsigned', 'wrong-signer', 'licence-denied'];
    const outcomes = await Promise.all(tags.map((tag) => admit('passthrough', tag, parameters)));
    const codes = outcomes.map(({ violations }) => violations.map(({ details }) => details.code));
    // The signer did sign something beside the unsigned image: its SBOM. Licences are not looked at here.
    expect(codes).toEqual([[], ['UNAPPROVED'], ['UNAPPROVED'], []]);
    expect((await admit('enforce', 'allowed', { provider: 'verdict' })).violations).toMatchObject([
      { details: { code: 'DENIED' } },
    ]);
  });
});
