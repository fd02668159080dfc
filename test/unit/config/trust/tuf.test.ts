import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { publicGoodRoot } from '../../../../src/config/trust/seeds.ts';
import { type UpdateMeans, updateTrust } from '../../../../src/config/trust/tuf.ts';
import { digestOf } from '../../../../src/descriptor.ts';
import { VerdictError } from '../../../../src/errors.ts';
import type { Trust, TrustUpdate } from '../../../../src/generated/config.ts';
import { createFetcher } from '../../../../src/http/fetcher.ts';
import { configured, directory, load, NOW, told } from './support.ts';
import { Signer, TufRepository } from './tuf-repository.ts';

const FIRST = Buffer.from(publicGoodRoot());
/** Another root: one log fewer. */
const SECOND = (() => {
  const json = JSON.parse(FIRST.toString('utf8')) as { tlogs: unknown[] };
  return Buffer.from(JSON.stringify({ ...json, tlogs: json.tlogs.slice(0, 1) }));
})();
const DAY = 24 * 60 * 60 * 1000;
const later = (milliseconds: number): Date => new Date(NOW.getTime() + milliseconds);

/** A repository with version 1 published, and a trust that is updated from it. */
async function world(more: Partial<TrustUpdate> = {}, trust: Partial<Trust> = {}) {
  const repository = new TufRepository();
  await repository.listen();
  const home = directory();
  const initialRoot = join(home, 'initial.json');
  writeFileSync(initialRoot, repository.root(1));
  repository.publish({ version: 1, targets: { 'trusted_root.json': FIRST } });
  const update = { mirror: repository.url, initialRoot, target: 'trusted_root.json', maxAge: 7 * DAY, ...more };
  const own = { ...configured({ type: 'sigstore', ...trust }), update };
  const http = createFetcher({ allowPrivate: ['127.0.0.1'] });
  onTestFinished(() => http.close());
  const cacheDirectory = join(home, 'cache');
  const run = (means: Partial<UpdateMeans> = {}) =>
    updateTrust('own', own, { fetch: http, cacheDirectory, now: NOW, ...means });
  /** Digest of the root that is loaded; or the faults. */
  const loaded = async () => {
    const now = await load(own, { cacheDirectory });
    return now.trusts[0]?.root?.digest ?? told(now);
  };
  return { repository, run, loaded, own, cacheDirectory };
}

const code = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => '',
    (thrown: unknown) => (thrown instanceof VerdictError ? thrown.code : String(thrown)),
  );

describe('an update', () => {
  it('brings the trusted root of the repository, and says what counted before', async () => {
    const { repository, run, loaded, own, cacheDirectory } = await world({}, { root: 'public-good' });
    repository.publish({ version: 2, targets: { 'trusted_root.json': SECOND } });
    const updated = await run();
    expect(updated).toMatchObject({
      name: 'own',
      mirror: repository.url,
      before: { digest: digestOf(FIRST), source: 'public-good' },
      after: { digest: digestOf(SECOND) },
    });
    expect(await loaded()).toBe(digestOf(SECOND));
    const { trusts, facts } = await load(own, { cacheDirectory, now: later(DAY) });
    expect(trusts).toMatchObject([{ root: { source: repository.url } }]);
    expect(facts[0]?.freshness).toEqual({ mirror: repository.url, fetched: NOW, age: DAY, old: false });
  });

  it('asks for nothing but newer metadata the next time, and confirms the copy', async () => {
    const { repository, run, own, cacheDirectory } = await world();
    await run();
    repository.asked.length = 0;
    const again = await run({ now: later(DAY) });
    expect(repository.asked.filter((path) => !path.startsWith('/targets/'))).toEqual([
      '/2.root.json',
      '/timestamp.json',
    ]);
    expect(again.before?.digest).toBe(again.after.digest);
    expect((await load(own, { cacheDirectory, now: later(DAY) })).facts[0]?.freshness?.age).toBe(0);
  });

  it('follows new roots, signed by the old ones', async () => {
    const { repository, run, loaded } = await world();
    await run();
    const old = repository.signers;
    repository.signers = { ...old, root: new Signer(), targets: new Signer() };
    repository.root(2, [old.root]);
    repository.publish({ version: 2, targets: { 'trusted_root.json': SECOND } });
    await run();
    expect(await loaded()).toBe(digestOf(SECOND));
  });

  it('leaves nothing but the copy and verified metadata', async () => {
    const { run, cacheDirectory } = await world();
    await run();
    const [place = ''] = readdirSync(join(cacheDirectory, 'trust'));
    const here = join(cacheDirectory, 'trust', place);
    expect(readdirSync(here).sort()).toEqual(['copy.json', 'metadata']);
    expect(readdirSync(join(here, 'metadata')).sort()).toEqual([
      'root.json',
      'snapshot.json',
      'targets.json',
      'timestamp.json',
    ]);
  });

  it('mends metadata and a copy that were damaged on disk', async () => {
    const { run, loaded, cacheDirectory } = await world();
    await run();
    const [place = ''] = readdirSync(join(cacheDirectory, 'trust'));
    writeFileSync(join(cacheDirectory, 'trust', place, 'metadata', 'root.json'), '{');
    writeFileSync(join(cacheDirectory, 'trust', place, 'copy.json'), '{');
    expect(await loaded()).toEqual(['/trust/own/update TRUST_INVALID']);
    await run();
    expect(await loaded()).toBe(digestOf(FIRST));
  });
});

