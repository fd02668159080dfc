import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../src/registry/challenge.ts';

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, ...Object.fromEntries(parameters) }));

describe('parseChallenges', () => {
  it('reads the challenge of a token registry', () => {
    expect(plain('Bearer realm="https://auth.test/token",service="registry.test",scope="repository:a/b:pull"')).toEqual(
      [{ scheme: 'bearer', realm: 'https://auth.test/token', service: 'registry.test', scope: 'repository:a/b:pull' }],
    );
  });

  it('keeps commas inside of quotes', () => {
    expect(plain('Bearer realm="https://a.test/t",scope="repository:a:pull,push"')).toEqual([
      { scheme: 'bearer', realm: 'https://a.test/t', scope: 'repository:a:pull,push' },
    ]);
  });

  it('reads several challenges in one header', () => {
    expect(plain('Basic realm="one", Bearer realm="https://a.test/t" , service=x')).toEqual([
      { scheme: 'basic', realm: 'one' },
      { scheme: 'bearer', realm: 'https://a.test/t', service: 'x' },
    ]);
  });

  it('reads schemes without parameters and with a token', () => {
    expect(plain('Negotiate, NTLM TlRMTVNTUAAC==, Basic')).toEqual([
      { scheme: 'negotiate' },
      { scheme: 'ntlm' },
      { scheme: 'basic' },
    ]);
  });

  it('takes schemes and names in any case, spaces around "=", and escapes in quotes', () => {
    expect(plain(String.raw`BEARER Realm = "https://a.test/\"t\"", SERVICE=s`)).toEqual([
      { scheme: 'bearer', realm: 'https://a.test/"t"', service: 's' },
    ]);
  });

  it('lets the first of two equal parameters count', () => {
    expect(plain('Bearer realm="https://a.test",realm="https://evil.test"')).toEqual([
      { scheme: 'bearer', realm: 'https://a.test' },
    ]);
  });

  it('leaves out what follows a place that cannot be read', () => {
    expect(plain('Basic realm="open')).toEqual([{ scheme: 'basic' }]);
    expect(plain('"quoted" Basic')).toEqual([]);
    expect(plain('')).toEqual([]);
  });

  it('looks at no header longer than 8 KiB', () => {
    expect(plain(`Basic realm="${'a'.repeat(9000)}"`)).toEqual([]);
  });

  it('ends on any input, and gives no more than there is', () => {
    const piece = fc.constantFrom('Bearer', 'realm', '=', '"', ',', ' ', '\\', 'a', '/', '==', '\t', '\u0000', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const header = pieces.join('');
        const length = parseChallenges(header).reduce((sum, { scheme }) => sum + scheme.length, 0);
        expect(length).toBeLessThanOrEqual(header.length);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});
