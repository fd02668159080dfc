import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { parseReference } from '../../../src/reference.ts';
import { scoped } from '../../../src/stores/scoped.ts';
import { blobOf, FakeStore, never } from './fake.ts';

const store = (name: string): FakeStore => new FakeStore(name, ['referrers-api']);
const hub = store('hub');
const host = store('host');
const team = store('team');
const app = store('app');
const rest = store('rest');
const layout = new FakeStore('layout', ['layout', 'cosign-tag']);
const file = new FakeStore('file', ['file']);

const registries = new Map([
  ['docker.io', hub],
  ['registry.example', host],
  ['registry.example/team', team],
  ['registry.example/team/app', app],
]);

describe('choosing a store by reference', () => {
  const all = scoped({ registries: new Map([...registries, ['', rest]]), layout, file });

  it.each([
    ['alpine', hub],
    ['registry.example/other/app:1', host],
    ['registry.example/team/service', team],
    [`registry.example/team/app@sha256:${'a'.repeat(64)}`, app],
    ['registry.example/team/app/part', app],
    ['registry.example/teams/app', host],
    ['registry.example/team-b/app', host],
    ['registry.example:5000/team/app', rest],
    ['sub.registry.example/team/app', rest],
    ['oci:/some/where:latest', layout],
    ['oci-archive:/some/where.tar', layout],
    ['file:/some/where', file],
  ])('asks for %s the one with the longest prefix', async (text, expected) => {
    const { descriptor } = await all.resolve(parseReference(text), never);
    expect(descriptor).toEqual(expected.own);
  });

  it('asks the same store for everything', async () => {
    const reference = parseReference('registry.example/team/app');
    const bytes = Buffer.from('hello');
    const one = new FakeStore('one', ['referrers-api'], [bytes]);
    const only = scoped({ registries: new Map([['registry.example', one]]) });
    await only.referrers(reference, 'referrers-api', 'sha256:x', never);
    await expect(only.fetch(reference, 'blob', blobOf(bytes), 10, never)).resolves.toEqual(bytes);
    expect(one.calls).toEqual(['referrers referrers-api', 'fetch blob']);
  });

  it('has the sources of all, and says `unsupported` where the one asked has none', async () => {
    expect(all.sources).toEqual(['referrers-api', 'layout', 'cosign-tag', 'file']);
    const answer = await all.referrers(parseReference('alpine'), 'layout', 'sha256:x', never);
    expect(answer.outcome).toBe('unsupported');
  });
});

describe('references without a store', () => {
  const few = scoped({ registries });

  it.each([
    ['other.example/app', 'REGISTRY_NOT_ALLOWED'],
    ['oci:/some/where', 'REFERENCE_INVALID'],
    ['file:/some/where', 'REFERENCE_INVALID'],
  ])('refuses %s', async (text, code) => {
    const reference = parseReference(text);
    await expect(few.resolve(reference, never)).rejects.toMatchObject({ code });
    await expect(few.fetch(reference, 'blob', hub.own, 10, never)).rejects.toMatchObject({ code });
    await expect(few.referrers(reference, 'layout', 'sha256:x', never)).resolves.toMatchObject({
      outcome: 'failed',
      error: { code },
    });
  });
});

describe('closing', () => {
  it('closes each store once, whatever one of them does', async () => {
    const one = store('one');
    const two = store('two');
    one.closeFault = new VerdictError('INTERNAL', 'stuck');
    const both = scoped({
      registries: new Map([
        ['a.example', one],
        ['b.example', one],
        ['c.example', two],
      ]),
    });
    await expect(both.close()).rejects.toBe(one.closeFault);
    expect([one.closed, two.closed]).toEqual([1, 1]);
  });
});
