import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../../../src/crypto/keys.ts';
import type { KeysTrust, TrustedRoot } from '../../../../src/trust.ts';
import { createExaminer } from '../../../../src/verifiers/sigstore/examiner.ts';
import type { Message } from '../../../../src/verifiers/sigstore/finding.ts';
import { outcomes } from '../../../support/sigstore/examine.ts';
import { keysTrust, sigstoreTrust } from '../../../support/sigstore/sigstore.ts';

const FIELD = new URL('../../../fixtures/sigstore/field/', import.meta.url);
const NOW = new Date('2026-10-01T00:00:00Z');

const read = (name: string): Buffer => readFileSync(new URL(name, FIELD));

function root(name: string): TrustedRoot {
  const bytes = read(name);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { source: name, digest, json: JSON.parse(bytes.toString()) };
}

function keys(name: string, more: Partial<KeysTrust> = {}): KeysTrust {
  const { spki, fingerprint } = parsePublicKey(read(name).toString());
  return { ...keysTrust([]), keys: [{ source: name, spki, fingerprint }], ...more };
}

const publicGood = sigstoreTrust(root('root-public-good.json'));
const scaffolding = sigstoreTrust(root('root-scaffolding.json'));

describe('bundles of the field', () => {
  const workflow = 'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main';

  it.each([
    ['dsse.json', publicGood, 'keyless|https://github.com/login/oauth|brian@dehamer.com', '2022-11-09T23:00:36.000Z'],
    [
      'provenance.json',
      publicGood,
      `keyless|https://token.actions.githubusercontent.com|${workflow}`,
      '2023-08-18T16:05:35.000Z',
    ],
  ])('%s is verified', async (name, trust, id, time) => {
    const finding = await createExaminer([scaffolding, trust]).examine({ bundle: read(name), message: undefined }, NOW);
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: [] });
    expect(finding.signers).toMatchObject([{ id, time, timeSource: 'transparency-log' }]);
  });

  it('oci-attestation.json is verified, its claims are told', async () => {
    const trust = sigstoreTrust(root('root-2025.json'));
    const finding = await createExaminer([trust]).examine(
      { bundle: read('oci-attestation.json'), message: undefined },
      NOW,
    );
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: [] });
    expect(Object.keys(finding.signers[0]?.extensions ?? {})).toEqual(
      expect.arrayContaining(['issuer', '1.3.6.1.4.1.57264.1.8']),
    );
  });

  it('othername.json is verified by its digest, the identity as it stands', async () => {
    const message: Message = {
      kind: 'digests',
      digests: ['sha256:bc103b4a84971ef6459b294a2b98568a2bfb72cded09d4acd1e16366a401f95b'],
    };
    const signed = { bundle: read('othername.json'), message };
    const finding = await createExaminer([scaffolding]).examine(signed, NOW);
    expect(finding.outcome).toBe('verified');
    expect(finding.signers).toMatchObject([
      { id: 'keyless|http://oidc.local:8080|foo!oidc.local', san: [{ type: 'otherName' }] },
    ]);
    const other: Message = { kind: 'digests', digests: [`sha256:${'a'.repeat(64)}`] };
    expect((await createExaminer([scaffolding]).examine({ ...signed, message: other }, NOW)).outcome).toBe('failed');
  });

  it('npm-publish.json is verified by npm’s key and the public log', async () => {
    const trust = keys('npm-publish.pub', { root: publicGood.root, transparencyLog: 1, timestamp: 1 });
    const finding = await createExaminer([trust]).examine(
      { bundle: read('npm-publish.json'), message: undefined },
      NOW,
    );
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: [] });
    expect(finding.signers[0]?.time).toBe('2023-04-18T17:45:16.000Z');
  });

  it('public-key.json is verified with a timestamp and no log', async () => {
    const trust = keys('public-key.pub', { root: root('root-public-key.json'), timestamp: 1 });
    const message: Message = { kind: 'bytes', bytes: Buffer.from('test content') };
    const finding = await createExaminer([trust]).examine({ bundle: read('public-key.json'), message }, NOW);
    expect(finding).toMatchObject({ outcome: 'verified', relaxed: ['transparency'] });
    expect(finding.signers[0]).toMatchObject({ time: '2026-06-04T17:43:29.000Z', timeSource: 'timestamp-authority' });
  });

  it('dsse-2sigs.json is malformed', async () => {
    const finding = await createExaminer([publicGood]).examine(
      { bundle: read('dsse-2sigs.json'), message: undefined },
      NOW,
    );
    expect(finding).toMatchObject({ outcome: 'failed', error: { code: 'SIGNATURE_INVALID' } });
  });

  it('are nobody’s under another root', async () => {
    const finding = await createExaminer([scaffolding]).examine(
      { bundle: read('provenance.json'), message: undefined },
      NOW,
    );
    expect(finding).toMatchObject({ outcome: 'present', signers: [] });
    expect(outcomes(finding)).toEqual({ signature: 'skipped' });
  });
});

describe('bundles that cosign made for the layouts', () => {
  const LAYOUTS = new URL('../../../fixtures/layouts/', import.meta.url);
  const blobs = [
    '36cdadf55e18f7267e1f2a93f6ac18235689aa974997ec58f54b470bd3b11978',
    '8411c3955c84f5bf7edb7815af9c6b53f3554e349172a515b38c60e4025a9c14',
    'd0b04e3f362cef1e279262cc22363201c30155e963d6e81c17dc4c878d52ddaa',
    'ff72fe72d6cc023357fcfc3515b888e93e9552be97eec7d062fd8c1e9b74e658',
  ];

  it.each(blobs)('%s is verified by the key', async (blob) => {
    const bundle = readFileSync(new URL(`cosign-bundle/blobs/sha256/${blob}`, LAYOUTS));
    const { spki, fingerprint } = parsePublicKey(readFileSync(new URL('release.pub', LAYOUTS)).toString());
    const trust = { ...keysTrust([]), keys: [{ source: 'release.pub', spki, fingerprint }] };
    const finding = await createExaminer([trust]).examine({ bundle, message: undefined }, NOW);
    expect(finding).toMatchObject({ outcome: 'verified', signers: [{ id: `key|${fingerprint}` }] });
    // cosign hints at the key, so that a spoilt signature is ours and fails.
    const spoilt = Buffer.from(
      bundle.toString().replace(/"sig":\s*"(.{40})./, (_, start: string) => `"sig":"${start}_`),
    );
    expect((await createExaminer([trust]).examine({ bundle: spoilt, message: undefined }, NOW)).outcome).toBe('failed');
  });
});
