import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/descriptor.ts';
import { readHeader } from '../../../../src/verifiers/sigstore/header.ts';
import { bundle, bytes, envelope, json, only, SUBJECT, statement, text } from './exhibit.ts';

const DEEP = '['.repeat(300) + ']'.repeat(300);
const withPredicate = (predicate: string, more = ''): string =>
  JSON.stringify(statement({ predicate: 0 })).replace(/"predicate":0\}$/, () => `"predicate":${predicate}${more}}`);
const told = async (payload: string, signature = 'good') =>
  (await only({ content: json(bundle({ dsseEnvelope: envelope(payload, [signature]) })) })).report;

describe('a statement whose predicate a policy cannot take', () => {
  it.each([
    ['is too deep', DEEP],
    ['is too deep, with keys', `{"a":{"b:":"c:"},"deep":${DEEP}, "x" : [{"a":1},{"a":2}] }`],
    ['has an absurd number', '{"n":1e999999999}'],
    ['has half a surrogate pair', '{"text":"\\ud800","quote":"\\"}"}'],
    ['has a number without end', `[${'9'.repeat(5000)}]`],
  ])('that %s is bound and verified, its predicate unread', async (_, predicate) => {
    const payload = withPredicate(predicate);
    expect(await told(payload)).toMatchObject({
      outcome: 'verified',
      type: 'https://slsa.dev/provenance/v1',
      statement: { predicateType: 'https://slsa.dev/provenance/v1' },
      subjects: [SUBJECT],
      payload: digestOf(bytes(payload)),
      document: '',
      read: false,
      error: { code: 'DOCUMENT_INVALID' },
    });
    expect((await told(payload, 'stranger')).outcome).toBe('present');
    expect((await told(payload, 'bad')).outcome).toBe('failed');
  });

  it('and that speaks of something else has failed', async () => {
    const payload = withPredicate(DEEP).replace(SUBJECT.slice(7), 'c'.repeat(64));
    expect(await told(payload)).toMatchObject({ outcome: 'failed', subjects: [], error: { code: 'SUBJECT_MISMATCH' } });
  });

  it.each([
    ['a predicate with a key twice', withPredicate(`{"a":1,"a":2,"deep":${DEEP}}`)],
    ['a predicate with a key twice, once escaped', withPredicate(`{"a":1,"\\u0061":2,"deep":${DEEP}}`)],
    ['two predicates', withPredicate(DEEP, `,"predicate":{}`)],
    ['two predicates, one with an escape', withPredicate(DEEP, `,"\\u0070redicate":{}`)],
    ['two types', withPredicate(DEEP, `,"_type":"https://in-toto.io/Statement/v1"`)],
    ['the fault elsewhere', withPredicate('{}', `,"more":${DEEP}`)],
    ['the fault elsewhere too', withPredicate(DEEP, `,"more":${DEEP}`)],
    ['a predicate that is no JSON', withPredicate(`{"deep":${DEEP},"a":}`)],
    ['two values for a predicate', withPredicate(`${DEEP} 1`)],
    ['brackets that do not match', withPredicate(`{"deep":${DEEP}]`)],
    ['something after it', `${withPredicate(DEEP)} {}`],
    ['no end', withPredicate(DEEP).slice(0, -1)],
    ['a string without end', withPredicate(`"${DEEP}`)],
    ['a nesting beyond all measure', withPredicate('['.repeat(20_000) + ']'.repeat(20_000))],
    ['its predicate deeper', JSON.stringify({ inner: statement() }).replace('{"buildDefinition":{}}', DEEP)],
    ['a predicate in a list', `[${withPredicate(DEEP)}]`],
  ])('with %s has failed', async (_, payload) => {
    expect(await told(payload)).toMatchObject({
      outcome: 'failed',
      signers: [],
      checks: { payloadType: { outcome: 'failed' } },
    });
  });
});

describe('readHeader', () => {
  it('finds the predicate of any statement, wherever it stands', () => {
    const member = fc.tuple(
      fc.string().filter((key) => key !== 'predicate' && key !== '__proto__'),
      fc.jsonValue({ maxDepth: 3 }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(member, { selector: ([key]) => key }),
        fc.jsonValue(),
        fc.nat(),
        fc.constantFrom(undefined, 1, '\t'),
        (members, predicate, place, indent) => {
          const all = members.toSpliced(place % (members.length + 1), 0, ['predicate', predicate]);
          const header = readHeader(bytes(JSON.stringify(Object.fromEntries(all), null, indent)));
          const expected = { ...Object.fromEntries(all), predicate: null };
          expect(JSON.stringify(JSON.parse(text(header?.bytes)))).toBe(JSON.stringify(expected));
        },
      ),
    );
  });

  it('never takes what JSON.parse does not', () => {
    const part = fc.constantFrom('{', '}', '[', ']', '"predicate"', '"a"', ':', ',', '1', ' ', '"', '\\', 'null');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const content = parts.join('');
        let header: ReturnType<typeof readHeader>;
        try {
          header = readHeader(bytes(content));
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'DOCUMENT_INVALID' });
          return;
        }
        if (header !== undefined) expect(() => JSON.parse(content)).not.toThrow();
      }),
      { numRuns: 5000 },
    );
  });
});
