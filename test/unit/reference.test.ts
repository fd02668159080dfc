import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../src/errors.ts';
import { parseReference, type Reference } from '../../src/reference.ts';

const D = `sha256:${'a'.repeat(64)}`;
const image = (requested: string) => parseReference(requested) as Reference & { kind: 'registry' };

describe('an image reference', () => {
  it.each([
    ['alpine', 'docker.io', 'library/alpine', 'latest', ''],
    ['alpine:3.20', 'docker.io', 'library/alpine', '3.20', ''],
    ['acme/app', 'docker.io', 'acme/app', 'latest', ''],
    ['docker.io/alpine', 'docker.io', 'library/alpine', 'latest', ''],
    ['index.docker.io/acme/app:1', 'docker.io', 'acme/app', '1', ''],
    ['localhost/app', 'localhost', 'app', 'latest', ''],
    ['localhost:5000/team/app:v1', 'localhost:5000', 'team/app', 'v1', ''],
    ['Registry.Example/team/app', 'registry.example', 'team/app', 'latest', ''],
    ['[::1]:5000/app:1', '[::1]:5000', 'app', '1', ''],
    [`registry.example/team/app@${D}`, 'registry.example', 'team/app', '', D],
    [`registry.example/team/app:1.4@${D}`, 'registry.example', 'team/app', '1.4', D],
    ['registry.example/a/b/c/d:t', 'registry.example', 'a/b/c/d', 't', ''],
  ])('%s', (requested, registry, repository, tag, digest) => {
    expect(image(requested)).toEqual({ kind: 'registry', requested, registry, repository, tag, digest });
  });

  it.each([
    [''],
    ['registry.example/UPPER'],
    ['registry.example/'],
    ['registry.example/app:'],
    ['registry.example/app:bad tag'],
    ['registry.example/app:.tag'],
    [`registry.example/app:${'t'.repeat(129)}`],
    ['registry.example/app@sha256:short'],
    [`registry.example/app@sha256:${'A'.repeat(64)}`],
    [`registry.example/app@md5:${'a'.repeat(32)}`],
    ['registry.example/../app'],
    ['registry.example//app'],
    ['registry.example/app\n'],
    ['registry.example/äpp'],
    ['https://registry.example/app'],
    [`registry.example/${'a'.repeat(300)}`],
    ['a'.repeat(5000)],
    ['registry.example/app\0'],
  ])('%j is refused', (requested) => {
    expect(() => parseReference(requested)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
  });
});

describe('a layout reference', () => {
  it.each([
    ['oci:dir', 'directory', 'dir', '', ''],
    ['oci:/a/b c/dir:v1', 'directory', '/a/b c/dir', 'v1', ''],
    [`oci:dir@${D}`, 'directory', 'dir', '', D],
    [`oci:dir:v1@${D}`, 'directory', 'dir', 'v1', D],
    ['oci:with@sign/dir:1', 'directory', 'with@sign/dir', '1', ''],
    ['oci-archive:app.tar:v1', 'archive', 'app.tar', 'v1', ''],
    ['oci:dir:registry.example/team/app:1', 'directory', 'dir', 'registry.example/team/app:1', ''],
    ['oci:dir:', 'directory', 'dir', '', ''],
  ])('%s', (requested, form, path, tag, digest) => {
    expect(parseReference(requested)).toEqual({ kind: 'layout', requested, form, path, tag, digest });
  });

  it.each([['oci:'], ['oci::tag'], ['oci-archive:'], ['oci:dir@sha256:abc']])('%s is refused', (requested) => {
    expect(() => parseReference(requested)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
  });
});

describe('a file reference', () => {
  it('is any path', () => {
    expect(parseReference('file:/a/b: c@d.tgz')).toEqual({
      kind: 'file',
      requested: 'file:/a/b: c@d.tgz',
      path: '/a/b: c@d.tgz',
    });
    expect(() => parseReference('file:')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
  });
});

it('gives a reference or a VerdictError for any text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z0-9.:/@_-]{0,80}$/)),
      (text) => {
        try {
          const reference = parseReference(text);
          return reference.kind !== 'registry' || /^[a-z0-9[\]:.-]+$/.test(reference.registry);
        } catch (thrown) {
          return thrown instanceof VerdictError && thrown.code === 'REFERENCE_INVALID';
        }
      },
    ),
  );
});
