import { describe, expect, it } from 'vitest';
import { ContentCheck, checkContent, digestOf, isDigest, parseDescriptor, parseDigest } from '../../src/descriptor.ts';

const bytes = new TextEncoder().encode('hello');
const digest = digestOf(bytes);

describe('a digest', () => {
  it.each([`sha256:${'0'.repeat(64)}`, `sha384:${'0'.repeat(96)}`, `sha512:${'f'.repeat(128)}`])(
    '%s can be computed',
    (text) => {
      expect(parseDigest(text).encoded).toMatch(/^[0f]+$/);
    },
  );

  it.each([
    ['md5:d41d8cd98f00b204e9800998ecf8427e', 'DIGEST_UNSUPPORTED'],
    [`blake3:${'0'.repeat(64)}`, 'DIGEST_UNSUPPORTED'],
    [`sha256:${'0'.repeat(63)}`, 'DESCRIPTOR_INVALID'],
    [`sha256:${'A'.repeat(64)}`, 'DESCRIPTOR_INVALID'],
    ['sha256:../../../../etc/passwd', 'DESCRIPTOR_INVALID'],
    ['sha256', 'DESCRIPTOR_INVALID'],
    [`sha256:${'0'.repeat(64)}\n`, 'DESCRIPTOR_INVALID'],
    [`sha256:${'0'.repeat(100_000)}`, 'DESCRIPTOR_INVALID'],
    ['__proto__:00', 'DESCRIPTOR_INVALID'],
    ['constructor:00', 'DIGEST_UNSUPPORTED'],
  ])('%s is refused', (text, code) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code }));
  });

  it('of an unknown algorithm still has the grammar of one', () => {
    expect(isDigest('blake3:0123')).toBe(true);
    expect(isDigest('no digest')).toBe(false);
  });
});

describe('content', () => {
  it('passes when size and digest agree', () => {
    expect(() => checkContent(bytes, { digest, size: 5 })).not.toThrow();
    expect(() => checkContent(bytes, { digest: digestOf(bytes, 'sha512'), size: 5 })).not.toThrow();
  });

  it.each([
    ['longer than announced', { digest, size: 4 }, 'SIZE_MISMATCH'],
    ['shorter than announced', { digest, size: 6 }, 'SIZE_MISMATCH'],
    ['other than announced', { digest: digestOf(new Uint8Array(5)), size: 5 }, 'DIGEST_MISMATCH'],
    ['of an unknown algorithm', { digest: 'md5:00', size: 5 }, 'DIGEST_UNSUPPORTED'],
  ])('that is %s is refused', (_, descriptor, code) => {
    expect(() => checkContent(bytes, descriptor)).toThrow(expect.objectContaining({ code }));
  });

  it('that is too long is refused as soon as it is', () => {
    const check = new ContentCheck({ digest, size: 5 });
    check.update(bytes);
    expect(() => check.update(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'SIZE_MISMATCH' }));
  });
});

describe('a descriptor', () => {
  it('keeps what it says and nothing else', () => {
    const value = {
      mediaType: 'a/b',
      digest,
      size: 5,
      annotations: { a: 'b', n: 1 },
      urls: ['http://169.254.169.254/'],
      platform: { os: 'linux' },
    };
    expect(parseDescriptor(value)).toEqual({
      mediaType: 'a/b',
      digest,
      size: 5,
      artifactType: '',
      annotations: { a: 'b' },
      platform: { os: 'linux', architecture: '', variant: '' },
      data: '',
    });
  });

  it.each([
    [null],
    [[]],
    ['text'],
    [{ mediaType: 'a/b', size: 5 }],
    [{ mediaType: 'a/b', digest: 'no', size: 5 }],
    [{ digest, size: 5 }],
    [{ mediaType: 'a/b', digest, size: -1 }],
    [{ mediaType: 'a/b', digest, size: 1.5 }],
    [{ mediaType: 'a/b', digest, size: '5' }],
    [{ mediaType: 'a/b', digest, size: 2 ** 60 }],
  ])('%j is refused', (value) => {
    expect(() => parseDescriptor(value)).toThrow(expect.objectContaining({ code: 'DESCRIPTOR_INVALID' }));
  });
});
