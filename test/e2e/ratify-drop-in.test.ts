import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/server/log.ts';
import { type Serving, serve } from '../../src/server/serve.ts';
import { ROOT } from '../support/decide.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { startRegistry, type TestRegistry } from '../support/registry/registry.ts';

const FIXTURES = `${ROOT}test/fixtures`;
const NOTATION = 'application/vnd.cncf.notary.signature';
const OWN_TYPE = 'application/vnd.acme.approval';
const POLICIES = `${FIXTURES}/ratify/policies`;

const directory = mkdtempSync(join(tmpdir(), 'verdict-drop-in-'));
let registry: TestRegistry;
let serving: Serving | undefined;

/** A verifier of Ratify's protocol, as somebody wrote it for Ratify. */
const PLUGIN = `#!/bin/sh
cat > /dev/null
echo "INFO: looking at $RATIFY_VERIFIER_SUBJECT"
echo '{"isSuccess": true, "message": "approved", "name": "approvals", "extensions": {"by": "acme"}}'
`;

beforeAll(async () => {
  registry = await startRegistry();
  putLayout(registry, `${FIXTURES}/notation/made/images`);
  const approved = registry.image({ tag: 'approved' });
  registry.attach(approved.digest, {
    artifactType: OWN_TYPE,
    layers: [{ mediaType: OWN_TYPE, bytes: Buffer.from('{}') }],
  });
  registry.image({ tag: 'bare', annotations: { 'org.example.name': 'bare' } });
  writeFileSync(join(directory, 'approvals'), PLUGIN);
  chmodSync(join(directory, 'approvals'), 0o755);
});
afterEach(async () => await serving?.close());
afterAll(async () => {
  await registry.close();
  rmSync(directory, { recursive: true });
});

const NOTARY = {
  name: 'verifier-notation',
  type: 'notation',
  artifactTypes: NOTATION,
  verificationCerts: [`${FIXTURES}/notation/made/config/truststore/x509/ca/acme`],
  trustPolicyDoc: {
    version: '1.0',
    trustPolicies: [
      {
        name: 'default',
        registryScopes: ['*'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:certs'],
        trustedIdentities: ['*'],
      },
    ],
  },
};
const APPROVALS = { name: 'approvals', artifactTypes: OWN_TYPE };

/** Ratify's config.json, served as it is. */
async function start(policy: object, verifiers: readonly object[]): Promise<void> {
  const config = {
    store: { version: '1.0.0', plugins: [{ name: 'oras', useHttp: true }] },
    policy: { version: '1.0.0', plugin: policy },
    verifier: { version: '1.0.0', pluginBinDirs: [directory], plugins: verifiers },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  const environment = { HOME: directory, VERDICT_RATIFY_PLUGINS: '1' };
  const port = (server: Parameters<NonNullable<Parameters<typeof loadConfig>[2]>['server'] & object>[0]) => ({
    ...server,
    port: 0,
  });
  serving = await serve({
    load: () => loadConfig('config.json', directory, { server: port }, environment),
    environment,
    log: createLogger({ level: 'error', write: () => undefined, now: () => new Date() }),
    out: () => undefined,
    now: Date.now,
    processors: 2,
  });
}

interface Value {
  readonly version: string;
  readonly isSuccess: boolean;
  readonly message?: string;
  readonly verifierReports: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

async function ask(tag: string): Promise<Value> {
  const { body } = await request(`${serving?.url}/ratify/gatekeeper/v1/verify`, {
    method: 'POST',
    body: JSON.stringify({
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'ProviderRequest',
      request: { keys: [registry.reference(tag)] },
    }),
  });
  const { response } = (await body.json()) as { response: { items: ReadonlyArray<{ value: Value }> } };
  const [item] = response.items;
  if (item === undefined) throw new Error(`no item: ${JSON.stringify(response)}`);
  return item.value;
}

const rego = (name: string) => ({ name: 'regoPolicy', policy: readFileSync(join(POLICIES, name), 'utf8') });

describe('an existing configuration of Ratify v1, unchanged', () => {
  it('decides with its Rego policy over the reports of its verifiers', async () => {
    await start(rego('r1-all.rego'), [NOTARY]);
    const signed = await ask('p256-metadata-2-jws');
    expect(signed).toMatchObject({ version: '1.1.0', isSuccess: true });
    expect(signed.verifierReports).toMatchObject([
      {
        subject: registry.reference('p256-metadata-2-jws'),
        artifactType: NOTATION,
        verifierReports: [{ isSuccess: true, name: 'verifier-notation', verifierType: 'notation' }],
        nestedReports: [],
      },
    ]);
    const bare = await ask('bare');
    expect(bare).toMatchObject({ isSuccess: false, verifierReports: [], message: expect.any(String) });
    // An artifact that no verifier takes: Ratify's default policy denies it.
    expect(await ask('approved')).toMatchObject({
      isSuccess: false,
      verifierReports: [{ artifactType: OWN_TYPE, verifierReports: [] }],
    });
  });

  it('decides with `any` and `all` by artifact type, and runs the verifiers of others', async () => {
    const policies = { [OWN_TYPE]: 'any' };
    await start({ name: 'configPolicy', artifactVerificationPolicies: policies }, [APPROVALS]);
    expect(await ask('approved')).toMatchObject({
      version: '0.2.0',
      isSuccess: true,
      verifierReports: [
        {
          subject: registry.reference('approved'),
          isSuccess: true,
          name: 'approvals',
          verifierName: 'approvals',
          artifactType: OWN_TYPE,
          message: 'approved',
          extensions: { by: 'acme' },
        },
      ],
    });
    expect(await ask('bare')).toMatchObject({ version: '0.2.0', isSuccess: false });
  });

  it('hands all reports on where they are passed through, and says no itself', async () => {
    await start({ ...rego('r1-all.rego'), passthroughEnabled: true }, [NOTARY]);
    const signed = await ask('p256-metadata-2-jws');
    expect(signed).toMatchObject({ version: '1.1.0', isSuccess: false });
    expect(signed.verifierReports).toMatchObject([{ verifierReports: [{ isSuccess: true }] }]);
  });
});
