import { describe, expect, it } from 'vitest';
import { scanJson } from '../../src/json.ts';
import {
  bindStatement,
  isStatement,
  MAX_PREDICATE_TYPE_LENGTH,
  MAX_STATEMENT_SUBJECT_BYTES,
  MAX_STATEMENT_SUBJECTS,
  parseStatement,
} from '../../src/statement.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));
const hex = (digit: string, length = 64): string => digit.repeat(length);

const V1 = 'https://in-toto.io/Statement/v1';
const statement = (subject: unknown, more: object = {}) => ({
  _type: V1,
  subject,
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { a: 1 },
  ...more,
});
const about = (...digests: object[]) => parseStatement(json(statement(digests.map((digest) => ({ digest })))));

describe('parseStatement', () => {
  it.each(['https://in-toto.io/Statement/v0.1', V1])('reads a statement of type %s', (type) => {
    const subject = [{ name: 'app', digest: { sha256: hex('a') }, annotations: { 'a/b': ['c', 1.5] } }];
    const { header, predicate } = parseStatement(json(statement(subject, { _type: type })));
    expect(header).toEqual({ type, predicateType: 'https://slsa.dev/provenance/v1', subject });
    expect(predicate && Buffer.from(predicate).toString()).toBe('{"a":1}');
  });

  it('gives the predicate as it stands, whatever it is and wherever', () => {
    for (const predicate of ['{ "n": 1.0, "s":"\\u0041"\n}', '[]', '"text"', '12345678901234567890', 'false']) {
      const text = ` {"predicate" :\n ${predicate} , "_type":"${V1}","subject":[],"predicateType":"x"}`;
      const found = parseStatement(bytes(text)).predicate;
      expect(found && Buffer.from(found).toString()).toBe(predicate);
    }
  });

  it('has no predicate where there is none or null', () => {
    expect(parseStatement(json(statement([], { predicate: undefined }))).predicate).toBeUndefined();
    expect(parseStatement(json(statement([], { predicate: null }))).predicate).toBeUndefined();
  });

  it.each([
    ['of an unknown version', statement([], { _type: 'https://in-toto.io/Statement/v2' })],
    ['of no type', statement([], { _type: undefined })],
    ['of a type without end', statement([], { _type: V1 + 'x'.repeat(1000) })],
    ['without predicate type', statement([], { predicateType: undefined })],
    ['with an empty predicate type', statement([], { predicateType: '' })],
    ['with a predicate type that is no string', statement([], { predicateType: { a: 1 } })],
    ['with a predicate type too long', statement([], { predicateType: 'x'.repeat(MAX_PREDICATE_TYPE_LENGTH + 1) })],
    ['with a predicate type far too long', statement([], { predicateType: 'x'.repeat(100_000) })],
    ['without subjects', statement(undefined)],
    ['with subjects that are no list', statement({ digest: {} })],
    ['with a subject that is no object', statement(['sha256:aa'])],
    ['with a subject without digest', statement([{ name: 'a' }])],
    ['with a digest that is a list', statement([{ digest: [hex('a')] }])],
    ['with a digest that is no string', statement([{ digest: { sha256: 1 } }])],
    [
      'with a number too large in a subject',
      bytes(JSON.stringify(statement([{ digest: {}, x: 0 }])).replace('"x":0', '"x":1e399')),
    ],
    [
      'with a number too exact in a subject',
      bytes(JSON.stringify(statement([{ digest: {}, x: 0 }])).replace('"x":0', '"x":{"y":[9007199254740993]}')),
    ],
    ['that is a list', [statement([])]],
  ])('refuses a statement %s', (_, value) => {
    const content = value instanceof Uint8Array ? value : json(value);
    expect(() => parseStatement(content)).toThrow(expect.objectContaining({ code: 'STATEMENT_INVALID' }));
  });

  it('refuses one with a key twice, in the header or in a subject', () => {
    const twice = `{"_type":"${V1}","subject":[],"subject":[{"digest":{}}],"predicateType":"x"}`;
    const inside = `{"_type":"${V1}","subject":[{"digest":{"sha256":"a","\\u0073ha256":"b"}}],"predicateType":"x"}`;
    for (const text of [twice, inside]) {
      expect(() => parseStatement(bytes(text))).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }));
    }
  });

  it('takes as many subjects as it may have, and no more', () => {
    const subjects = (count: number) => json(statement(Array(count).fill({ digest: {} })));
    expect(parseStatement(subjects(MAX_STATEMENT_SUBJECTS)).header.subject).toHaveLength(MAX_STATEMENT_SUBJECTS);
    const large = json(statement([{ digest: {}, name: 'x'.repeat(MAX_STATEMENT_SUBJECT_BYTES) }]));
    for (const content of [subjects(MAX_STATEMENT_SUBJECTS + 1), large]) {
      expect(() => parseStatement(content)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    }
  });
});

