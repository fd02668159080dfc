import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../../../src/crypto/certificate.ts';
import { compileIdentities } from '../../../../src/identity.ts';
import {
  describe as describeCertificate,
  issuerOf,
  readExtensions,
} from '../../../../src/verifiers/sigstore/extensions.ts';
import { namesOf } from '../../../../src/verifiers/sigstore/names.ts';
import { issue } from '../../../support/sigstore/certificate.ts';
import * as der from '../../../support/sigstore/der.ts';
import { email, uri } from '../../../support/sigstore/sigstore.ts';

const OID = '1.3.6.1.4.1.57264.1.';
const pattern = (value: string) => ({ kind: 'pattern', value }) as const;
const exact = (value: string) => ({ kind: 'exact', value }) as const;

describe('identities', () => {
  it('fit everybody where there are none, by the first name', () => {
    expect(compileIdentities([])(['a', 'b'], 'i')).toBe('a');
  });

  it('fit where name and issuer both do, within one of them', () => {
    const fits = compileIdentities([
      { identity: exact('a'), issuer: exact('x') },
      { identity: pattern('b.*'), issuer: pattern('y|z') },
      { identity: undefined, issuer: exact('only') },
    ]);
    expect(fits(['a'], 'x')).toBe('a');
    expect(fits(['a'], 'y')).toBeUndefined();
    expect(fits(['0', 'bb'], 'z')).toBe('bb');
    expect(fits(['bb'], 'x')).toBeUndefined();
    expect(fits(['whoever'], 'only')).toBe('whoever');
    expect(fits(['a'], '')).toBeUndefined();
  });

  it('as a pattern fit what is written there and nothing around it', () => {
    const fits = compileIdentities([{ identity: pattern('acme/app'), issuer: undefined }]);
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const name = `${before}acme/app${after}`;
        expect(fits([name], '')).toBe(name === 'acme/app' ? name : undefined);
      }),
    );
  });

  it.each(['a)|(?:b', '(', 'a)(b', '(?=x)', '\\1', '[', '*'])('refuse %j as a pattern', (value) => {
    expect(() => compileIdentities([{ identity: pattern(value), issuer: undefined }])).toThrow(
      expect.objectContaining({ code: 'TRUST_INVALID' }),
    );
  });
});

describe('a certificate', () => {
  it('is named by its alternative names, else by its distinguished name', () => {
    expect(namesOf(parseCertificate(issue({ name: 'x', names: [uri('u'), email('e')] }).der))).toEqual(['u', 'e']);
    expect(namesOf(parseCertificate(issue({ name: 'x' }).der))).toEqual(['CN=x']);
  });

  it('tells Fulcio’s extensions by name and by object identifier', () => {
    const { der: bytes } = issue({
      name: 'x',
      extensions: [
        { oid: `${OID}1`, value: Buffer.from('https://old.example') },
        { oid: `${OID}8`, value: der.utf8('https://new.example') },
        { oid: `${OID}3`, value: Buffer.from('abc') },
        { oid: `${OID}20`, value: der.utf8('push') },
        { oid: `${OID}99`, value: der.utf8('future') },
        { oid: `${OID}12`, value: Buffer.from('no DER at all') },
        { oid: `${OID}13`, value: der.sequence(der.utf8('no text')) },
        { oid: '1.3.6.1.4.1.57264.2.1', value: der.utf8('another arc') },
      ],
    });
    const extensions = readExtensions(parseCertificate(bytes));
    expect(extensions).toEqual({
      [`${OID}1`]: 'https://old.example',
      [`${OID}3`]: 'abc',
      [`${OID}8`]: 'https://new.example',
      [`${OID}20`]: 'push',
      [`${OID}99`]: 'future',
      issuer: 'https://new.example',
      githubWorkflowSHA: 'abc',
      buildTrigger: 'push',
    });
    expect(issuerOf(extensions)).toBe('https://new.example');
    expect(describeCertificate(parseCertificate(bytes)).certificate).toMatchObject({
      distinguishedName: 'CN=x',
      issuer: 'CN=x',
    });
  });

  it('does not borrow the older issuer where the newer one is no text', () => {
    const { der: bytes } = issue({
      name: 'x',
      extensions: [
        { oid: `${OID}1`, value: Buffer.from('https://old.example') },
        { oid: `${OID}8`, value: Buffer.from([0xff, 0xff]) },
      ],
    });
    expect(issuerOf(readExtensions(parseCertificate(bytes)))).toBe('');
  });
});