describe('a copy', () => {
  it('that is not there yet is asked for, unless a root is configured', async () => {
    const { loaded } = await world();
    expect(await loaded()).toEqual(['/trust/own/update TRUST_INVALID']);
    const { own, cacheDirectory } = await world({}, { root: 'public-good' });
    const { trusts, facts } = await load(own, { cacheDirectory });
    expect(trusts).toMatchObject([{ root: { source: 'public-good' } }]);
    expect(facts[0]?.freshness).toMatchObject({ fetched: undefined, age: undefined, old: true });
  });

  it('is told to be old after its time, and still counts', async () => {
    const { run, own, cacheDirectory } = await world();
    await run();
    const { facts, faults } = await load(own, { cacheDirectory, now: later(7 * DAY + 1) });
    expect([faults, facts[0]?.freshness?.old]).toEqual([[], true]);
  });

  it('counts only for its own mirror, target and initial root', async () => {
    const { run, own, cacheDirectory } = await world();
    await run();
    const other = join(directory(), 'other.json');
    writeFileSync(other, new TufRepository().root(1));
    const changes = [{ mirror: 'https://tuf.example' }, { target: 'other.json' }, { initialRoot: other }];
    for (const change of changes) {
      const loaded = await load({ ...own, update: { ...own.update, ...change } }, { cacheDirectory });
      expect(told(loaded), JSON.stringify(change)).toEqual(['/trust/own/update TRUST_INVALID']);
    }
  });

  it('whose content was changed on disk is refused', async () => {
    const { run, loaded, cacheDirectory } = await world();
    await run();
    const [place = ''] = readdirSync(join(cacheDirectory, 'trust'));
    const path = join(cacheDirectory, 'trust', place, 'copy.json');
    const copy = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    writeFileSync(path, JSON.stringify({ ...copy, root: SECOND.toString('base64') }));
    expect(await loaded()).toEqual(['/trust/own/update TRUST_INVALID']);
  });
});

