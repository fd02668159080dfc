import { createHash } from 'node:crypto';
import { type Key, newKey, signBytes } from './keys.ts';

/** A transparency log that holds its entries in memory. */
export interface Log {
  readonly key: Key;
  readonly url: string;
  /** Hash of its key. */
  readonly id: Buffer;
  readonly generation: 'v1' | 'v2';
  /** Adds an entry and proves it, as a bundle has it (JSON). */
  readonly add: (kind: string, version: string, spec: unknown, time: Date) => LogEntry;
}

export interface LogEntry {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  };
  canonicalizedBody: string;
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** v1: promise and proof; v2: a proof alone. Both have other entries before and after each one. */
export function newLog(
  url: string,
  generation: 'v1' | 'v2' = 'v1',
  key: Key = newKey(generation === 'v1' ? 'P-256' : 'Ed25519'),
): Log {
  const id = sha256(key.spki);
  const leaves = [1, 2, 3].map((number) => sha256(LEAF, Buffer.from(`entry ${number}`)));
  return {
    key,
    url,
    id,
    generation,
    add: (kind, version, spec, time) => {
      const body = Buffer.from(canonical({ apiVersion: version, kind, spec }));
      const index = leaves.length;
      leaves.push(sha256(LEAF, body), sha256(LEAF, Buffer.from(`after ${index}`)));
      const root = rootOf(leaves);
      const promise = generation === 'v2' ? {} : promiseOf(key, id, body, index, time);
      return {
        logIndex: String(index),
        logId: { keyId: id.toString('base64') },
        kindVersion: { kind, version },
        ...promise,
        inclusionProof: {
          logIndex: String(index),
          rootHash: root.toString('base64'),
          treeSize: String(leaves.length),
          hashes: proofOf(leaves, index).map((hash) => hash.toString('base64')),
          checkpoint: { envelope: checkpoint(new URL(url).host, key, id, leaves.length, root) },
        },
        canonicalizedBody: body.toString('base64'),
      };
    },
  };
}

/** https://www.rfc-editor.org/rfc/rfc8785, for what entries hold. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function promiseOf(
  key: Key,
  id: Buffer,
  body: Buffer,
  logIndex: number,
  time: Date,
): Pick<LogEntry, 'integratedTime' | 'inclusionPromise'> {
  const integratedTime = Math.floor(Number(time) / 1000);
  const promised = canonical({ body: body.toString('base64'), integratedTime, logID: id.toString('hex'), logIndex });
  const signedEntryTimestamp = signBytes(key, Buffer.from(promised)).toString('base64');
  return { integratedTime: String(integratedTime), inclusionPromise: { signedEntryTimestamp } };
}

function checkpoint(origin: string, key: Key, id: Buffer, size: number, root: Buffer): string {
  const note = `${origin}\n${size}\n${root.toString('base64')}\n`;
  const signature = Buffer.concat([id.subarray(0, 4), signBytes(key, Buffer.from(note))]);
  return `${note}\n\u2014 ${origin} ${signature.toString('base64')}\n`;
}

/** https://www.rfc-editor.org/rfc/rfc6962#section-2.1 */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length <= 1) return leaves[0] ?? sha256();
  const split = splitOf(leaves.length);
  return sha256(NODE, rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function proofOf(leaves: readonly Buffer[], index: number): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...proofOf(leaves.slice(0, split), index), rootOf(leaves.slice(split))]
    : [...proofOf(leaves.slice(split), index - split), rootOf(leaves.slice(0, split))];
}

const splitOf = (size: number): number => 2 ** (Math.ceil(Math.log2(size)) - 1);
