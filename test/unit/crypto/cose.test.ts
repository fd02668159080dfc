import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode, Tag } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSign1 } from '../../../src/crypto/cose.ts';
import { VerdictError } from '../../../src/errors.ts';

const CONFORMANCE = join(import.meta.dirname, '../../fixtures/notation/notation-core-go/cose-conformance.json');

const good = new Map<unknown, unknown>([
  [1, -7],
  [2, ['scheme']],
  [3, 'text/plain'],
  ['scheme', 'x'],
]);
const unprotected = new Map<unknown, unknown>([[33, [new Uint8Array([1])]]]);
const payload = new TextEncoder().encode('payload');
const signature = new Uint8Array(64).fill(7);

const message = (parts: readonly unknown[], tag = 18): Uint8Array => new Uint8Array(encode(new Tag(tag, [...parts])));
const sign1 = (header: ReadonlyMap<unknown, unknown>, loose = unprotected): Uint8Array =>
  message([new Uint8Array(encode(header)), loose, payload, signature]);
const withHeader = (label: unknown, value: unknown): Uint8Array => sign1(new Map([...good, [label, value]]));
const without = (label: unknown): Uint8Array => sign1(new Map([...good].filter(([one]) => one !== label)));

const code = (bytes: Uint8Array): string => {
  try {
    parseSign1(bytes);
  } catch (thrown) {
    return thrown instanceof VerdictError ? thrown.code : String(thrown);
  }
  return 'none';
};

describe('parseSign1', () => {
  it('reads a message and says what is signed', () => {
    const read = parseSign1(sign1(good));
    expect(read.algorithm).toBe('ES256');
    expect(read.critical).toEqual(['scheme']);
    expect(read.protected).toEqual(good);
    expect(read.unprotected).toEqual(unprotected);
    expect(new TextDecoder().decode(read.payload)).toBe('payload');
    const expected = encode(['Signature1', new Uint8Array(encode(good)), new Uint8Array(), payload]);
    expect(Buffer.from(read.toBeSigned)).toEqual(Buffer.from(expected));
  });

  it('signs the protected header as it stands, not as it would be written anew', () => {
    // {1: -7} with the label in two bytes.
    const header = new Uint8Array(Buffer.from('a1180126', 'hex'));
    const { toBeSigned } = parseSign1(message([header, new Map(), payload, signature]));
    expect(Buffer.from(toBeSigned).includes(Buffer.from(header))).toBe(true);
  });

  it("reads the Notary Project's conformance message bit for bit", () => {
    const { expectedOutput, protectedHeaders, payload: hex } = JSON.parse(readFileSync(CONFORMANCE, 'utf8'));
    const read = parseSign1(Buffer.from(expectedOutput.cborHex, 'hex'));
    expect(read.algorithm).toBe('PS384');
    expect(read.critical).toEqual(['io.cncf.notary.signingScheme', 'io.cncf.notary.expiry', 'signedCritKey1']);
    expect(Buffer.from(read.payload).toString('hex').toUpperCase()).toBe(hex);
    expect(Buffer.from(read.toBeSigned).toString('hex').toUpperCase()).toContain(protectedHeaders.cborHex);
  });

  it.each<[string, Uint8Array]>([
    ['another tag', message([new Uint8Array(encode(good)), unprotected, payload, signature], 98)],
    ['no tag', new Uint8Array(encode([new Uint8Array(encode(good)), unprotected, payload, signature]))],
    ['a tag in a tag', new Uint8Array(encode(new Tag(18, new Tag(18, []))))],
    ['three parts', message([new Uint8Array(encode(good)), unprotected, payload])],
    ['five parts', message([new Uint8Array(encode(good)), unprotected, payload, signature, 0])],
    ['a protected header that is a map', message([good, unprotected, payload, signature])],
    ['a protected header that holds a list', message([new Uint8Array(encode([])), unprotected, payload, signature])],
    ['an empty protected header', message([new Uint8Array(), unprotected, payload, signature])],
    ['a detached payload', message([new Uint8Array(encode(good)), unprotected, null, signature])],
    ['no signature', message([new Uint8Array(encode(good)), unprotected, payload, new Uint8Array()])],
    ['no algorithm', without(1)],
    ['an algorithm by name', withHeader(1, 'ES256')],
    ['HMAC', withHeader(1, 5)],
    ['RSASSA-PKCS1-v1_5', withHeader(1, -257)],
    ['EdDSA', withHeader(1, -8)],
    ['a label in both headers', sign1(good, new Map<unknown, unknown>([['scheme', 'y']]))],
    ['an unsigned algorithm', sign1(good, new Map<unknown, unknown>([[1, -37]]))],
    [
      'an unsigned crit',
      sign1(new Map([...good].filter(([one]) => one !== 2)), new Map<unknown, unknown>([[2, ['scheme']]])),
    ],
    ['an empty crit', withHeader(2, [])],
    ['a crit that is text', withHeader(2, 'scheme')],
    ['a critical label that is not there', withHeader(2, ['scheme', 'other'])],
    ['a critical label twice', withHeader(2, ['scheme', 'scheme'])],
    ['a common label called critical', withHeader(2, ['scheme', 3])],
    ['a critical label that is no label', withHeader(2, [null])],
    ['trailing bytes', new Uint8Array([...sign1(good), 0])],
    ['trailing bytes in the header', message([new Uint8Array([...encode(good), 0]), unprotected, payload, signature])],
  ])('refuses %s', (_what, bytes) => {
    expect(code(bytes)).toBe('SIGNATURE_INVALID');
  });

  it('refuses duplicate labels in either header', () => {
    const twice = new Uint8Array(Buffer.from('a20126013824', 'hex'));
    expect(code(message([twice, new Map(), payload, signature]))).toBe('SIGNATURE_INVALID');
    const once = Buffer.from('d28443a10126a1182180404107', 'hex');
    expect(code(new Uint8Array(once))).toBe('none');
    const both = Buffer.from('d28443a10126a2182180182180404107', 'hex');
    expect(code(new Uint8Array(both))).toBe('SIGNATURE_INVALID');
  });

  it('never throws anything else, whatever the bytes', () => {
    const original = sign1(good);
    const flipped = fc.tuple(fc.nat(original.byteLength - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = original.slice();
      bytes[at] = byte;
      return bytes;
    });
    const cut = fc.nat(original.byteLength - 1).map((length) => original.slice(0, length));
    fc.assert(
      fc.property(fc.oneof(flipped, cut, fc.uint8Array()), (bytes) => {
        expect(['none', 'SIGNATURE_INVALID', 'LIMIT_EXCEEDED']).toContain(code(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});
