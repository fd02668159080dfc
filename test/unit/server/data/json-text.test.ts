import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOut, objectText } from '../../../../src/server/data/json-text.ts';

describe('objectText', () => {
  it('splices values in as they are', () => {
    const text = objectText([
      ['big', '12345678901234567890'],
      ['__proto__', new TextEncoder().encode('{"a":"é"}')],
      ['quo"te', 'null'],
    ]);
    expect(text.toString()).toBe('{"big":12345678901234567890,"__proto__":{"a":"é"},"quo\\"te":null}');
    expect(objectText([]).toString()).toBe('{}');
  });
});

describe('layOut', () => {
  it('indents as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(layOut(JSON.stringify(value), '  ')).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('puts everything on one line again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(layOut(JSON.stringify(value, null, '\t'), '')).toBe(JSON.stringify(value));
      }),
    );
  });

  it('keeps the characters of numbers and strings', () => {
    const text = '[12345678901234567890,1e400,0.10,"\\u00e9 \\\\\\" ]"]';
    expect(layOut(` [ 12345678901234567890 ,\r\n1e400,\t0.10 , "\\u00e9 \\\\\\" ]" ] `, '')).toBe(text);
    expect(layOut('[ ]', '  ')).toBe('[]');
  });
});
