import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/descriptor.ts';
import { jsonDocument, predicateDocument, schemaFault, tagValueDocument } from '../../src/document.ts';
import { compileSchema } from '../../src/schema.ts';
import type { Statement } from '../../src/statement.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const text = (content: Uint8Array | undefined): string => Buffer.from(content ?? []).toString('utf8');
const TAG_VALUE = 'SPDXVersion: SPDX-2.3\nPackageName: "ü"\n';
const MADE = JSON.stringify([
  { tag: 'SPDXVersion', value: 'SPDX-2.3' },
  { tag: 'PackageName', value: '"ü"' },
]);

const about = (predicateType: string, predicate: string | undefined): Statement => ({
  header: { type: 'https://in-toto.io/Statement/v1', predicateType, subject: [] },
  predicate: predicate === undefined ? undefined : bytes(predicate),
});

describe('documents', () => {
  it('are bytes under their digest', () => {
    const content = bytes('{ "a": 1.0 }');
    expect(jsonDocument(content, 't')).toEqual({ type: 't', key: digestOf(content), bytes: content });
  });

  it('made of tag-value SPDX stand under the digest of what was written', () => {
    const document = tagValueDocument(bytes(TAG_VALUE));
    expect(document).toMatchObject({ type: 'text/spdx', key: digestOf(bytes(TAG_VALUE)) });
    expect(text(document.bytes)).toBe(MADE);
  });
});

describe('predicateDocument', () => {
  it('is the predicate verbatim, under the predicate type', () => {
    const document = predicateDocument(about('https://slsa.dev/provenance/v1', '{"a" : 1}'));
    expect(document).toMatchObject({ type: 'https://slsa.dev/provenance/v1', key: digestOf(bytes('{"a" : 1}')) });
    expect(text(document?.bytes)).toBe('{"a" : 1}');
  });

  it('is none where there is no predicate', () => {
    expect(predicateDocument(about('https://spdx.dev/Document', undefined))).toBeUndefined();
  });

  it.each([
    ['a JSON string', JSON.stringify(TAG_VALUE)],
    ['the member Data', JSON.stringify({ Data: TAG_VALUE, Timestamp: '' })],
  ])('is tag-value SPDX where cosign wrote that as %s', (_, predicate) => {
    const document = predicateDocument(about('https://spdx.dev/Document', predicate));
    expect(document).toMatchObject({ type: 'text/spdx', key: digestOf(bytes(TAG_VALUE)) });
    expect(text(document?.bytes)).toBe(MADE);
  });

  it.each([
    ['of another predicate type', 'https://spdx.dev/Documents', JSON.stringify(TAG_VALUE)],
    ['that is another string', 'https://spdx.dev/Document/v2.3', '"text"'],
    ['that mentions it elsewhere', 'https://spdx.dev/Document/v2.3', JSON.stringify({ comment: TAG_VALUE })],
    ['that has another kind of Data', 'https://spdx.dev/Document', JSON.stringify({ Data: [TAG_VALUE] })],
  ])('is verbatim for a predicate %s', (_, type, predicate) => {
    expect(predicateDocument(about(type, predicate))).toMatchObject({ type, key: digestOf(bytes(predicate)) });
  });

  it('refuses tag-value text that is broken', () => {
    const predicate = JSON.stringify(`${TAG_VALUE}no tag`);
    expect(() => predicateDocument(about('https://spdx.dev/Document', predicate))).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_INVALID' }),
    );
  });
});

describe('schemaFault', () => {
  const schema = compileSchema({ type: 'object', required: ['a'], additionalProperties: { type: 'number' } }, 'mine');
  const faultOf = (json: string) => schemaFault(jsonDocument(bytes(json), 't'), schema);

  it('is none for a document that fits', () => {
    expect(faultOf('{"a":1}')).toBeUndefined();
  });

  it('names schema and places for one that does not', () => {
    const fault = faultOf('{"b":"x"}');
    expect(fault?.code).toBe('SCHEMA_MISMATCH');
    expect(fault?.message).toMatch(/mine.*\(root\).*'a'.*\/b/);
  });

  it('names the first few places of many', () => {
    const fault = faultOf(JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, 'x']))));
    expect(fault?.message.length).toBeLessThan(500);
    expect(fault?.message).toMatch(/and more$/);
  });
});