describe('isStatement', () => {
  const asks = (value: unknown): boolean => {
    const content = json(value);
    return isStatement(content, scanJson(content).members);
  };

  it('goes by what the object calls itself', () => {
    expect(asks(statement([]))).toBe(true);
    expect(asks({ _type: 'https://in-toto.io/Statement/v9' })).toBe(true);
    expect(asks({ _type: 'link', signatures: [] })).toBe(false);
    expect(asks({ _type: [V1] })).toBe(false);
    expect(asks({ type: V1 })).toBe(false);
    expect(asks([statement([])])).toBe(false);
  });
});

describe('bindStatement', () => {
  const image = `sha256:${hex('a')}`;
  const target = `sha256:${hex('b')}`;
  const known = new Map([
    [image, image],
    [`sha512:${hex('c', 128)}`, image],
    [target, target],
  ]);
  const mismatch = expect.objectContaining({ code: 'SUBJECT_MISMATCH' });

  it('binds by any strong digest, each to the digest that stands for it', () => {
    expect(bindStatement(about({ sha256: hex('a') }), known)).toEqual([image]);
    expect(bindStatement(about({ sha512: hex('c', 128) }), known)).toEqual([image]);
    expect(bindStatement(about({ sha256: hex('a'), sha512: hex('c', 128) }), known)).toEqual([image]);
  });

  it('names each once and in order, and leaves out what is not here', () => {
    const named = about({ sha256: hex('b') }, { sha256: hex('f') }, { sha256: hex('a') }, { sha512: hex('c', 128) });
    expect(bindStatement(named, known)).toEqual([image, target]);
  });

  it('lets weaker digests and those that were not computed agree with anything', () => {
    const weak = about({ sha256: hex('b'), sha1: hex('0', 40), gitCommit: hex('0', 40), sha384: hex('0', 96) });
    expect(bindStatement(weak, known)).toEqual([target]);
  });

  it.each([
    ['nothing', about()],
    ['another artifact', about({ sha256: hex('f') })],
    ['a subject without digests', about({})],
    ['weak digests only', about({ sha1: hex('a', 40), md5: hex('a', 32), gitCommit: hex('a', 40) })],
    ['upper-case digits', about({ sha256: hex('A') })],
    ['a digest with its algorithm', about({ sha256: image })],
    ['an algorithm spelled otherwise', about({ 'sha-256': hex('a'), SHA256: hex('a') })],
    ['one digest right and another wrong', about({ sha256: hex('a'), sha512: hex('d', 128) })],
    ['one digest wrong and another right', about({ sha256: hex('d'), sha512: hex('c', 128) })],
    ['two things in one subject', about({ sha256: hex('b'), sha512: hex('c', 128) })],
    ['a contradiction beside what is right', about({ sha256: hex('b') }, { sha256: hex('a'), sha512: hex('d', 128) })],
  ])('refuses a statement of %s', (_, named) => {
    expect(() => bindStatement(named, known)).toThrow(mismatch);
  });

  it('refuses one subject that names two things by algorithms of which each knows only one', () => {
    const apart = new Map([
      [image, image],
      [`sha512:${hex('c', 128)}`, target],
    ]);
    expect(bindStatement(about({ sha256: hex('a') }, { sha512: hex('c', 128) }), apart)).toEqual([image, target]);
    expect(() => bindStatement(about({ sha256: hex('a'), sha512: hex('c', 128) }), apart)).toThrow(mismatch);
  });

  it('does not take words that every object has for digests', () => {
    expect(() => bindStatement(about({ sha256: 'constructor' }), new Map())).toThrow(mismatch);
  });
});
