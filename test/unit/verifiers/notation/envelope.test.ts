import { encode, Tag } from 'cbor2';
import { beforeAll, describe, expect, it } from 'vitest';
import { VerdictError } from '../../../../src/errors.ts';
import { ENVELOPES, type Envelope } from '../../../../src/verifiers/notation/envelope.ts';
import { cose, coseHeader, type EnvelopeParts, EXPIRY, jws, jwsMembers } from '../../../support/notation/envelopes.ts';
import { COSE, JWS, target } from '../../../support/notation/exhibits.ts';
import { leaf, type Party } from '../../../support/notation/pki.ts';

let signer: Party;
let parts: EnvelopeParts;
beforeAll(async () => {
  signer = await leaf(undefined);
  parts = { chain: [signer], payload: target() };
});

function read(mediaType: string, bytes: Uint8Array): Envelope {
  const reader = ENVELOPES.get(mediaType);
  if (reader === undefined) throw new Error('no such envelope');
  return reader(bytes);
}
function code(mediaType: string, bytes: Uint8Array): string {
  try {
    read(mediaType, bytes);
  } catch (thrown) {
    return thrown instanceof VerdictError ? thrown.code : String(thrown);
  }
  return 'none';
}

describe('a JWS envelope', () => {
  const expiryOf = (text: unknown): Date | undefined =>
    read(JWS, jws({ ...parts, signed: { [EXPIRY]: text } })).attributes.expiry;

  it.each([
    ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02t03:04:05z', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02T03:04:05.987654321Z', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02T03:04:05+02:30', '2030-01-02T00:34:05.000Z'],
    ['2030-01-02T03:04:05-02:30', '2030-01-02T05:34:05.000Z'],
    ['2032-02-29T00:00:00Z', '2032-02-29T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('reads the time %s', (text, iso) => {
    expect(expiryOf(text)?.toISOString()).toBe(iso);
  });

  it.each<unknown[]>([
    [''],
    ['2030-01-02'],
    ['2030-01-02T03:04:05'],
    ['2030-01-02 03:04:05Z'],
    ['2030-02-30T00:00:00Z'],
    ['2030-13-01T00:00:00Z'],
    ['2030-01-01T24:00:00Z'],
    ['2030-01-01T00:60:00Z'],
    ['2030-01-01T00:00:00+24:00'],
    ['2030-01-01T00:00:00+00:60'],
    ['2030-01-01T00:00:00Z\n'],
    ['+02030-01-01T00:00:00Z'],
    [1_900_000_000],
    [true],
    [[]],
    [{}],
  ])('refuses the time %j', (text) => {
    expect(code(JWS, jws({ ...parts, signed: { [EXPIRY]: text } }))).toBe('SIGNATURE_INVALID');
  });

  it.each<[string, (x5c: string) => unknown]>([
    ['no list', (x5c) => x5c],
    ['an empty list', () => []],
    ['URL-safe base64', (x5c) => [x5c.replaceAll('+', '-').replaceAll('/', '_')]],
    ['base64 without padding', () => ['AQ']],
    ['base64 with line breaks', (x5c) => [`${x5c.slice(0, 64)}\n${x5c.slice(64)}`]],
    ['something that is no text', () => [5]],
    ['an empty text', () => ['']],
  ])('refuses certificates as %s', (_what, change) => {
    const members = jwsMembers(parts);
    const bytes = Buffer.concat([signer.der, Buffer.from([0xfb, 0xff, 0xfe])]);
    const envelope = { ...members, header: { x5c: change(bytes.toString('base64')) } };
    expect(code(JWS, Buffer.from(JSON.stringify(envelope)))).toBe('SIGNATURE_INVALID');
  });

  it('takes ten certificates at most', () => {
    expect(code(JWS, jws({ ...parts, chain: Array.from({ length: 10 }, () => signer) }))).toBe('none');
    expect(code(JWS, jws({ ...parts, chain: Array.from({ length: 11 }, () => signer) }))).toBe('LIMIT_EXCEEDED');
  });

  it('refuses a content type that is missing, no text, or too long', () => {
    for (const contentType of ['', `application/${'x'.repeat(255)}`]) {
      expect(code(JWS, jws({ ...parts, contentType }))).toBe('SIGNATURE_INVALID');
    }
  });
});

describe('a COSE envelope', () => {
  const withHeader = (label: unknown, value: unknown): Uint8Array =>
    cose(parts, new Uint8Array(encode(new Map([...coseHeader(parts), [label, value]]))));
  const withUnprotected = (chain: unknown): Uint8Array =>
    new Uint8Array(
      encode(
        new Tag(18, [
          new Uint8Array(encode(coseHeader(parts))),
          new Map([[33, chain]]),
          new Uint8Array(parts.payload),
          new Uint8Array(64),
        ]),
      ),
    );

  it('reads times of tag 1, in seconds', () => {
    const envelope = read(COSE, cose({ ...parts, signed: { [EXPIRY]: new Date('2030-01-02T03:04:05Z') } }));
    expect(envelope.attributes.expiry?.toISOString()).toBe('2030-01-02T03:04:05.000Z');
  });

  it.each<[string, unknown]>([
    ['a number', 1_900_000_000],
    ['text', '2030-01-02T03:04:05Z'],
    ['tag 0', new Tag(0, '2030-01-02T03:04:05Z')],
    ['tag 100', new Tag(100, 1_900_000_000)],
    ['a fraction', new Tag(1, 1_900_000_000.5)],
    ['text in tag 1', new Tag(1, '1900000000')],
    ['a tag in tag 1', new Tag(1, new Tag(1, 1_900_000_000))],
    ['a year nobody writes', new Tag(1, 2 ** 52)],
    ['null', null],
  ])('refuses the time as %s', (_what, value) => {
    expect(code(COSE, withHeader('io.cncf.notary.signingTime', value))).toBe('SIGNATURE_INVALID');
  });

  it('refuses a content type by number', () => {
    expect(code(COSE, withHeader(3, 50))).toBe('SIGNATURE_INVALID');
  });

  it('takes the chain from either header, as a list of byte strings only', () => {
    const der = new Uint8Array(signer.der);
    expect(read(COSE, withUnprotected([der])).certificates.map((one) => Buffer.from(one))).toEqual([Buffer.from(der)]);
    const signed = new Uint8Array(
      encode(
        new Tag(18, [
          new Uint8Array(encode(new Map([...coseHeader(parts), [33, [der]]]))),
          new Map(),
          new Uint8Array(parts.payload),
          new Uint8Array(64),
        ]),
      ),
    );
    expect(read(COSE, signed).certificates.length).toBe(1);
    for (const chain of [der, [], [Buffer.from(der).toString('base64')], [[der]], new Map(), null]) {
      expect(code(COSE, withUnprotected(chain))).toBe('SIGNATURE_INVALID');
    }
    expect(code(COSE, withUnprotected(Array.from({ length: 11 }, () => der)))).toBe('LIMIT_EXCEEDED');
  });
});
