import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_JWS_HEADER_BYTES, parseFlattenedJws } from '../../../src/crypto/jws.ts';
import { VerdictError } from '../../../src/errors.ts';

const CONFORMANCE = join(import.meta.dirname, '../../fixtures/notation/notation-core-go/jws-conformance.json');

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const header = { alg: 'ES256', cty: 'text/plain', crit: ['scheme'], scheme: 'x' };
const members = {
  payload: base64url('{"a":1}'),
  protected: base64url(JSON.stringify(header)),
  header: { x5c: ['AQ=='] },
  signature: base64url('signature'),
};

const jws = (more: Record<string, unknown> = {}): Uint8Array => Buffer.from(JSON.stringify({ ...members, ...more }));
const signed = (more: Record<string, unknown>): Uint8Array =>
  jws({ protected: base64url(JSON.stringify({ ...header, ...more })) });

const code = (bytes: Uint8Array): string => {
  try {
    parseFlattenedJws(bytes);
  } catch (thrown) {
    return thrown instanceof VerdictError ? thrown.code : String(thrown);
  }
  return 'none';
};

describe('parseFlattenedJws', () => {
  it('reads a message and says what is signed', () => {
    const read = parseFlattenedJws(jws());
    expect(read.algorithm).toBe('ES256');
    expect(read.critical).toEqual(['scheme']);
    expect(read.protected.get('cty')).toBe('text/plain');
    expect(read.header.get('x5c')).toEqual(['AQ==']);
    expect(Buffer.from(read.payload).toString()).toBe('{"a":1}');
    expect(Buffer.from(read.signature).toString()).toBe('signature');
    expect(Buffer.from(read.signingInput).toString()).toBe(`${members.protected}.${members.payload}`);
  });

  it("reads the Notary Project's conformance message", () => {
    const read = parseFlattenedJws(readFileSync(CONFORMANCE));
    expect(read.algorithm).toBe('ES256');
    expect(read.critical).toContain('signedCritKey1');
    expect(Buffer.from(read.payload).toString()).toBe('{"key":"hello JWS"}');
  });

  it('reads a message without header and crit', () => {
    const { header: _header, ...rest } = members;
    const bytes = Buffer.from(JSON.stringify({ ...rest, protected: base64url('{"alg":"PS512"}') }));
    expect(parseFlattenedJws(bytes)).toMatchObject({ algorithm: 'PS512', critical: [], header: new Map() });
  });

  it.each<[string, Uint8Array]>([
    ['no JSON', Buffer.from('e30.e30.AA')],
    ['a list', Buffer.from('[]')],
    ['a duplicate member', Buffer.from(`{"payload":"","payload":"${members.payload}"}`)],
    ['a general serialisation', jws({ signatures: [] })],
    ['a member too many', jws({ extra: 1 })],
    ['a member of another case', jws({ Payload: members.payload })],
    ['no protected header', jws({ protected: undefined })],
    ['no payload', jws({ payload: undefined })],
    ['an empty payload', jws({ payload: '' })],
    ['no signature', jws({ signature: undefined })],
    ['an empty signature', jws({ signature: '' })],
    ['a header that is a list', jws({ header: [] })],
    ['a header that is null', jws({ header: null })],
    ['padding', jws({ payload: `${base64url('{"a":12}')}=` })],
    ['standard base64', jws({ payload: '+/+/' })],
    ['a line break in base64', jws({ payload: `${members.payload.slice(0, 4)}\n${members.payload.slice(4)}` })],
    ['bits behind the last byte', jws({ signature: 'AB' })],
    ['a protected header that is no JSON', jws({ protected: base64url('alg') })],
    ['a protected header that is a list', jws({ protected: base64url('[]') })],
    ['a duplicate protected header', jws({ protected: base64url('{"alg":"ES256","alg":"PS256"}') })],
    ['a duplicate protected header, one escaped', jws({ protected: base64url('{"alg":"ES256","\\u0061lg":"PS256"}') })],
    ['no algorithm', jws({ protected: base64url('{}') })],
    ['the algorithm none', signed({ alg: 'none' })],
    ['HS256', signed({ alg: 'HS256' })],
    ['RS256', signed({ alg: 'RS256' })],
    ['EdDSA', signed({ alg: 'EdDSA' })],
    ['an algorithm of another case', signed({ alg: 'es256' })],
    ['an algorithm that is a list', signed({ alg: ['ES256'] })],
    ['an algorithm named like a property of every object', signed({ alg: 'toString' })],
    ['a name in both headers', jws({ header: { scheme: 'y' } })],
    ['an unsigned algorithm', jws({ header: { alg: 'ES256' } })],
    ['an unsigned crit', jws({ protected: base64url('{"alg":"ES256"}'), header: { crit: ['scheme'] } })],
    ['an empty crit', signed({ crit: [] })],
    ['a crit that is text', signed({ crit: 'scheme' })],
    ['a crit that is null', signed({ crit: null })],
    ['a critical name that is not there', signed({ crit: ['scheme', 'other'] })],
    ['a critical name that every object has', signed({ crit: ['toString'] })],
    ['a critical name twice', signed({ crit: ['scheme', 'scheme'] })],
    ['a registered name called critical', signed({ crit: ['scheme', 'alg'] })],
    ['a critical number', signed({ crit: [1] })],
  ])('refuses %s', (_what, bytes) => {
    expect(code(bytes)).toBe('SIGNATURE_INVALID');
  });

  it('bounds headers and signature', () => {
    expect(code(jws({ header: { x5c: 'A'.repeat(MAX_JWS_HEADER_BYTES) } }))).toBe('LIMIT_EXCEEDED');
    expect(code(jws({ protected: 'A'.repeat(MAX_JWS_HEADER_BYTES) }))).toBe('LIMIT_EXCEEDED');
    expect(code(jws({ signature: 'A'.repeat(10_000) }))).toBe('LIMIT_EXCEEDED');
  });

  it('never throws anything else, whatever the bytes', () => {
    const original = jws();
    const flipped = fc.tuple(fc.nat(original.byteLength - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = original.slice();
      bytes[at] = byte;
      return bytes;
    });
    const strange = fc.dictionary(fc.constantFrom('payload', 'protected', 'header', 'signature', 'x'), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.oneof(
          flipped,
          strange.map((value) => jws(value)),
          strange.map((value) => signed(value)),
          fc.uint8Array(),
        ),
        (bytes) => {
          expect(['none', 'SIGNATURE_INVALID', 'LIMIT_EXCEEDED']).toContain(code(bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
