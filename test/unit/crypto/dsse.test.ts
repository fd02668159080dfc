import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBase64,
  isEnvelope,
  MAX_ENVELOPE_SIGNATURES,
  MAX_PAYLOAD_TYPE_LENGTH,
  parseEnvelope,
  preAuthEncoding,
} from '../../../src/crypto/dsse.ts';
import { scanJson } from '../../../src/json.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const parse = (value: unknown) => parseEnvelope(bytes(JSON.stringify(value)));
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const envelope = {
  payload: base64('{"a":1}'),
  payloadType: 'application/vnd.in-toto+json',
  signatures: [{ keyid: 'one', sig: base64('signature') }, { sig: base64('other') }],
};

describe('parseEnvelope', () => {
  it('decodes payload and signatures', () => {
    const { payloadType, payload, signatures } = parse(envelope);
    expect(payloadType).toBe('application/vnd.in-toto+json');
    expect(Buffer.from(payload).toString()).toBe('{"a":1}');
    expect(signatures.map(({ keyid, sig }) => [keyid, Buffer.from(sig).toString()])).toEqual([
      ['one', 'signature'],
      ['', 'other'],
    ]);
  });

  it('takes every payload in standard and URL-safe base64, padded and not', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (content) => {
        const standard = Buffer.from(content).toString('base64');
        const url = standard.replaceAll('+', '-').replaceAll('/', '_');
        for (const payload of [standard, url, standard.replaceAll('=', ''), url.replaceAll('=', '')]) {
          expect(Buffer.from(parse({ ...envelope, payload }).payload)).toEqual(Buffer.from(content));
        }
      }),
    );
  });

  it('takes a payload whose slashes are escaped', () => {
    const text = JSON.stringify({ ...envelope, payload: '////' }).replaceAll('////', '\\/\\/\\/\\/');
    expect(Buffer.from(parseEnvelope(bytes(text)).payload)).toEqual(Buffer.from([255, 255, 255]));
  });

  it('ignores members it does not know', () => {
    expect(
      parse({ ...envelope, more: 1, signatures: [{ ...envelope.signatures[0], more: 'x' }] }).signatures,
    ).toHaveLength(1);
  });

  it('keeps the certificate of a signature', () => {
    const signatures = [{ ...envelope.signatures[0], cert: 'PEM' }, envelope.signatures[1]];
    expect(parse({ ...envelope, signatures }).signatures.map(({ cert }) => cert)).toEqual(['PEM', '']);
  });

  it.each([
    ['no payload', { ...envelope, payload: undefined }],
    ['a payload that is no string', { ...envelope, payload: 1 }],
    ['a character of no alphabet', { ...envelope, payload: 'YWJj!' }],
    ['both alphabets at once', { ...envelope, payload: 'ab+_' }],
    ['a line break', { ...envelope, payload: 'YWJj\nYWJj' }],
    ['a space', { ...envelope, payload: 'YWJj YWJj' }],
    ['a lone digit', { ...envelope, payload: 'YWJjY' }],
    ['digits that say more than whole bytes', { ...envelope, payload: 'YR==' }],
    ['padding alone', { ...envelope, payload: '=' }],
    ['too much padding', { ...envelope, payload: 'YQ===' }],
    ['too little padding', { ...envelope, payload: 'YQ=' }],
    ['padding within', { ...envelope, payload: 'YQ==YWJj' }],
    ['a letter outside ASCII', { ...envelope, payload: 'YWJä' }],
    ['no payload type', { ...envelope, payloadType: undefined }],
    ['an empty payload type', { ...envelope, payloadType: '' }],
    ['a payload type without end', { ...envelope, payloadType: 'a'.repeat(MAX_PAYLOAD_TYPE_LENGTH + 1) }],
    ['no signatures', { ...envelope, signatures: undefined }],
    ['signatures that are no list', { ...envelope, signatures: { sig: '' } }],
    ['a signature that is no object', { ...envelope, signatures: ['YQ=='] }],
    ['a signature without bytes', { ...envelope, signatures: [{ keyid: 'a' }] }],
    ['a signature that is not base64', { ...envelope, signatures: [{ sig: '?' }] }],
    ['a certificate that is no string', { ...envelope, signatures: [{ sig: 'YQ==', cert: {} }] }],
    ['a key id that is no string', { ...envelope, signatures: [{ keyid: 1, sig: '' }] }],
    ['too many signatures', { ...envelope, signatures: Array(MAX_ENVELOPE_SIGNATURES + 1).fill({ sig: '' }) }],
    ['too many bytes of signatures', { ...envelope, signatures: [{ sig: 'A'.repeat(2 * 1024 * 1024) }] }],
    ['a list instead', [envelope]],
  ])('refuses %s', (_, value) => {
    expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'STATEMENT_INVALID' }));
  });

  it('refuses what is not JSON, or has two payloads', () => {
    for (const text of ['{', '', '{"payload":"YQ==","payload":"Yg==","payloadType":"a","signatures":[]}']) {
      expect(() => parseEnvelope(bytes(text))).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }));
    }
  });

  it('decodes a payload of a hundred megabytes', () => {
    const payload = Buffer.alloc(100 * 1024 * 1024, 1).toString('base64');
    const text = bytes(`{"payloadType":"a","signatures":[],"payload":"${payload}"}`);
    expect(parseEnvelope(text).payload.byteLength).toBe(100 * 1024 * 1024);
  });
});

describe('decodeBase64', () => {
  it('gives nothing for what is not exactly base64', () => {
    for (const text of ['YWJj!', 'ab+_', 'YR==', ' YQ==', 'YQ==\n', '=']) expect(decodeBase64(text)).toBeUndefined();
    expect(decodeBase64('')).toEqual(Buffer.alloc(0));
  });
});

describe('isEnvelope', () => {
  const { members } = scanJson(bytes(JSON.stringify(envelope)));

  it('needs all three members', () => {
    expect(isEnvelope(members)).toBe(true);
    for (const missing of ['payload', 'payloadType', 'signatures']) {
      expect(isEnvelope(new Map([...members].filter(([name]) => name !== missing)))).toBe(false);
    }
  });
});

describe('preAuthEncoding', () => {
  it('is the example of the specification', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', bytes('hello world'));
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(Buffer.from(preAuthEncoding('ä', bytes('€'))).toString()).toBe('DSSEv1 2 ä 3 €');
  });

  it('differs wherever type or payload differ', () => {
    const pair = fc.tuple(fc.string(), fc.string());
    fc.assert(
      fc.property(pair, pair, ([typeA, a], [typeB, b]) => {
        const same = Buffer.compare(preAuthEncoding(typeA, bytes(a)), preAuthEncoding(typeB, bytes(b))) === 0;
        expect(same).toBe(typeA === typeB && a === b);
      }),
    );
  });
});
