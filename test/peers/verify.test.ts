/** The command line over real registries: the examples, pushed there, are decided as from their layout. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.ts';
import { ROOT } from '../support/decide.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { pushAll } from '../support/registry/push.ts';
import { startRegistry } from '../support/registry/registry.ts';
import { Peers } from './serve.ts';

const REPOSITORY = 'acme/app';
/** Registries refuse content that is not what its digest says, so the tampered example stays at home. */
const TAGS: ReadonlyArray<readonly [tag: string, code: number, reason: string]> = [
  ['allowed', 0, ''],
  ['licence-denied', 1, 'licence.disallowed'],
  ['no-provenance', 1, 'provenance.present'],
  ['vulnerable', 1, 'vulnerability.severity'],
  ['wrong-subject', 1, 'evidence.failed'],
  ['unsigned', 1, 'signature.present'],
  ['wrong-signer', 1, 'mallory/app'],
];

const peers = new Peers();
const directory = mkdtempSync(join(tmpdir(), 'verdict-peers-'));
afterAll(() => {
  peers.stop();
  rmSync(directory, { recursive: true });
});

/** Everything in the examples' layout; without a Referrers API, with the lists that clients write under fallback tags. */
async function push(port: number, hasReferrersApi: boolean): Promise<void> {
  const source = await startRegistry({ repository: REPOSITORY });
  try {
    putLayout(source, `${ROOT}examples/images`, { tampered: 'leave out' });
    const shelf = source.content();
    if (!hasReferrersApi) {
      for (const [subject, entries] of shelf.lists) {
        for (const entry of entries) source.list(subject, entry, 'referrers-tag');
      }
    }
    await pushAll(shelf, { url: `http://127.0.0.1:${port}`, repository: REPOSITORY });
  } finally {
    await source.close();
  }
}

const POLICY = ['--config', `${ROOT}examples/verdict.yaml`];
const IDENTITY = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const SIGNER = [
  '--trusted-root',
  `${ROOT}examples/keys/trusted_root.json`,
  '--certificate-identity',
  IDENTITY,
  '--certificate-oidc-issuer',
  ISSUER,
];

async function verdict(
  subject: string,
  options: readonly string[] = POLICY,
): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const code = await run(['verify', ...options, subject], {
    out: (text) => {
      said.out += String(text);
    },
    err: (text) => {
      said.err += text;
    },
    colour: false,
    progress: false,
    directory,
    environment: { PATH: process.env.PATH, HOME: directory },
    now: () => new Date('2026-11-21T12:00:00Z'),
  });
  return { code, ...said };
}

const REGISTRIES: ReadonlyArray<readonly [name: string, hasReferrersApi: boolean, start: () => Promise<number>]> = [
  ["go-containerregistry's registry", false, () => peers.serve('registry', ['-port', '0'])],
  ['the same with its Referrers API', true, () => peers.serve('referrers-registry', ['-port', '0'])],
  [
    'CNCF distribution 2.8',
    false,
    () => {
      const path = join(directory, 'distribution.yml');
      writeFileSync(path, "version: 0.1\nstorage: { inmemory: {} }\nhttp: { addr: '127.0.0.1:0' }\n");
      return peers.serve('docker-registry', ['serve', path]);
    },
  ],
];

describe.each(REGISTRIES)('%s', (_, hasReferrersApi, start) => {
  let host: string;
  beforeAll(async () => {
    const port = await start();
    host = `127.0.0.1:${port}`;
    await push(port, hasReferrersApi);
  });

  it.each(TAGS)('%s ends with %i %s', async (tag, code, reason) => {
    const said = await verdict(`${host}/${REPOSITORY}:${tag}`);
    expect(said).toMatchObject({ code, err: '' });
    expect(said.out).toContain(reason);
  });

  it('names the signer of what cosign signed, in one command', async () => {
    const said = await verdict(`${host}/${REPOSITORY}:allowed`, SIGNER);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toContain(`signed by ${IDENTITY} (${ISSUER})`);
    expect((await verdict(`${host}/${REPOSITORY}:wrong-signer`, SIGNER)).code).toBe(1);
  });
});
