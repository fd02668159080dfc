import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/opa/bundle.ts';
import { bundleOf, pax, type TarEntry, tar } from './archives.ts';
import { policyBundle } from './fixtures.ts';
import { handMade } from './modules.ts';

const wasm = handMade();
const POLICY: TarEntry = { path: '/policy.wasm', content: wasm };

const refuses = async (bytes: Uint8Array, code = 'BUNDLE_INVALID'): Promise<string> => {
  const error = await readBundle(bytes).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code });
  return error instanceof Error ? error.message : '';
};

describe('readBundle', () => {
  it('reads what opa build writes', async () => {
    const bundle = await readBundle(policyBundle('gate'));
    expect(bundle.revision).toBe('gate');
    expect([...bundle.wasm.subarray(0, 4)]).toEqual([0, 0x61, 0x73, 0x6d]);
    expect(bundle.data.map(({ path }) => path)).toEqual(['']);
  });

  it('takes a policy.wasm alone', async () => {
    const bundle = await readBundle(wasm);
    expect(bundle).toMatchObject({ revision: '', data: [], examples: [] });
    expect(bundle.wasm).toBe(wasm);
  });

  it('takes a tar archive that is not compressed', async () => {
    expect((await readBundle(tar([POLICY]))).wasm.byteLength).toBe(wasm.byteLength);
  });

  it.each(['/policy.wasm', './policy.wasm', 'policy.wasm', '//./policy.wasm'])(
    'finds the policy under %s',
    async (path) => {
      expect((await readBundle(bundleOf([{ path, content: wasm }]))).wasm.byteLength).toBe(wasm.byteLength);
    },
  );

  it('reads revision and metadata of the manifest', async () => {
    const manifest = { revision: 'r1', roots: [''], metadata: { owner: 'a' }, rego_version: 1 };
    const bundle = await readBundle(bundleOf([POLICY, { path: '/.manifest', content: JSON.stringify(manifest) }]));
    expect(bundle).toMatchObject({ revision: 'r1', metadata: { owner: 'a' } });
  });

  it('finds data at any depth and in YAML, and nothing else', async () => {
    const bundle = await readBundle(
      bundleOf([
        POLICY,
        { path: '/data.json', content: '{}' },
        { path: '/lists/allowed/data.json', content: '["MIT"]' },
        { path: '/rules/data.yaml', content: 'a: 12345678901234567890\nb: [x]\n' },
        { path: '/other.json', content: '{"a": 1}' },
        { path: '/mydata.json', content: '{"a": 1}' },
      ]),
    );
    expect(bundle.data.map(({ path, text }) => [path, Buffer.from(text).toString()])).toEqual([
      ['', '{}'],
      ['lists/allowed', '["MIT"]'],
      ['rules', '{"a":12345678901234567890,"b":["x"]}'],
    ]);
  });

  it('keeps the allowed examples, by name', async () => {
    const bundle = await readBundle(
      bundleOf([
        POLICY,
        { path: '/examples/allowed/b.evidence.json', content: '{"n": 2}' },
        { path: '/examples/allowed/a.evidence.json', content: '{"n": 1}' },
        { path: '/examples/denied/c.evidence.json', content: '{"n": 3}' },
        { path: '/examples/allowed/readme.md', content: 'x' },
      ]),
    );
    expect(bundle.examples).toEqual([
      { name: 'a', evidence: { n: 1 } },
      { name: 'b', evidence: { n: 2 } },
    ]);
  });

  it('follows long paths of pax and of GNU', async () => {
    const long = `${'d/'.repeat(80)}data.json`;
    const bundle = await readBundle(
      bundleOf([
        POLICY,
        { path: 'PaxHeaders', type: 'x', content: pax('mtime', '0') + pax('path', `/${long}`) },
        { path: 'short', content: '1' },
        { path: '././@LongLink', type: 'L', content: `e/${long}\0` },
        { path: 'short', content: '2' },
        { path: '/directory', type: '5' },
      ]),
    );
    expect(bundle.data.map(({ path }) => path)).toEqual([
      'd/'.repeat(80).slice(0, -1),
      `e/${'d/'.repeat(80)}`.slice(0, -1),
    ]);
  });
});

describe('a bundle that is', () => {
  it.each<[string, Uint8Array]>([
    ['empty', new Uint8Array()],
    ['a text', Buffer.from('package verdict')],
    ['cut off while compressed', policyBundle('gate').slice(0, 10_000)],
    ['cut off in a file', gzipSync(tar([POLICY]).subarray(0, 700))],
    ['cut off after a file', gzipSync(tar([POLICY], false))],
    ['without a policy.wasm', bundleOf([{ path: '/policy.rego', content: '' }])],
    ['with its policy in a folder only', bundleOf([{ path: '/a/policy.wasm', content: wasm }])],
    ['with a path that leads out', bundleOf([POLICY, { path: '/../data.json', content: '{}' }])],
    ['with a path that leads out in the middle', bundleOf([POLICY, { path: 'a/../data.json', content: '{}' }])],
    ['with a file without a name', bundleOf([POLICY, { path: '/', content: 'x' }])],
    ['with a file twice', bundleOf([POLICY, { path: 'policy.wasm', content: wasm }])],
    ['with a symbolic link', bundleOf([POLICY, { path: 'data.json', type: '2' }])],
    ['with a hard link', bundleOf([POLICY, { path: 'data.json', type: '1' }])],
    ['with a device', bundleOf([POLICY, { path: 'data.json', type: '3' }])],
    ['with a size that is too large', bundleOf([POLICY, { path: 'data.json', content: '{}', size: 99_999 }])],
    ['with a pax header that is malformed', bundleOf([POLICY, { path: 'p', type: 'x', content: 'x path=y\n' }])],
    ['with a pax header that says a size', bundleOf([POLICY, { path: 'p', type: 'x', content: pax('size', '9') }])],
    ['with a manifest that is no JSON', bundleOf([POLICY, { path: '.manifest', content: '{' }])],
    ['with a manifest that is a list', bundleOf([POLICY, { path: '.manifest', content: '[]' }])],
    ['with a revision that is a number', bundleOf([POLICY, { path: '.manifest', content: '{"revision": 1}' }])],
    ['with an example that is no JSON', bundleOf([POLICY, { path: 'examples/allowed/a.evidence.json', content: '{' }])],
    ['with data that is no YAML', bundleOf([POLICY, { path: 'data.yaml', content: 'a: [' }])],
  ])('%s is refused', async (_name, bytes) => {
    await refuses(bytes);
  });

  it('damaged in a header is refused', async () => {
    const archive = tar([POLICY]);
    archive[5] = 0x58;
    expect(await refuses(gzipSync(archive))).toContain('damaged');
  });

  it('a bomb is refused at the limit', async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024));
    await refuses(Buffer.concat(Array.from({ length: 20 }, () => member)), 'LIMIT_EXCEEDED');
  });

  it('full of entries is refused at the limit', async () => {
    const entries = Array.from({ length: 10_001 }, (_, index) => ({ path: `f${index}` }));
    await refuses(bundleOf(entries), 'LIMIT_EXCEEDED');
  });
});
