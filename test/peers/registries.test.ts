/** The registry client against registries that other people wrote. Needs VERDICT_PEERS_BIN, see install.sh. */
import { sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseReference } from '../../src/reference.ts';
import type { Credential } from '../../src/registry/options.ts';
import { type OpenStore, openStore, patience } from '../support/registry/open.ts';
import { pushAll } from '../support/registry/push.ts';
import { type Made, startRegistry, TEST_TLS, type TestRegistry } from '../support/registry/registry.ts';
import { basic } from '../support/registry/tokens.ts';
import { Peers } from './serve.ts';

const REPOSITORY = 'team/app';
const SERVICE = 'docker-registry';
const ISSUER = 'Verdict tests';
const CREDENTIAL: Credential = { kind: 'basic', username: 'jane', password: 'secret' };
const AUTHORIZATION = basic('jane', 'secret');
/** bcrypt of "secret". */
const HTPASSWD = 'jane:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

/** What one real registry is like. */
interface Peer {
  readonly name: string;
  readonly hasReferrersApi: boolean;
  readonly credential: Credential | undefined;
  /** Starts it and gives its port. */
  readonly start: () => Promise<number>;
  /** What a push must show. */
  readonly authorization: () => string;
}

const directory = mkdtempSync(join(tmpdir(), 'verdict-registries-'));
const peers = new Peers();
let tokenServer: Server;

async function serveDistribution(name: string, auth: string): Promise<number> {
  const path = join(directory, `${name}.yml`);
  const storage = `{ inmemory: {} }`;
  writeFileSync(path, `version: 0.1\nstorage: ${storage}\nhttp: { addr: '127.0.0.1:0' }\n${auth}`);
  return await peers.serve('docker-registry', ['serve', path]);
}

/** A token as CNCF distribution takes it. https://distribution.github.io/distribution/spec/auth/jwt/ */
function issueToken(scopes: readonly string[]): string {
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const certificate = new X509Certificate(TEST_TLS.server.cert).raw.toString('base64');
  const access = scopes.map((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',') };
  });
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUER,
    sub: '',
    aud: SERVICE,
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: String(now),
    access,
  };
  const signed = `${base64({ typ: 'JWT', alg: 'ES256', x5c: [certificate] })}.${base64(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: TEST_TLS.server.key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function tokenAnswer(request: IncomingMessage): { readonly status: number; readonly body: object } {
  if (request.headers.authorization !== AUTHORIZATION) return { status: 401, body: {} };
  const scopes = new URL(request.url ?? '', 'http://token.test').searchParams.getAll('scope');
  return { status: 200, body: { token: issueToken(scopes), expires_in: 300 } };
}

const PEERS: readonly Peer[] = [
  {
    name: "go-containerregistry's registry",
    hasReferrersApi: false,
    credential: undefined,
    start: () => peers.serve('registry', ['-port', '0']),
    authorization: () => '',
  },
  {
    name: "go-containerregistry's registry with its Referrers API",
    hasReferrersApi: true,
    credential: undefined,
    start: () => peers.serve('referrers-registry', ['-port', '0']),
    authorization: () => '',
  },
  {
    name: 'CNCF distribution 2.8',
    hasReferrersApi: false,
    credential: undefined,
    start: () => serveDistribution('open', ''),
    authorization: () => '',
  },
  {
    name: 'CNCF distribution 2.8 with passwords',
    hasReferrersApi: false,
    credential: CREDENTIAL,
    start: () => {
      const path = join(directory, 'htpasswd');
      writeFileSync(path, HTPASSWD);
      return serveDistribution('password', `auth: { htpasswd: { realm: test, path: ${path} } }\n`);
    },
    authorization: () => AUTHORIZATION,
  },
  {
    name: 'CNCF distribution 2.8 with tokens',
    hasReferrersApi: false,
    credential: CREDENTIAL,
    start: () => {
      const path = join(directory, 'ca.pem');
      writeFileSync(path, TEST_TLS.ca);
      const realm = `http://127.0.0.1:${(tokenServer.address() as AddressInfo).port}/token`;
      const token = `{ realm: '${realm}', service: ${SERVICE}, issuer: ${ISSUER}, rootcertbundle: ${path} }`;
      return serveDistribution('token', `auth: { token: ${token} }\n`);
    },
    authorization: () => `Bearer ${issueToken([`repository:${REPOSITORY}:pull,push`])}`,
  },
];

