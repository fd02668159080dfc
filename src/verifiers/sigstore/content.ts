import { createHash } from 'node:crypto';
import type { MessageSignature } from '@sigstore/bundle';
import { HashAlgorithm } from '@sigstore/protobuf-specs';
import type { Content } from '../../crypto/schemes.ts';
import type { Hash } from '../../crypto/signature-algorithm.ts';
import { VerdictError } from '../../errors.ts';
import type { Message } from './finding.ts';

/** Unspecified is SHA-256: early bundles left it out. */
const ALGORITHMS: ReadonlyMap<HashAlgorithm, Hash> = new Map([
  [HashAlgorithm.HASH_ALGORITHM_UNSPECIFIED, 'sha256'],
  [HashAlgorithm.SHA2_256, 'sha256'],
  [HashAlgorithm.SHA2_384, 'sha384'],
  [HashAlgorithm.SHA2_512, 'sha512'],
]);

const DIGEST = /^(sha256|sha384|sha512):([0-9a-f]+)$/;
const HEX_LENGTHS: Readonly<Record<Hash, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/**
 * What a message signature signs. Throws SIGNATURE_INVALID if the digest that the bundle states is of something else.
 * Digests by algorithms that nobody signs with are passed over.
 */
export function messageContent(message: Message | undefined, stated: MessageSignature['messageDigest']): Content {
  if (message === undefined) throw invalid('the bundle signs a message, and it is not known which');
  const content = contentOf(message);
  const algorithm = ALGORITHMS.get(stated.algorithm);
  if (algorithm === undefined) throw invalid(`the bundle's digest has an unknown algorithm (${stated.algorithm})`);
  const actual = digestOf(content, algorithm);
  if (actual !== undefined && !stated.digest.equals(actual)) {
    throw invalid("the bundle's digest is not that of what was to be signed");
  }
  return content;
}

function contentOf(message: Message): Content {
  if (message.kind === 'bytes') return message;
  const digests = new Map<Hash, Uint8Array>();
  for (const digest of message.digests) {
    const [, algorithm, hex = ''] = DIGEST.exec(digest) ?? [];
    if (isHash(algorithm) && hex.length === HEX_LENGTHS[algorithm]) digests.set(algorithm, Buffer.from(hex, 'hex'));
  }
  return { kind: 'digests', digests };
}

const isHash = (name: string | undefined): name is Hash => name !== undefined && Object.hasOwn(HEX_LENGTHS, name);

/** The content's digest; undefined where it is not known by that algorithm. */
export const digestOf = (content: Content, algorithm: Hash): Uint8Array | undefined =>
  content.kind === 'bytes' ? createHash(algorithm).update(content.bytes).digest() : content.digests.get(algorithm);

const invalid = (message: string): VerdictError => new VerdictError('SIGNATURE_INVALID', message);