describe('the last good copy stays when the repository', () => {
  const third = { version: 3, targets: { 'trusted_root.json': SECOND } };

  it.each<[string, (repository: TufRepository) => void, string]>([
    [
      'goes back to an older timestamp',
      (it) => it.publish({ version: 1, targets: { 'trusted_root.json': SECOND } }),
      'TRUST_INVALID',
    ],
    ['has an expired timestamp', (it) => it.publish({ ...third, expires: { timestamp: -1 } }), 'TRUST_INVALID'],
    ['has an expired snapshot', (it) => it.publish({ ...third, expires: { snapshot: -1 } }), 'TRUST_INVALID'],
    ['has expired targets', (it) => it.publish({ ...third, expires: { targets: -1 } }), 'TRUST_INVALID'],
    ['has an expired root', expiredRoot, 'TRUST_INVALID'],
    ['signs the timestamp with another key', (it) => forged(it, 'timestamp'), 'TRUST_INVALID'],
    ['signs the snapshot with another key', (it) => forged(it, 'snapshot'), 'TRUST_INVALID'],
    ['signs the targets with another key', (it) => forged(it, 'targets'), 'TRUST_INVALID'],
    ['has a new root that the old one did not sign', stranger, 'TRUST_INVALID'],
    ['skips a version of the root', skipped, 'TRUST_INVALID'],
    ['changes signed targets', change, 'TRUST_INVALID'],
    ['serves a target with another hash', (it) => corrupt(it), 'TRUST_INVALID'],
    ['has no such target', (it) => it.publish({ version: 3, targets: { 'other.json': SECOND } }), 'TRUST_INVALID'],
    [
      'publishes what is no trusted root',
      (it) => it.publish({ version: 3, targets: { 'trusted_root.json': Buffer.from('{}') } }),
      'TRUST_INVALID',
    ],
    [
      'publishes a root without authorities',
      (it) => it.publish({ version: 3, targets: { 'trusted_root.json': withoutAuthorities() } }),
      'TRUST_INVALID',
    ],
    [
      'publishes a huge root',
      (it) => it.publish({ version: 3, targets: { 'trusted_root.json': Buffer.alloc(600_000, 0x20) } }),
      'LIMIT_EXCEEDED',
    ],
    ['writes no JSON', (it) => void it.files.set('/timestamp.json', Buffer.from('<html>')), 'TRUST_INVALID'],
    ['writes a huge timestamp', (it) => void it.files.set('/timestamp.json', Buffer.alloc(100_000)), 'LIMIT_EXCEEDED'],
    [
      'lacks its snapshot',
      (it) => {
        it.publish({ version: 3, targets: {} });
        it.files.delete('/3.snapshot.json');
      },
      'TRUST_UNAVAILABLE',
    ],
    [
      'answers with 500',
      (it) => {
        it.status = 500;
      },
      'TRUST_UNAVAILABLE',
    ],
  ])('%s', async (_, attack, expected) => {
    const { repository, run, loaded } = await world();
    repository.publish({ version: 2, targets: { 'trusted_root.json': FIRST } });
    await run();
    attack(repository);
    expect(await code(run({ now: later(DAY) }))).toBe(expected);
    expect(await loaded()).toBe(digestOf(FIRST));
  });

  it('would be kept where nothing can be written', async () => {
    const { run, own } = await world();
    const file = join(directory(), 'file');
    writeFileSync(file, '');
    expect(await code(run({ cacheDirectory: file }))).toBe('FILE_UNREADABLE');
    expect(told(await load({ ...own, root: 'public-good' }, { cacheDirectory: file }))).toEqual([
      '/trust/own/update FILE_UNREADABLE',
    ]);
  });

  it('is on an address that is not allowed', async () => {
    const { run, loaded } = await world();
    await run();
    const guarded = createFetcher();
    onTestFinished(() => guarded.close());
    expect(await code(run({ fetch: guarded }))).toBe('REGISTRY_NOT_ALLOWED');
    expect(await loaded()).toBe(digestOf(FIRST));
  });

  it('hides its new root: what the newer root forbids was never had, what it allowed is remembered', async () => {
    const { repository, run, loaded } = await world();
    await run();
    const old = repository.signers;
    repository.signers = { ...old, timestamp: new Signer() };
    repository.root(2, [old.root]);
    repository.publish({ version: 2, targets: { 'trusted_root.json': FIRST } });
    repository.files.delete('/2.snapshot.json');
    expect(await code(run())).toBe('TRUST_UNAVAILABLE');
    // The mirror goes back to what the first root allowed.
    repository.files.delete('/2.root.json');
    repository.signers = old;
    repository.publish(third);
    expect(await code(run())).toBe('TRUST_INVALID');
    expect(await loaded()).toBe(digestOf(FIRST));
  });

  function expiredRoot(repository: TufRepository): void {
    repository.root(2, [], -1);
    repository.publish(third);
  }

  function forged(repository: TufRepository, role: 'timestamp' | 'snapshot' | 'targets'): void {
    const own = repository.signers;
    repository.signers = { ...own, [role]: new Signer() };
    repository.publish(third);
    repository.signers = own;
  }

  function stranger(repository: TufRepository): void {
    const own = repository.signers;
    repository.signers = { ...own, root: new Signer() };
    repository.root(2);
    repository.publish(third);
  }

  function skipped(repository: TufRepository): void {
    repository.files.set('/2.root.json', repository.root(3));
    repository.publish(third);
  }

  function change(repository: TufRepository): void {
    repository.publish(third);
    const text = Buffer.from(repository.files.get('/3.targets.json') ?? '').toString('utf8');
    repository.files.set('/3.targets.json', Buffer.from(text.replace('trusted_root.json', 'trusted_r00t.json')));
  }

  function corrupt(repository: TufRepository): void {
    repository.publish(third);
    const path = `/targets/${digestOf(SECOND).slice('sha256:'.length)}.trusted_root.json`;
    repository.files.set(path, Buffer.from(SECOND.map((byte) => byte ^ 1)));
  }

  function withoutAuthorities(): Uint8Array {
    const json = JSON.parse(FIRST.toString('utf8')) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ ...json, certificateAuthorities: [] }));
  }
});
