import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import { onTestFinished } from 'vitest';

type Role = 'root' | 'timestamp' | 'snapshot' | 'targets';
const ROLES: readonly Role[] = ['root', 'timestamp', 'snapshot', 'targets'];
const SPEC = '1.0.31';
const DAY = 24 * 60 * 60 * 1000;

/** A pair that signs for a role. */
export class Signer {
  readonly #private: KeyObject;
  readonly key: Key;

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    const keyVal = { public: raw.toString('hex') };
    this.#private = privateKey;
    this.key = new Key({
      keyID: createHash('sha256').update(raw).digest('hex'),
      keyType: 'ed25519',
      scheme: 'ed25519',
      keyVal,
    });
  }

  readonly sign = (data: Buffer): Signature =>
    new Signature({ keyID: this.key.keyID, sig: sign(null, data, this.#private).toString('hex') });
}

export interface Publication {
  /** Version of timestamp, snapshot and targets. */
  readonly version: number;
  readonly targets: Readonly<Record<string, Uint8Array>>;
  /** Days from now; default 30. */
  readonly expires?: Partial<Readonly<Record<Role, number>>>;
}

/** A TUF repository in memory, on loopback. */
export class TufRepository {
  /** By path, for tests to change. */
  readonly files = new Map<string, Uint8Array>();
  readonly asked: string[] = [];
  /** Status of every answer instead of the files. */
  status = 200;
  signers: Readonly<Record<Role, Signer>> = {
    root: new Signer(),
    timestamp: new Signer(),
    snapshot: new Signer(),
    targets: new Signer(),
  };
  #url = '';

  get url(): string {
    return this.#url;
  }

  /** Writes `VERSION.root.json` for the keys there are, signed by them and `also`; returns it. */
  root(version: number, also: readonly Signer[] = [], days = 30): Uint8Array {
    const root = new Root({ version, specVersion: SPEC, expires: inDays(days), consistentSnapshot: true });
    for (const role of ROLES) root.addKey(this.signers[role].key, role);
    const bytes = signed(new Metadata(root), [this.signers.root, ...also]);
    this.files.set(`/${version}.root.json`, bytes);
    return bytes;
  }

  publish({ version, targets, expires = {} }: Publication): void {
    const until = (role: Role): string => inDays(expires[role] ?? 30);
    const files = Object.entries(targets).map(([path, content]) => {
      const sha256 = createHash('sha256').update(content).digest('hex');
      this.files.set(`/targets/${sha256}.${path}`, content);
      return [path, new TargetFile({ path, length: content.byteLength, hashes: { sha256 } })] as const;
    });
    const signedTargets = signed(
      new Metadata(
        new Targets({ version, specVersion: SPEC, expires: until('targets'), targets: Object.fromEntries(files) }),
      ),
      [this.signers.targets],
    );
    const snapshot = signed(
      new Metadata(
        new Snapshot({
          version,
          specVersion: SPEC,
          expires: until('snapshot'),
          meta: { 'targets.json': metaFile(version, signedTargets) },
        }),
      ),
      [this.signers.snapshot],
    );
    const timestamp = new Timestamp({
      version,
      specVersion: SPEC,
      expires: until('timestamp'),
      snapshotMeta: metaFile(version, snapshot),
    });
    this.files.set(`/${version}.targets.json`, signedTargets);
    this.files.set(`/${version}.snapshot.json`, snapshot);
    this.files.set('/timestamp.json', signed(new Metadata(timestamp), [this.signers.timestamp]));
  }

  /** Serves it until the test is over. */
  async listen(): Promise<void> {
    const server = createServer(({ url = '' }, response) => {
      this.asked.push(url);
      const content = this.files.get(url);
      response.writeHead(this.status !== 200 ? this.status : content === undefined ? 404 : 200);
      response.end(this.status === 200 ? content : undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    onTestFinished(
      () =>
        new Promise<void>((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
  }
}

const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+Z$/, 'Z');

const metaFile = (version: number, content: Uint8Array): MetaFile =>
  new MetaFile({
    version,
    length: content.byteLength,
    hashes: { sha256: createHash('sha256').update(content).digest('hex') },
  });

function signed(metadata: Metadata<Root | Timestamp | Snapshot | Targets>, signers: readonly Signer[]): Uint8Array {
  for (const { sign: by } of signers) metadata.sign(by);
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}
