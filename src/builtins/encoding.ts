import { createHash, createHmac } from 'node:crypto';
import { refused, stringAt } from './operands.ts';
import type { Value } from './value.ts';

type HashName = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** `crypto.md5`, `crypto.sha1`, `crypto.sha256`: the digest of a text's UTF-8 in lower-case hexadecimal. */
export function digest(algorithm: HashName): (args: readonly Value[]) => Value {
  return (args) => createHash(algorithm).update(stringAt(args, 0), 'utf8').digest('hex');
}

/** `crypto.hmac.*(text, key)` in lower-case hexadecimal. */
export function hmac(algorithm: HashName): (args: readonly Value[]) => Value {
  return (args) => createHmac(algorithm, stringAt(args, 1)).update(stringAt(args, 0), 'utf8').digest('hex');
}

/** `crypto.hmac.equal(a, b)`. Nothing secret is compared that a policy could not read, so plain comparison suffices. */
export function hmacEqual(args: readonly Value[]): Value {
  return stringAt(args, 0) === stringAt(args, 1);
}

/** `hex.encode(text)`. */
export function hexEncode(args: readonly Value[]): Value {
  return Buffer.from(stringAt(args, 0), 'utf8').toString('hex');
}

/** `hex.decode(text)`; bytes that are no UTF-8 become U+FFFD, for a Rego string here is text. */
export function hexDecode(args: readonly Value[]): Value {
  const text = stringAt(args, 0);
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) throw refused('operand 1 must be hexadecimal');
  return Buffer.from(text, 'hex').toString('utf8');
}

/** `base64url.encode_no_pad(text)`. */
export function base64UrlEncodeNoPad(args: readonly Value[]): Value {
  return Buffer.from(stringAt(args, 0), 'utf8').toString('base64url');
}
