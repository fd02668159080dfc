import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mediaTypeOfContent, mediaTypeOfName } from '../../../src/files/media-types.ts';

describe('media type by name', () => {
  it.each([
    ['app.spdx.json', 'application/spdx+json'],
    ['APP.SPDX.JSON', 'application/spdx+json'],
    ['app.spdx', 'text/spdx'],
    ['app.cdx.json', 'application/vnd.cyclonedx+json'],
    ['bom.json', 'application/vnd.cyclonedx+json'],
    ['app.bom.json', 'application/vnd.cyclonedx+json'],
    ['bom.xml', 'application/vnd.cyclonedx+xml'],
    ['app.cdx.xml', 'application/vnd.cyclonedx+xml'],
    ['scan.sarif', 'application/sarif+json'],
    ['scan.sarif.json', 'application/sarif+json'],
    ['vex.json', 'application/vnd.openvex+json'],
    ['app.openvex.json', 'application/vnd.openvex+json'],
    ['app.intoto.json', 'application/vnd.in-toto+json'],
    ['app.intoto.jsonl', 'application/x-ndjson'],
    ['many.jsonl', 'application/x-ndjson'],
    ['app.sigstore', 'application/vnd.dev.sigstore.bundle.v0.3+json'],
    ['app.sigstore.json', 'application/vnd.dev.sigstore.bundle.v0.3+json'],
    ['app.dsse', 'application/vnd.dsse.envelope.v1+json'],
    ['app.dsse.json', 'application/vnd.dsse.envelope.v1+json'],
    ['app.sig', 'application/vnd.dev.sigstore.signature'],
    ['app.jws', 'application/jose+json'],
    ['app.jws.sig', 'application/jose+json'],
    ['app.cose', 'application/cose'],
    ['app.cose.sig', 'application/cose'],
    ['app.bundle', 'application/octet-stream'],
    ['app.intoto.jsonl.gz', 'application/x-ndjson+gzip'],
    ['app.spdx.json.gz', 'application/spdx+json+gzip'],
    ['app.cdx.json.zst', 'application/vnd.cyclonedx+json+zstd'],
    ['something.gz', 'application/gzip'],
    ['something.zst', 'application/zstd'],
    ['app.tgz', 'application/x-tar+gzip'],
    ['app.tar.gz', 'application/x-tar+gzip'],
    ['other.json', 'application/json'],
    ['other.xml', 'application/xml'],
    ['sbomb.jsonp', 'application/octet-stream'],
    ['notbom.json', 'application/json'],
    ['app', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('takes %s for %s', (name, mediaType) => {
    expect(mediaTypeOfName(name)).toBe(mediaType);
  });
});

describe('media type by content', () => {
  const JSON_TYPE = 'application/json';
  const of = (value: unknown): string =>
    mediaTypeOfContent(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), JSON_TYPE);

  it.each([
    ['SPDX 2', { SPDXID: 'SPDXRef-DOCUMENT', spdxVersion: 'SPDX-2.3' }, 'application/spdx+json'],
    ['SPDX 3', { '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': [] }, 'application/spdx+json'],
    ['CycloneDX', { bomFormat: 'CycloneDX', specVersion: '1.6' }, 'application/vnd.cyclonedx+json'],
    [
      'SARIF by its schema',
      { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', runs: [] },
      'application/sarif+json',
    ],
    ['SARIF by its version', { version: '2.1.0', runs: [] }, 'application/sarif+json'],
    ['OpenVEX', { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [] }, 'application/vnd.openvex+json'],
    ['OpenVEX among contexts', { '@context': ['https://openvex.dev/ns'] }, 'application/vnd.openvex+json'],
    ['an in-toto statement', { _type: 'https://in-toto.io/Statement/v1', subject: [] }, 'application/vnd.in-toto+json'],
    [
      'a DSSE envelope',
      { payload: 'e30=', payloadType: 'a/b', signatures: [] },
      'application/vnd.dsse.envelope.v1+json',
    ],
    [
      'a DSSE envelope with a long payload first',
      { payload: 'e'.repeat(100_000), payloadType: 'a/b', signatures: [] },
      'application/vnd.dsse.envelope.v1+json',
    ],
    [
      'a bundle',
      { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' },
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ],
    [
      'an old bundle',
      { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' },
      'application/vnd.dev.sigstore.bundle+json;version=0.1',
    ],
    [
      "cosign's old bundle of a file",
      { base64Signature: 'e'.repeat(10_000), cert: '', rekorBundle: {} },
      'application/vnd.dev.cosign.blob-bundle+json',
    ],
    [
      'a JWS envelope of Notary Project',
      { payload: 'e'.repeat(10_000), protected: 'e30', header: { x5c: [] }, signature: 'c2ln' },
      'application/jose+json',
    ],
    [
      'a report of grype',
      { matches: [], source: {}, descriptor: { name: 'grype' } },
      'application/vnd.anchore.grype+json',
    ],
    ['a report of trivy', { SchemaVersion: 2, ArtifactName: 'x' }, 'application/vnd.aquasec.trivy+json'],
    ['nothing known', { hello: 'world' }, JSON_TYPE],
    ['a list', [], JSON_TYPE],
    ['other linked data', { '@context': ['https://example.com', 7] }, JSON_TYPE],
    [
      'members of the wrong kind',
      { spdxVersion: 2, bomFormat: [], _type: {}, payloadType: 1, mediaType: {} },
      JSON_TYPE,
    ],
    ['a member that is nested deeper', { inner: { bomFormat: 'CycloneDX' } }, JSON_TYPE],
    [
      'a media type that only looks like a bundle',
      { mediaType: 'text/html application/vnd.dev.sigstore.bundle+json' },
      JSON_TYPE,
    ],
  ])('recognises %s', (_, value, mediaType) => {
    expect(of(value)).toBe(mediaType);
  });

  it.each([
    ['broken JSON', '{"bomFormat":"CycloneDX"'],
    ['a key twice', '{"bomFormat":"CycloneDX","bomFormat":"CycloneDX"}'],
    ['bytes that are no text', '\u0000\u0001'],
    ['nothing', ''],
    ['ten thousand levels', '['.repeat(10_000)],
  ])('leaves %s as it was named', (_, text) => {
    expect(of(text)).toBe(JSON_TYPE);
  });

  const SIGNATURE = 'application/vnd.dev.sigstore.signature';
  const OCTETS = 'application/octet-stream';
  const der = (length: number, ...more: number[]) =>
    Buffer.concat([Buffer.from([0x30, ...more]), Buffer.alloc(length, 2)]);

  it.each([
    ['base64', 'MEUCIQ==', SIGNATURE],
    ['base64 in lines', `${'TUVVQ0lR'.repeat(8)}\r\nMEUCIQ==\n`, SIGNATURE],
    ['DER', der(70, 70), SIGNATURE],
    ['long DER', der(138, 0x81, 138), SIGNATURE],
    ['COSE', Buffer.from([0xd2, 0x84, 0x43]), 'application/cose'],
    ['JWS', '{"payload":"a","protected":"b","signature":"c"}', 'application/jose+json'],
    ['an envelope', '{"payload":"","payloadType":"a/b","signatures":[]}', 'application/vnd.dsse.envelope.v1+json'],
    ['other JSON', '{"a":1}', OCTETS],
    ['PGP', '-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n', OCTETS],
    ['binary PGP', Buffer.from([0x89, 0x01, 0x33]), OCTETS],
    ['signify', 'untrusted comment: verify with key.pub\nRWQf6LRCGA9i\n', OCTETS],
    ['DER of another length', der(70, 60), OCTETS],
    ['nothing', '', OCTETS],
    ['something long', 'A'.repeat(1024 * 1024), OCTETS],
    ['blanks without end', `${' '.repeat(120_000)}!`, OCTETS],
  ])('of a file named .sig: %s', (_, content, mediaType) => {
    expect(mediaTypeOfContent(Buffer.from(content), SIGNATURE)).toBe(mediaType);
  });

  const envelope = '{"payload":"","payloadType":"a/b","signatures":[]}';
  const LINES = 'application/x-ndjson';

  it.each([
    ['envelopes', `${envelope}\n${envelope}\n`, 'application/vnd.dsse.envelope.v1+jsonl'],
    ['one envelope', envelope, 'application/vnd.dsse.envelope.v1+jsonl'],
    ['envelopes after blank lines', `\n\r\n  ${envelope}\r\n${envelope}`, 'application/vnd.dsse.envelope.v1+jsonl'],
    ['an envelope and something else', `${envelope}\nno JSON`, 'application/vnd.dsse.envelope.v1+jsonl'],
    [
      'bundles',
      '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}\n{}',
      'application/vnd.dev.sigstore.bundle.v0.3+jsonl',
    ],
    [
      'old bundles',
      '{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.2"}\n',
      'application/vnd.dev.sigstore.bundle+jsonl',
    ],
    [
      'an envelope on several lines',
      JSON.stringify(JSON.parse(envelope), null, 2),
      'application/vnd.dsse.envelope.v1+json',
    ],
    ['documents', '{"bomFormat":"CycloneDX"}\n{"bomFormat":"CycloneDX"}', LINES],
    ['no JSON', 'a\nb', LINES],
    ['two envelopes in one line', `${envelope}${envelope}\n`, LINES],
    ['nothing', '\n \n', LINES],
  ])('of a file named .jsonl: %s', (_, content, mediaType) => {
    expect(mediaTypeOfContent(Buffer.from(content), LINES)).toBe(mediaType);
  });

  it.each([
    ['COSE', Buffer.from([0xd2, 0x84, 0x43]), 'application/cose'],
    ['bytes that begin alike', Buffer.from([0xd2, 0x85]), OCTETS],
    ["cosign's old bundle", '{"base64Signature":"YQ=="}', 'application/vnd.dev.cosign.blob-bundle+json'],
    ['a number', '123', OCTETS],
    ['a program', '\u007fELF', OCTETS],
    ['nothing', '', OCTETS],
  ])('of a file whose name says nothing: %s', (_, content, mediaType) => {
    expect(mediaTypeOfContent(Buffer.from(content), OCTETS)).toBe(mediaType);
  });

  it('tells CycloneDX from other XML', () => {
    const cyclonedx = '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>';
    expect(mediaTypeOfContent(Buffer.from(cyclonedx), 'application/xml')).toBe('application/vnd.cyclonedx+xml');
    expect(mediaTypeOfContent(Buffer.from('<project/>'), 'application/xml')).toBe('application/xml');
    expect(mediaTypeOfContent(gzipSync(cyclonedx), 'application/xml')).toBe('application/xml');
  });
});
