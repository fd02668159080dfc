import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run as list } from '../../../src/cli/commands/trust-list.ts';
import { run as update } from '../../../src/cli/commands/trust-update.ts';
import type { Io } from '../../../src/cli/io.ts';
import { publicGoodRoot } from '../../../src/config/trust/seeds.ts';
import { digestOf } from '../../../src/descriptor.ts';
import { directory, fixture, NOW } from '../config/trust/support.ts';
import { TufRepository } from '../config/trust/tuf-repository.ts';

type Command = (
  args: readonly string[],
  options: { readonly config?: string; readonly output: 'text' | 'json' },
  io: Io,
) => Promise<number>;

/** A directory with a configuration, and what commands print there. */
function desk(config: unknown, now: Date = NOW) {
  const home = directory();
  writeFileSync(join(home, 'verdict.json'), JSON.stringify(config));
  return async (command: Command, args: readonly string[] = [], output: 'text' | 'json' = 'json') => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await command(
      args,
      { output },
      {
        out: (text) => void out.push(String(text)),
        err: (text) => void err.push(text),
        colour: false,
        progress: false,
        directory: home,
        environment: { VERDICT_CACHE_DIR: join(home, 'cache') },
        now: () => now,
      },
    );
    const text = out.join('');
    return { code, text, json: output === 'json' ? JSON.parse(text || 'null') : undefined, err: err.join('') };
  };
}

describe('verdict trust list', () => {
  it('shows what scopes trust too, by the name of each', async () => {
    const keys = { type: 'keys', keys: [fixture('p256.pub')] };
    const run = desk({
      trust: { ours: keys },
      scopes: [{ name: 'team', namespaces: ['a'], trust: { own: keys }, policy: {} }],
    });
    const { code, json } = await run(list);
    expect(code).toBe(0);
    expect(json.trusts.map(({ name }: { name: string }) => name)).toEqual(['ours', 'team/own']);
  });

  it('shows the default: the public-good instance and everybody whom it identifies', async () => {
    const run = desk({});
    const { code, json } = await run(list);
    expect(code).toBe(0);
    expect(json.revision).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(json.trusts).toMatchObject([
      {
        name: 'public-good',
        type: 'sigstore',
        requirements: { transparencyLog: 1, timestamp: 1, sct: 1 },
        waived: [],
        identities: [],
        keys: [],
        certificates: [],
        root: {
          source: 'public-good',
          digest: digestOf(publicGoodRoot()),
          update: null,
          certificateAuthorities: [{ subject: 'CN=sigstore,O=sigstore.dev' }, { uri: 'https://fulcio.sigstore.dev' }],
          transparencyLogs: [
            {
              url: 'https://rekor.sigstore.dev',
              kind: 'PKIX_ECDSA_P256_SHA_256',
              start: '2021-01-12T11:53:27Z',
              end: '',
            },
            { url: 'https://log2025-1.rekor.sigstore.dev' },
          ],
        },
      },
    ]);
    const { text } = await run(list, [], 'text');
    expect(text).toContain('public-good  sigstore  needs 1 log entry, 1 trusted time, 1 certificate log');
    expect(text).toContain('everybody whom the authorities identify');
  });

  it('shows keys, certificates and identities, what is waived and what has expired', async () => {
    const run = desk(
      {
        trust: {
          release: { type: 'keys', keys: [fixture('p256.pub'), fixture('rsa.pub')] },
          company: {
            type: 'certificates',
            ca: [fixture('ec-root.pem')],
            tsa: [fixture('rsa-root.pem')],
            identities: [{ identity: 'a@example.org', issuerPattern: 'https://.*' }],
          },
        },
      },
      new Date('2200-01-01T00:00:00Z'),
    );
    const { code, json } = await run(list);
    expect(code).toBe(0);
    expect(json.trusts).toMatchObject([
      {
        name: 'release',
        waived: ['transparency'],
        keys: [
          { kind: 'ECDSA P-256', source: fixture('p256.pub') },
          { kind: 'RSA 2048', source: fixture('rsa.pub') },
        ],
        root: null,
      },
      {
        name: 'company',
        waived: ['transparency', 'sct'],
        certificates: [
          { store: 'ca', subject: 'CN=ec-root,O=Example,C=DE', expired: true, source: fixture('ec-root.pem') },
          { store: 'tsa', subject: 'CN=rsa-root,O=Example,C=DE', expired: true },
        ],
        identities: [{ identity: 'a@example.org', issuer: '/https://.*/' }],
      },
    ]);
    const { text } = await run(list, [], 'text');
    expect(text).toContain('release  keys  waived: transparency');
    expect(text).toContain('expired 2126-');
  });

  it('shows of a root only what counts for the type', async () => {
    const root = 'public-good';
    const run = desk({
      trust: {
        a: { type: 'keys', keys: [fixture('p256.pub')], root },
        b: { type: 'certificates', ca: [fixture('ec-root.pem')], root },
      },
    });
    const counts = (await run(list)).json.trusts.map(({ root: shown }: { root: Record<string, unknown[]> }) =>
      ['certificateAuthorities', 'certificateLogs', 'transparencyLogs', 'timestampAuthorities'].map(
        (kind) => shown[kind]?.length,
      ),
    );
    expect(counts).toEqual([
      [0, 0, 2, 1],
      [0, 2, 2, 1],
    ]);
  });

  it('tells every fault with its place, and exits as a configuration fault', async () => {
    const run = desk({
      trust: {
        a: { type: 'keys', keys: [fixture('rsa1024.pub'), 'env://NONE'] },
        b: { type: 'sigstore', root: 'public-good' },
      },
    });
    const { code, json } = await run(list);
    expect([code, json.revision, json.trusts]).toEqual([64, '', []]);
    expect(json.faults).toMatchObject([
      { pointer: '/trust/a/keys/0', code: 'KEY_INVALID' },
      { pointer: '/trust/a/keys/1', code: 'TRUST_INVALID' },
    ]);
    const shown = await run(list, [], 'text');
    expect([shown.code, shown.text]).toEqual([64, '']);
    expect(shown.err).toContain('/trust/a/keys/0: error: ');
  });

  it('exits as undecided where trying again may help', async () => {
    const run = desk({
      trust: { a: { type: 'keys', keys: ['http://127.0.0.1:1/k.pub'] } },
      network: { allowPrivate: ['127.0.0.1'] },
    });
    expect((await run(list)).code).toBe(2);
  });
});

