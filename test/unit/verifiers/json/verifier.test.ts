import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newBudget } from '../../../../src/budget.ts';
import { type Descriptor, descriptor, digestOf } from '../../../../src/descriptor.ts';
import { VerdictError } from '../../../../src/errors.ts';
import { compileSchema } from '../../../../src/schema.ts';
import { UNPACK_RATIO_FREE_BYTES } from '../../../../src/verifiers/json/unpack.ts';
import {
  bytes,
  envelope,
  examine,
  exhibit,
  json,
  only,
  SUBJECT,
  statement,
  TARGET,
  TIME,
  text,
  verifier,
} from './exhibit.ts';

const SPDX = 'application/spdx+json';
const SBOM = '{ "spdxVersion": "SPDX-2.3", "n": 1.0 }';
const TAG_VALUE = 'SPDXVersion: SPDX-2.3\nPackageName: a\n';
const MADE = '[{"tag":"SPDXVersion","value":"SPDX-2.3"},{"tag":"PackageName","value":"a"}]';

/** What stands in every report of content that is there but was not understood. */
const UNREAD = { outcome: 'present', read: false, document: '', subjects: [SUBJECT], signers: [] };

describe('the JSON verifier', () => {
  it('takes whatever nobody else took', () => {
    expect(verifier()).toMatchObject({ name: 'json', type: 'json' });
    expect(verifier().accepts(exhibit([]))).toBe(true);
  });

  it('trusts nobody: no report is verified or names a signer', async () => {
    const testimonies = await examine([
      { content: json(statement()) },
      { content: json(envelope(json(statement()))) },
      { content: SBOM },
    ]);
    expect(testimonies.map(({ report }) => report.outcome)).toEqual(['present', 'present', 'present']);
    expect(testimonies.flatMap(({ report }) => [...report.signers, ...report.claimed.signers])).toEqual([]);
    expect(new Set(testimonies.map(({ report }) => report.checks.signature.outcome))).toEqual(new Set(['skipped']));
  });
});