beforeAll(async () => {
  tokenServer = createServer((request, response) => {
    const { status, body } = tokenAnswer(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => tokenServer.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  peers.stop();
  tokenServer.closeAllConnections();
  tokenServer.close();
  rmSync(directory, { recursive: true });
});

describe.each(PEERS)('$name', (peer) => {
  let host = '';
  let source: TestRegistry;
  let opened: OpenStore;
  let image: Made;
  let index: Made;
  let attached: Made;
  let signature: Made;

  beforeAll(async () => {
    source = await startRegistry({ repository: REPOSITORY });
    host = `127.0.0.1:${await peer.start()}`;
    image = source.image({ tag: 'v1', layers: [{ mediaType: 'application/x', bytes: 'x'.repeat(3_000_000) }] });
    index = source.index([{ manifest: image, platform: { os: 'linux', architecture: 'amd64' } }], { tag: 'all' });
    const layers = [{ mediaType: 'application/spdx+json', bytes: '{"spdxVersion":"SPDX-2.3"}' }];
    attached = source.attach(image.digest, { artifactType: 'application/spdx+json', layers, via: 'referrers-tag' });
    signature = source.attach(image.digest, { via: 'cosign-tag:.sig' });
    await pushAll(source.content(), {
      url: `http://${host}`,
      repository: REPOSITORY,
      authorization: peer.authorization(),
    });
  });
  afterAll(() => source.close());

  beforeEach(() => {
    opened = openStore({ credentials: async () => peer.credential });
  });
  afterEach(() => opened.store.close());

  const reference = (rest: string) => parseReference(`${host}/${REPOSITORY}${rest}`);
  const ask = (form: 'referrers-api' | 'referrers-tag' | 'cosign-tag', digest = image.digest) =>
    opened.store.referrers(reference(':v1'), form, digest, patience());

  it('resolves tags and digests, of images and indexes', async () => {
    for (const made of [image, index]) {
      const tag = made === image ? ':v1' : ':all';
      for (const rest of [tag, `@${made.digest}`]) {
        const { descriptor, manifest } = await opened.store.resolve(reference(rest), patience());
        expect(descriptor).toMatchObject({ digest: made.digest, mediaType: made.descriptor.mediaType });
        expect(manifest).toEqual(made.bytes);
      }
    }
  });

  it('has no tag, digest or repository that it does not have', async () => {
    const missing = expect.objectContaining({ code: 'NOT_FOUND' });
    for (const rest of [':none', `@sha256:${'a'.repeat(64)}`]) {
      await expect(opened.store.resolve(reference(rest), patience())).rejects.toThrow(missing);
    }
    const nowhere = parseReference(`${host}/${REPOSITORY}/none:v1`);
    await expect(opened.store.resolve(nowhere, patience())).rejects.toThrow(missing);
  });

  it('gives blobs and manifests', async () => {
    for (const layer of [...image.layers, ...attached.layers]) {
      const bytes = await opened.store.fetch(reference(':v1'), 'blob', layer, 4_000_000, patience());
      expect(bytes).toHaveLength(layer.size);
    }
    const bytes = await opened.store.fetch(reference(':v1'), 'manifest', attached.descriptor, 10_000, patience());
    expect(bytes).toEqual(attached.bytes);
  });

  it('lists what is attached, in the forms that it knows', async () => {
    const api = await ask('referrers-api');
    expect(api.outcome).toBe(peer.hasReferrersApi ? 'ok' : 'unsupported');
    expect(api.entries.map(({ descriptor }) => descriptor.digest)).toEqual(
      peer.hasReferrersApi ? [attached.digest] : [],
    );
    const tag = await ask('referrers-tag');
    expect(tag).toMatchObject({ outcome: 'ok', entries: [{ descriptor: { digest: attached.digest } }] });
    const cosign = await ask('cosign-tag');
    expect(cosign).toMatchObject({ outcome: 'ok', entries: [{ manifest: signature.bytes }] });
  });

  it('answers that nothing is attached where nothing is', async () => {
    for (const form of ['referrers-api', 'referrers-tag', 'cosign-tag'] as const) {
      const { outcome, entries } = await ask(form, index.digest);
      expect([form, outcome, entries]).toEqual([
        form,
        form !== 'referrers-api' || peer.hasReferrersApi ? 'ok' : 'unsupported',
        [],
      ]);
    }
  });

  it('refuses whoever has no credential, where it wants one', async () => {
    const { store } = openStore({ credentials: async () => undefined });
    const resolving = store.resolve(reference(':v1'), patience());
    if (peer.credential === undefined) await expect(resolving).resolves.toBeDefined();
    else await expect(resolving).rejects.toThrow(expect.objectContaining({ code: 'REGISTRY_DENIED' }));
    await store.close();
  });
});