describe('verdict trust update', () => {
  /** A repository, and a configuration with two trusts that are updated from it. */
  async function world() {
    const repository = new TufRepository();
    await repository.listen();
    const initialRoot = resolve(directory(), 'initial.json');
    writeFileSync(initialRoot, repository.root(1));
    repository.publish({ version: 1, targets: { 'trusted_root.json': publicGoodRoot() } });
    const trust = (target: string) => ({
      type: 'sigstore',
      root: 'public-good',
      update: { mirror: repository.url, initialRoot, target },
    });
    const network = { allowPrivate: ['127.0.0.1'] };
    return { repository, config: { trust: { own: trust('trusted_root.json'), other: trust('none.json') }, network } };
  }

  it('fetches what has `update`, says what failed, and then the list shows how current it is', async () => {
    const { repository, config } = await world();
    const run = desk(config);
    const first = await run(update);
    expect(first.code).toBe(2);
    expect(first.json).toMatchObject({
      updated: [{ name: 'own', mirror: repository.url, changed: false, added: [], removed: [] }],
      failed: [{ name: 'other', error: { code: 'TRUST_INVALID' } }],
    });
    expect(first.json.requests.map(({ url }: { url: string }) => url)).toContain(`${repository.url}/timestamp.json`);
    const { json } = await run(list);
    expect(json.trusts).toMatchObject([
      { root: { source: repository.url, update: { fetched: NOW.toISOString(), age: 0, old: false } } },
      { root: { source: 'public-good', update: { fetched: '', age: -1, old: true } } },
    ]);
    const { text } = await run(list, [], 'text');
    expect(text).toContain('0 minutes ago');
    expect(text).toContain('never fetched');
  });

  it('says what is new and what is gone', async () => {
    const { repository, config } = await world();
    const run = desk(config);
    const json = JSON.parse(Buffer.from(publicGoodRoot()).toString('utf8')) as {
      tlogs: Array<Record<string, unknown>>;
    };
    const tlogs = [{ ...json.tlogs[0], baseUrl: 'https://log.example\u001b[2J' }];
    repository.publish({
      version: 2,
      targets: { 'trusted_root.json': Buffer.from(JSON.stringify({ ...json, tlogs })) },
    });
    const { code, text, err } = await run(update, ['own'], 'text');
    expect([code, err]).toEqual([0, '']);
    expect(text).toContain('+ transparency log https://log.example\ufffd[2J PKIX_ECDSA_P256_SHA_256');
    expect(text).toContain('- transparency log https://log2025-1.rekor.sigstore.dev');
  });

  it('takes several names, all of which must be there', async () => {
    const { repository, config } = await world();
    const run = desk(config);
    await expect(run(update, ['own', 'none'])).rejects.toMatchObject({ code: 'USAGE' });
    expect(repository.asked).toEqual([]);
    const { json } = await run(update, ['other', 'own']);
    expect([json.updated, json.failed].map((list) => list.map(({ name }: { name: string }) => name))).toEqual([
      ['own'],
      ['other'],
    ]);
  });

  it.each([
    [{}, []],
    [{}, ['public-good']],
    [{ trust: { own: { type: 'sigstore', root: 'public-good' } } }, ['none']],
  ])('with %j and %j has nothing to do, which is a fault of who asked', async (config, args) => {
    await expect(desk(config)(update, args)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