describe('a plain document', () => {
  it('is handed over verbatim under the digest of its bytes', async () => {
    const { report, document } = await only(SBOM, SPDX);
    const key = digestOf(bytes(SBOM));
    expect(report).toMatchObject({
      outcome: 'present',
      type: SPDX,
      layer: key,
      entry: 0,
      document: key,
      payload: key,
      read: true,
    });
    expect(report.subjects).toEqual([SUBJECT]);
    expect(report.statement).toEqual({ type: '', predicateType: '', subject: [] });
    expect(report.checks).toMatchObject({
      digest: { outcome: 'passed' },
      schema: { outcome: 'skipped' },
      subject: { outcome: 'skipped' },
      payloadType: { outcome: 'skipped' },
    });
    expect(text(document)).toBe(SBOM);
    expect(report.error).toBeUndefined();
  });

  it.each([
    [SPDX, '', SPDX],
    ['application/vnd.cyclonedx+json; version=1.6', '', 'application/vnd.cyclonedx+json'],
    ['application/json', SPDX, SPDX],
    ['application/octet-stream', 'application/SARIF+json', 'application/sarif+json'],
    ['application/vnd.oci.empty.v1+json', SPDX, SPDX],
    ['application/json', '', 'application/json'],
    ['application/json', 'application/octet-stream', 'application/json'],
    ['application/vnd.cyclonedx+json', SPDX, 'application/vnd.cyclonedx+json'],
    ['application/gzip', SPDX, SPDX],
    ['text/plain', '', 'text/plain'],
    [`application/${'x'.repeat(5000)}`, '', ''],
  ])('of layer type %.60s and artifact type "%s" has the type "%s"', async (layer, artifact, type) => {
    expect((await only(SBOM, layer, artifact)).report.type).toBe(type);
  });

  it('may be any JSON value', async () => {
    for (const value of ['[1]', '"text"', '12345678901234567890.0', 'true', 'null']) {
      expect(text((await only(` ${value}\n`, SPDX)).document)).toBe(` ${value}\n`);
    }
  });

  it.each([
    ['broken', '{"a":'],
    ['cut off in a key', '{"a'],
    ['empty', ''],
    ['of two values', '{} {}'],
    ['with a key twice', '{"a":1,"a":2}'],
    ['with a key twice, once escaped', '{"x":[{"a":1,"\\u0061":2}]}'],
    ['with a NUL', '{"a":"\u0000"}'],
    ['with half a surrogate pair', '{"a":"\\ud800"}'],
    ['with an absurd number', '{"a":1e999999999}'],
    ['with 10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['in invalid UTF-8', Uint8Array.from([0x22, 0xff, 0x22])],
    ['in UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['with a byte order mark', '\ufeff{}'],
  ])('that is %s is present, unread and says why', async (_, content) => {
    const { report } = await only(content, SPDX);
    expect(report).toMatchObject({ ...UNREAD, type: SPDX, error: { code: 'DOCUMENT_INVALID' } });
    expect(report.checks.digest.outcome).toBe('passed');
  });

  it('of a hundred megabytes is read', async () => {
    const unit = bytes('{"name":"package","versionInfo":"1.0"},');
    const content = Buffer.concat([
      bytes('{"packages":['),
      Buffer.alloc(unit.byteLength * 2_600_000, unit),
      bytes('0]}'),
    ]);
    const { report, document } = await only(content, SPDX);
    expect(report.read).toBe(true);
    expect(document?.byteLength).toBe(content.byteLength);
  });
});

describe('an in-toto statement', () => {
  it('is read down to its predicate, found by content under whatever type', async () => {
    const whole = ` {"predicate":{ "a" : 1.0 },${JSON.stringify(statement({ predicate: undefined })).slice(1)}`;
    for (const type of ['application/vnd.in-toto+json', 'application/json', 'application/octet-stream', SPDX]) {
      const { report, document } = await only(whole, type);
      expect(report).toMatchObject({
        outcome: 'present',
        type: 'https://slsa.dev/provenance/v1',
        statement: {
          type: 'https://in-toto.io/Statement/v1',
          predicateType: 'https://slsa.dev/provenance/v1',
          subject: statement().subject,
        },
        subjects: [SUBJECT],
        document: digestOf(bytes('{ "a" : 1.0 }')),
        payload: digestOf(bytes('{ "a" : 1.0 }')),
        read: true,
        checks: { subject: { outcome: 'passed' }, payloadType: { outcome: 'skipped' } },
      });
      expect(text(document)).toBe('{ "a" : 1.0 }');
    }
  });

  it('speaks of the targets it names, each by the digest that stands for it', async () => {
    const subject = [{ digest: { sha256: TARGET.slice(7) } }, { digest: { sha512: 'a'.repeat(128) } }];
    expect((await only(json(statement({ subject })))).report.subjects).toEqual([SUBJECT, TARGET]);
  });

  it('without a predicate is read, and has no document', async () => {
    const { report } = await only(json(statement({ predicate: undefined })));
    expect(report).toMatchObject({
      outcome: 'present',
      read: true,
      document: '',
      payload: digestOf(json(statement({ predicate: undefined }))),
    });
  });

  it.each([
    ['another artifact', [{ digest: { sha256: 'f'.repeat(64) } }]],
    ['no artifact', []],
    ['this one by a weak digest only', [{ digest: { sha1: 'a'.repeat(40) } }]],
    ['this one and, by another digest, another', [{ digest: { sha256: 'a'.repeat(64), sha512: 'f'.repeat(128) } }]],
  ])('that speaks of %s has failed, and its predicate is not handed over', async (_, subject) => {
    const { report, document } = await only(json(statement({ subject })));
    expect(report).toMatchObject({
      outcome: 'failed',
      read: false,
      document: '',
      subjects: [],
      type: 'https://slsa.dev/provenance/v1',
      statement: { subject },
      checks: { subject: { outcome: 'failed' } },
      error: { code: 'SUBJECT_MISMATCH' },
    });
    expect(document).toBeUndefined();
  });

  it.each([
    ['without subjects', statement({ subject: undefined })],
    ['of a later version', statement({ _type: 'https://in-toto.io/Statement/v2' })],
    ['without predicate type', statement({ predicateType: undefined })],
    ['that its layer announces and that is something else', { spdxVersion: 'SPDX-2.3' }],
  ])('%s is unread', async (_, value) => {
    const { report } = await only(json(value), 'application/vnd.in-toto+json');
    expect(report).toMatchObject({ ...UNREAD, error: { code: 'STATEMENT_INVALID' } });
  });

  it('with too many subjects is unread', async () => {
    const { report } = await only(json(statement({ subject: Array(10_001).fill({ digest: {} }) })));
    expect(report).toMatchObject({ ...UNREAD, error: { code: 'LIMIT_EXCEEDED' } });
  });

  it('with a key twice in its header is unread', async () => {
    const twice = JSON.stringify(statement()).replace('"predicateType"', '"subject":[],"predicateType"');
    expect((await only(twice)).report).toMatchObject({ ...UNREAD, error: { code: 'DOCUMENT_INVALID' } });
  });

  it('within a predicate is not followed', async () => {
    const { report, document } = await only(json(statement({ predicate: statement({ subject: [] }) })));
    expect(report).toMatchObject({ outcome: 'present', type: 'https://slsa.dev/provenance/v1' });
    expect(text(document)).toBe(JSON.stringify(statement({ subject: [] })));
  });
});

describe('a DSSE envelope', () => {
  const payload = json(statement());

  it('leads to the predicate of the statement in it, in either base64', async () => {
    const standard = envelope(payload);
    const url = { ...standard, payload: Buffer.from(payload).toString('base64url') };
    for (const [value, type] of [
      [standard, 'application/vnd.dsse.envelope.v1+json'],
      [url, 'application/vnd.in-toto.provenance+dsse'],
      [standard, 'application/json'],
      [standard, SPDX],
      [envelope(payload, 'application/vnd.in-toto.provenance+json'), 'application/octet-stream'],
    ] as const) {
      const { report, document } = await only(json(value), type);
      expect(report).toMatchObject({
        outcome: 'present',
        type: 'https://slsa.dev/provenance/v1',
        payload: digestOf(payload),
        document: digestOf(json(statement().predicate)),
        subjects: [SUBJECT],
        read: true,
        checks: {
          subject: { outcome: 'passed' },
          payloadType: { outcome: 'passed' },
          signature: { outcome: 'skipped' },
        },
      });
      expect(text(document)).toBe(JSON.stringify(statement().predicate));
    }
  });

  it('of other JSON leads to that, under the payload type', async () => {
    const { report, document } = await only(json(envelope(SBOM, 'application/spdx+json; a=b')), 'application/json');
    const key = digestOf(bytes(SBOM));
    expect(report).toMatchObject({ outcome: 'present', type: SPDX, payload: key, document: key, subjects: [SUBJECT] });
    expect(report.checks.payloadType.outcome).toBe('skipped');
    expect(text(document)).toBe(SBOM);
  });

  it('of tag-value SPDX leads to that', async () => {
    const { report, document } = await only(json(envelope(TAG_VALUE, 'text/spdx')));
    expect(report).toMatchObject({
      type: 'text/spdx',
      document: digestOf(bytes(TAG_VALUE)),
      payload: digestOf(bytes(TAG_VALUE)),
    });
    expect(text(document)).toBe(MADE);
  });

  it.each([
    ['says statement and is none', envelope(SBOM)],
    ['says statement and is tag-value SPDX', envelope(TAG_VALUE)],
    ['is a statement and does not say so', envelope(payload, 'application/json')],
    ['is a statement and says something else', envelope(payload, SPDX)],
  ])('whose payload %s has failed', async (_, value) => {
    const { report } = await only(json(value));
    expect(report).toMatchObject({
      outcome: 'failed',
      document: '',
      read: false,
      checks: { payloadType: { outcome: 'failed' } },
      error: { code: 'STATEMENT_INVALID' },
    });
  });

  it('whose statement speaks of another artifact has failed', async () => {
    const other = json(statement({ subject: [{ digest: { sha256: 'f'.repeat(64) } }] }));
    const { report } = await only(json(envelope(other)));
    expect(report).toMatchObject({
      outcome: 'failed',
      payload: digestOf(other),
      subjects: [],
      document: '',
      checks: { subject: { outcome: 'failed' }, payloadType: { outcome: 'passed' } },
      error: { code: 'SUBJECT_MISMATCH' },
    });
  });

  it.each([
    ['a payload that is not base64', { ...envelope(payload), payload: '*' }, 'STATEMENT_INVALID'],
    ['signatures that are no list', { ...envelope(payload), signatures: 1 }, 'STATEMENT_INVALID'],
    ['a broken statement', envelope('{"_type":'), 'DOCUMENT_INVALID'],
    ['a statement with a key twice', envelope('{"a":1,"a":2}'), 'DOCUMENT_INVALID'],
    ['a statement without subjects', envelope(json(statement({ subject: 1 }))), 'STATEMENT_INVALID'],
    ['broken JSON', envelope('{', SPDX), 'DOCUMENT_INVALID'],
    ['an empty payload', envelope('', SPDX), 'DOCUMENT_INVALID'],
  ])('with %s is unread', async (_, value, code) => {
    expect((await only(json(value))).report).toMatchObject({ ...UNREAD, error: { code } });
  });

  it('with a key twice is unread', async () => {
    const twice = JSON.stringify(envelope(payload)).replace('{', '{"payload":"e30=",');
    expect((await only(twice)).report).toMatchObject({ ...UNREAD, error: { code: 'DOCUMENT_INVALID' } });
  });

  it('that is announced and is something else is unread', async () => {
    const { report } = await only(SBOM, 'application/vnd.dsse.envelope.v1+json');
    expect(report).toMatchObject({ ...UNREAD, error: { code: 'STATEMENT_INVALID' } });
  });

  it('of a form that is not read is unread without error', async () => {
    const { report } = await only(json(envelope('<bom/>', 'application/vnd.cyclonedx+xml')));
    expect(report).toMatchObject({
      ...UNREAD,
      type: 'application/vnd.cyclonedx+xml',
      payload: digestOf(bytes('<bom/>')),
    });
    expect(report.error).toBeUndefined();
    expect(report.message).toMatch(/XML/);
  });

  it('in an envelope is not followed', async () => {
    const { report } = await only(json(envelope(json(envelope(payload)), 'application/vnd.dsse.envelope.v1+json')));
    expect(report).toMatchObject({
      outcome: 'present',
      type: 'application/vnd.dsse.envelope.v1+json',
      document: digestOf(json(envelope(payload))),
    });
  });
});

describe('a Sigstore bundle', () => {
  const V3 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const bundle = (content: object, mediaType = V3) => json({ mediaType, verificationMaterial: {}, ...content });
  const message = (digest: string, algorithm = 'SHA2_256') => ({
    messageSignature: {
      messageDigest: { algorithm, digest: Buffer.from(digest, 'hex').toString('base64') },
      signature: 'c2ln',
    },
  });

  it.each([
    V3,
    'application/vnd.dev.sigstore.bundle+json;version=0.1',
    'application/vnd.dev.sigstore.bundle+json;version=0.2',
  ])('of type %s leads to the statement in its envelope', async (mediaType) => {
    const content = bundle({ dsseEnvelope: envelope(json(statement())) }, mediaType);
    for (const type of [mediaType, 'application/json', 'application/octet-stream']) {
      const { report, document } = await only(content, type);
      expect(report).toMatchObject({
        outcome: 'present',
        type: 'https://slsa.dev/provenance/v1',
        payload: digestOf(json(statement())),
      });
      expect(text(document)).toBe(JSON.stringify(statement().predicate));
    }
  });

  it('with a signature of the artifact is read, and has no document', async () => {
    const { report } = await only(bundle(message(SUBJECT.slice(7))), 'application/json');
    expect(report).toMatchObject({
      outcome: 'present',
      type: V3,
      read: true,
      document: '',
      payload: SUBJECT,
      subjects: [SUBJECT],
      checks: { subject: { outcome: 'passed' } },
    });
    const sha512 = await only(bundle(message('a'.repeat(128), 'SHA2_512')), V3);
    expect(sha512.report.subjects).toEqual([SUBJECT]);
  });

  it('with a signature of something else has failed', async () => {
    const { report } = await only(bundle(message('f'.repeat(64))), V3);
    expect(report).toMatchObject({ outcome: 'failed', subjects: [], error: { code: 'SUBJECT_MISMATCH' } });
  });

  it('with a signature that does not say of what is read', async () => {
    for (const content of [{ messageSignature: {} }, message('00', 'SHA3_256'), { messageSignature: null }]) {
      expect((await only(bundle(content), V3)).report).toMatchObject({ outcome: 'present', read: true, payload: '' });
    }
  });

  it.each([
    ['neither', bundle({})],
    ['both', bundle({ dsseEnvelope: envelope(json(statement())), messageSignature: {} })],
    ['a malformed envelope', bundle({ dsseEnvelope: { payload: 1 } })],
    ['a signature without end', bundle({ messageSignature: { signature: 'A'.repeat(100_000) } })],
  ])('with %s is unread', async (_, content) => {
    expect((await only(content, 'application/json')).report).toMatchObject({
      ...UNREAD,
      error: { code: 'STATEMENT_INVALID' },
    });
  });

  it('that is announced and is something else is unread', async () => {
    expect((await only(SBOM, V3)).report).toMatchObject({ ...UNREAD, error: { code: 'STATEMENT_INVALID' } });
  });
});

describe('JSON lines', () => {
  const lines = [
    JSON.stringify(envelope(json(statement()))),
    JSON.stringify(statement({ predicateType: 'b' })),
    '{"c":1}',
  ];

  it.each([
    'application/x-ndjson',
    'application/jsonl',
    'application/vnd.in-toto+jsonl',
    'application/octet-stream',
    'application/json',
  ])('of type %s are one testimony each, numbered with the empty ones', async (type) => {
    const testimonies = await examine([{ content: `\n${lines[0]}\r\n\n  \n${lines[1]}\n${lines[2]}\n\n`, type }]);
    expect(testimonies.map(({ report }) => [report.entry, report.outcome, report.statement.predicateType])).toEqual([
      [1, 'present', 'https://slsa.dev/provenance/v1'],
      [4, 'present', 'b'],
      [5, 'present', ''],
    ]);
  });

  it('with bad ones among them lose no other', async () => {
    const bad = ['{"a":', 'text', '{"a":1,"a":2}', JSON.stringify(statement({ subject: [] }))];
    const content = [lines[1], ...bad, lines[2]].join('\n');
    for (const type of ['application/x-ndjson', 'application/json']) {
      const testimonies = await examine([{ content, type }]);
      expect(testimonies.map(({ report }) => [report.entry, report.outcome, report.read])).toEqual([
        [0, 'present', true],
        [1, 'present', false],
        [2, 'present', false],
        [3, 'present', false],
        [4, 'failed', false],
        [5, 'present', true],
      ]);
    }
  });

  it('of which the first is bad are told by their type', async () => {
    const testimonies = await examine([{ content: `{\n${lines[2]}`, type: 'application/x-ndjson' }]);
    expect(testimonies.map(({ report }) => report.read)).toEqual([false, true]);
  });

  it('are not what a document over several lines is, whatever its type', async () => {
    const pretty = JSON.stringify(statement(), null, 2);
    for (const type of ['application/x-ndjson', 'application/json']) {
      expect((await only(pretty, type)).report).toMatchObject({
        entry: 0,
        read: true,
        type: 'https://slsa.dev/provenance/v1',
      });
    }
  });

  it('of plain documents have the type of the artifact', async () => {
    const [first] = await examine(
      [{ content: '{}\n{}', type: 'application/x-ndjson' }],
      'application/vnd.cyclonedx+json',
    );
    expect(first?.report.type).toBe('application/vnd.cyclonedx+json');
  });

  it('are bounded: what is too much is one report that says so', async () => {
    const content = bytes(`${'{}\n'.repeat(1000)}{"last":1}`);
    const testimonies = await verifier({ reports: 10 }).verify(exhibit([{ content }, { content: SBOM }]), TIME);
    expect(testimonies).toHaveLength(11);
    expect(testimonies[10]?.report).toMatchObject({
      outcome: 'errored',
      layer: digestOf(content),
      entry: 10,
      error: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('are bounded for all artifacts of one decision together', async () => {
    const budget = { ...newBudget(), reports: 5 };
    const outcomes = async () =>
      (await verifier().verify({ ...exhibit([{ content: '{}\n{}\n{}' }]), budget }, TIME)).map(
        ({ report }) => report.outcome,
      );
    expect(await outcomes()).toEqual(['present', 'present', 'present']);
    expect(await outcomes()).toEqual(['present', 'present', 'errored']);
    expect(await outcomes()).toEqual(['errored']);
  });
});

describe('SPDX tag-value', () => {
  it.each(['text/spdx', 'text/plain', 'application/octet-stream', 'application/json', SPDX])(
    'of type %s is a list of tags under the digest of the text',
    async (type) => {
      const { report, document } = await only(TAG_VALUE, type);
      const key = digestOf(bytes(TAG_VALUE));
      expect(report).toMatchObject({
        outcome: 'present',
        type: 'text/spdx',
        document: key,
        payload: key,
        layer: key,
        read: true,
      });
      expect(text(document)).toBe(MADE);
    },
  );

  it('is told by its type where it begins with a comment', async () => {
    expect((await only(`# made by hand\n${TAG_VALUE}`, 'text/spdx')).report.read).toBe(true);
  });

  it('as the predicate of a statement is the same document', async () => {
    for (const predicate of [TAG_VALUE, { Data: TAG_VALUE }]) {
      const { report, document } = await only(
        json(statement({ predicateType: 'https://spdx.dev/Document', predicate })),
      );
      expect(report).toMatchObject({
        type: 'text/spdx',
        document: digestOf(bytes(TAG_VALUE)),
        statement: { predicateType: 'https://spdx.dev/Document' },
      });
      expect(text(document)).toBe(MADE);
    }
  });

  it('that is broken is unread, raw and in a statement', async () => {
    const raw = await only('SPDXVersion: SPDX-2.3\nnothing', 'text/spdx');
    expect(raw.report).toMatchObject({ ...UNREAD, error: { code: 'DOCUMENT_INVALID' } });
    const predicate = 'SPDXVersion: SPDX-2.3\nnothing';
    const inside = await only(json(statement({ predicateType: 'https://spdx.dev/Document', predicate })));
    expect(inside.report).toMatchObject({ ...UNREAD, error: { code: 'DOCUMENT_INVALID' } });
  });
});

describe('other forms', () => {
  it.each([
    ['XML', '<?xml version="1.0"?><bom/>', 'application/vnd.cyclonedx+xml', /XML/],
    ['XML under a lying type', '\n<bom/>', 'application/vnd.cyclonedx+json', /XML/],
    ['protocol buffers', Uint8Array.from([0x0a, 0x03, 0x31]), 'application/x.vnd.cyclonedx+protobuf', /protobuf/],
    ['text', 'hello', 'text/plain', /unknown form/],
    ['COSE', Uint8Array.from([0xd2, 0x84]), 'application/cose', /application\/cose/],
    ['nothing', '', 'application/octet-stream', /unknown form/],
  ])('such as %s are present, unread, and say what to do', async (_, content, type, message) => {
    const { report } = await only(content, type);
    expect(report).toMatchObject({ ...UNREAD, type });
    expect(report.message).toMatch(message);
    expect(report.message).toMatch(/JSON/);
    expect(report.error).toBeUndefined();
  });
});

describe('packed content', () => {
  const packings = [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const;

  it.each(packings)(
    'of %s is unpacked: the layer is what was fetched, the document what was in it',
    async (name, pack) => {
      const packed = pack(bytes(SBOM));
      for (const type of [`${SPDX}+${name}`, SPDX]) {
        const { report, document } = await only(packed, type);
        expect(report).toMatchObject({
          layer: digestOf(packed),
          document: digestOf(bytes(SBOM)),
          type: SPDX,
          read: true,
        });
        expect(text(document)).toBe(SBOM);
      }
      expect((await only(packed, `application/${name}`, SPDX)).report.type).toBe(SPDX);
    },
  );

  it.each(packings)('of %s may hold statements, lines and tag-value SPDX', async (_, pack) => {
    expect((await only(pack(json(statement())))).report.subjects).toEqual([SUBJECT]);
    expect((await only(pack(bytes(TAG_VALUE)), 'text/spdx+gzip')).report.document).toBe(digestOf(bytes(TAG_VALUE)));
    expect(await examine([{ content: pack(bytes('{}\n{}')) }])).toHaveLength(2);
  });

  it('is read to the end, over several members or frames', async () => {
    for (const [, pack] of packings) {
      const content = Buffer.concat([pack(bytes('{}\n')), pack(bytes('{"a":1}\n')), pack(bytes('{}'))]);
      expect(await examine([{ content }])).toHaveLength(3);
    }
    const skippable = Buffer.concat([
      Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9]),
      zstdCompressSync(bytes(SBOM)),
    ]);
    expect((await only(skippable, SPDX)).report.read).toBe(true);
  });

  it('that its type announces and its bytes deny is read as it is', async () => {
    expect((await only(SBOM, `${SPDX}+gzip`)).report).toMatchObject({ read: true, type: SPDX });
  });

  it.each(packings)('of %s that is cut off or followed by something else is unread', async (_, pack) => {
    const packed = pack(bytes(SBOM.repeat(50)));
    for (const content of [packed.subarray(0, -6), packed.subarray(0, 5), Buffer.concat([packed, bytes('more')])]) {
      expect((await only(content, SPDX)).report).toMatchObject({
        ...UNREAD,
        type: SPDX,
        error: { code: 'DOCUMENT_INVALID' },
      });
    }
  });

  it.each(packings)('of %s that is a bomb is unread, and stops early', async (_, pack) => {
    const bomb = pack(Buffer.alloc(300 * 1024 * 1024, '['));
    const budget = verifier();
    const [only] = await budget.verify(exhibit([{ content: bomb }]), TIME);
    expect(only?.report).toMatchObject({ ...UNREAD, error: { code: 'LIMIT_EXCEEDED' } });
  });

  it.each(packings)(
    'of %s that grows beyond all proportion is unread, though the decision has room for it',
    async (_, pack) => {
      const content = bytes(`"${'a'.repeat(64 * 1024 * 1024)}"`);
      expect((await only(pack(content))).report).toMatchObject({ ...UNREAD, error: { code: 'LIMIT_EXCEEDED' } });
      const short = bytes(`"${'a'.repeat(UNPACK_RATIO_FREE_BYTES - 2)}"`);
      expect((await only(pack(short))).report.read).toBe(true);
    },
  );

  it('in packed content is not followed', async () => {
    const { report } = await only(gzipSync(gzipSync(bytes(SBOM))), SPDX);
    expect(report).toMatchObject(UNREAD);
    expect(report.message).toMatch(/packed/);
  });

  it('is bounded for all artifacts of one decision together', async () => {
    const budget = { ...newBudget(), unpackedBytes: 1500 };
    const content = gzipSync(bytes(`"${'a'.repeat(998)}"`));
    const other = gzipSync(bytes(`"${'b'.repeat(998)}"`));
    const reads = async (packed: Uint8Array) =>
      (await verifier().verify({ ...exhibit([{ content: packed }]), budget }, TIME))[0]?.report;
    expect(await reads(content)).toMatchObject({ read: true });
    expect(await reads(other)).toMatchObject({ ...UNREAD, error: { code: 'LIMIT_EXCEEDED' } });
  });
});

describe('whatever a layer holds', () => {
  const samples = [
    bytes(SBOM),
    bytes(TAG_VALUE),
    json(statement()),
    json(envelope(json(statement()))),
    json({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: envelope(json(statement())) }),
    bytes(`${JSON.stringify(statement())}\n${SBOM}\n`),
    gzipSync(bytes(SBOM)),
    zstdCompressSync(json(statement())),
  ];
  const types = [
    'application/json',
    SPDX,
    'application/vnd.in-toto+json',
    'application/vnd.dsse.envelope.v1+json',
    'text/spdx',
  ];

  it('is reported, with a report that fits its schema, and is never verified', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...samples),
        damage,
        fc.nat(),
        fc.constantFrom(...types),
        async (sample, changes, cut, type) => {
          const content = Buffer.from(sample);
          for (const [at, byte] of changes) content[at % content.byteLength] = byte;
          const kept = cut % 3 === 0 ? content.subarray(0, cut % content.byteLength) : content;
          const testimonies = await examine([{ content: kept, type }]);
          expect(testimonies.length).toBeGreaterThan(0);
          expect(testimonies.filter(({ report }) => !['present', 'failed'].includes(report.outcome))).toEqual([]);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('layers', () => {
  const EMPTY = { content: '{}', type: 'application/vnd.oci.empty.v1+json' };

  it('that are empty, all of them, are an artifact without content', async () => {
    for (const layers of [[EMPTY], [], [EMPTY, EMPTY]]) {
      const [first, ...rest] = await examine(layers, 'application/vnd.example');
      expect(first?.report).toMatchObject({
        outcome: 'present',
        read: true,
        document: '',
        type: 'application/vnd.example',
        subjects: [SUBJECT],
      });
      expect(rest).toEqual([]);
    }
  });

  it('that are empty are passed over beside others', async () => {
    const testimonies = await examine([EMPTY, { content: SBOM, type: SPDX }]);
    expect(testimonies.map(({ report }) => report.type)).toEqual([SPDX]);
  });

  it('that only call themselves empty are read', async () => {
    expect((await only(SBOM, EMPTY.type)).report).toMatchObject({ read: true, document: digestOf(bytes(SBOM)) });
  });

  it('of an index are none, and that is not content read', async () => {
    const index = { ...exhibit([]), descriptor: descriptor('application/vnd.oci.image.index.v1+json', SUBJECT, 1) };
    const [first] = await verifier().verify(index, TIME);
    expect(first?.report).toMatchObject({ outcome: 'present', read: false });
  });

  it('that cannot be had are errored, those whose bytes are wrong have failed, and no other is lost', async () => {
    const testimonies = await examine([
      { content: '{"a":1}', error: new VerdictError('REGISTRY_UNAVAILABLE', 'no answer') },
      { content: '{"a":2}', error: new VerdictError('DIGEST_MISMATCH', 'changed') },
      { content: '{"a":3}', error: new VerdictError('LIMIT_EXCEEDED', 'too large') },
      { content: '{"a":4}' },
    ]);
    expect(testimonies.map(({ report }) => [report.outcome, report.read, report.error?.code])).toEqual([
      ['errored', false, 'REGISTRY_UNAVAILABLE'],
      ['failed', false, 'DIGEST_MISMATCH'],
      ['errored', false, 'LIMIT_EXCEEDED'],
      ['present', true, undefined],
    ]);
  });

  it('throw nothing through, whatever fetching throws', async () => {
    const broken = { ...exhibit([{ content: SBOM }]), fetch: () => Promise.reject(new TypeError('no')) };
    const [first] = await verifier().verify(broken, TIME);
    expect(first?.report).toMatchObject({ outcome: 'errored', error: { code: 'INTERNAL' } });
  });

  it('listed twice are read once', async () => {
    const fetched: Descriptor[] = [];
    const testimonies = await verifier().verify(
      exhibit([{ content: SBOM }, { content: SBOM, type: SPDX }], '', fetched),
      TIME,
    );
    expect(testimonies).toHaveLength(1);
    expect(fetched).toHaveLength(1);
  });

  it('are read in their order, and in ten thousand only the first few are fetched', async () => {
    const fetched: Descriptor[] = [];
    const many = exhibit(
      Array.from({ length: 10_000 }, (_, n) => ({ content: `{"n":${n}}` })),
      '',
      fetched,
    );
    const testimonies = await verifier({ layers: 100 }).verify(many, TIME);
    expect(fetched).toHaveLength(100);
    expect(testimonies).toHaveLength(101);
    expect(testimonies.slice(0, 100).map(({ document }) => text(document))).toEqual(
      Array.from({ length: 100 }, (_, n) => `{"n":${n}}`),
    );
    expect(testimonies[100]?.report).toMatchObject({
      outcome: 'errored',
      layer: many.layers[100]?.digest,
      error: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('stop being fetched once no more may be reported', async () => {
    const fetched: Descriptor[] = [];
    const many = exhibit(
      Array.from({ length: 200 }, (_, n) => ({ content: `{"n":${n}}` })),
      '',
      fetched,
    );
    expect(await verifier({ reports: 5 }).verify(many, TIME)).toHaveLength(6);
    expect(fetched.length).toBeLessThan(20);
  });
});

describe('a schema configured for a type', () => {
  const schema = compileSchema({ type: 'object', required: ['spdxVersion'] }, 'spdx-2.3');
  const schemas = new Map([
    [SPDX, schema],
    ['https://spdx.dev/Document', schema],
    ['text/spdx', compileSchema({ type: 'array', minItems: 1 }, 'tags')],
  ]);
  const reportOf = async (content: Uint8Array | string, type = SPDX) =>
    (await verifier({}, schemas).verify(exhibit([{ content, type }]), TIME))[0];

  it('that the document fits is passed', async () => {
    const fits = await reportOf(SBOM);
    expect(fits?.report).toMatchObject({ outcome: 'present', read: true, checks: { schema: { outcome: 'passed' } } });
    const predicate = await reportOf(
      json(statement({ predicateType: 'https://spdx.dev/Document', predicate: { spdxVersion: '' } })),
    );
    expect(predicate?.report.checks.schema.outcome).toBe('passed');
    expect((await reportOf(TAG_VALUE))?.report.checks.schema.outcome).toBe('passed');
  });

  it('that the document does not fit is a failure, and the document is not handed over', async () => {
    const wrapped = json(statement({ predicateType: 'https://spdx.dev/Document', predicate: {} }));
    for (const content of ['{}', wrapped, json(envelope(wrapped)), gzipSync(bytes('{}'))]) {
      const testimony = await reportOf(content);
      expect(testimony?.report).toMatchObject({
        outcome: 'failed',
        read: false,
        document: '',
        subjects: [SUBJECT],
        checks: { schema: { outcome: 'failed' } },
        error: { code: 'SCHEMA_MISMATCH' },
      });
      expect(testimony?.report.message).toMatch(/spdx-2.3.*spdxVersion/);
      expect(testimony?.document).toBeUndefined();
    }
  });

  it('of another type is not asked', async () => {
    expect((await reportOf('{}', 'application/sarif+json'))?.report.checks.schema.outcome).toBe('skipped');
  });
});
