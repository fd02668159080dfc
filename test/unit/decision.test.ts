import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import {
  canonical,
  denial,
  MAX_DECISION_BYTES,
  MAX_FINDINGS,
  MAX_METADATA_BYTES,
  MAX_TEXT_BYTES,
  message,
  readDecision,
  sortFindings,
} from '../../src/decision.ts';

const schema = JSON.parse(readFileSync(new URL('../../schemas/decision.schema.json', import.meta.url), 'utf8'));
const isDecision = new Ajv().compile({ definitions: schema.definitions, $ref: '#/definitions/decision' });

const codes = (value: unknown): string[] => readDecision(value).violations.map(({ code }) => code);
const malformed = (value: unknown): string => {
  const decision = readDecision(value);
  expect(decision.allow).toBe(false);
  expect(decision.violations.map(({ code }) => code)).toEqual(['POLICY_MALFORMED']);
  return decision.violations[0]?.msg ?? '';
};

describe('readDecision', () => {
  it('takes a bare allow and gives every key', () => {
    expect(readDecision({ allow: true })).toEqual({
      allow: true,
      violations: [],
      warnings: [],
      exceptions: [],
      expires: '',
      truncated: 0,
      metadata: {},
    });
  });

  it('keeps every field of a finding and of an exception', () => {
    const finding = {
      code: 'licence.disallowed',
      msg: 'libx is under AGPL-3.0-only',
      severity: 'high',
      title: 't',
      description: 'd',
      solution: 's',
      term: 'libx',
      effective_on: '2027-01-01T00:00:00Z',
      collections: ['minimal'],
      subject: 'sha256:aa',
      evidence: ['sha256:bb'],
      metadata: {},
    };
    const exception = { ...finding, until: '2027-02-01T00:00:00Z', reason: 'r', reference: 'https://e.example/1' };
    const decision = readDecision({
      allow: false,
      violations: [finding],
      warnings: [finding],
      exceptions: [exception],
    });
    expect(decision).toMatchObject({ violations: [finding], warnings: [finding], exceptions: [exception] });
  });

  it('takes a text for a finding with that message', () => {
    expect(readDecision({ allow: false, violations: ['no'] }).violations).toMatchObject([{ msg: 'no', code: '' }]);
    expect(readDecision({ allow: true, exceptions: ['waived'] }).exceptions).toMatchObject([
      { msg: 'waived', until: '' },
    ]);
  });

  it('keeps unknown keys under metadata, beside what stands there', () => {
    const decision = readDecision({
      allow: true,
      score: 7,
      truncated: 'mine',
      metadata: { team: 'a' },
      warnings: [{ msg: 'w', _loc: { line: 3 }, metadata: { x: 1 } }],
    });
    expect(decision.metadata).toEqual({ team: 'a', score: 7, truncated: 'mine' });
    expect(decision.truncated).toBe(0);
    expect(decision.warnings[0]?.metadata).toEqual({ x: 1, _loc: { line: 3 } });
  });

  it('keeps a key called __proto__ as a key', () => {
    const { metadata } = readDecision(JSON.parse('{"allow": true, "__proto__": {"allow": false}}'));
    expect(Object.keys(metadata)).toEqual(['__proto__']);
    expect(canonical(metadata)).toBe('{"__proto__":{"allow":false}}');
  });

  it('denies an undefined answer', () => {
    expect(codes(undefined)).toEqual(['POLICY_UNDEFINED']);
    expect(readDecision(undefined).allow).toBe(false);
  });

  it.each([
    ['null', null],
    ['true alone', true],
    ['a text', 'allow'],
    ['a list', [{ allow: true }]],
    ['an object without allow', {}],
    ['allow as text', { allow: 'true' }],
    ['allow as number', { allow: 1 }],
    ['allow as null', { allow: null }],
    ['allow inherited', Object.create({ allow: 'true' })],
  ])('denies %s', (_name, value) => {
    malformed(value);
  });

  it.each([
    ['violations', { allow: false, violations: { a: 'no' } }],
    ['violations[0]', { allow: false, violations: [1] }],
    ['violations[1]', { allow: false, violations: ['a', null] }],
    ['violations[0].msg', { allow: false, violations: [{ msg: 1 }] }],
    ['violations[0].code', { allow: false, violations: [{ code: null }] }],
    ['violations[0].severity', { allow: false, violations: [{ severity: 'fatal' }] }],
    ['violations[0].severity', { allow: false, violations: [{ severity: 3 }] }],
    ['violations[0].term', { allow: false, violations: [{ term: ['a'] }] }],
    ['violations[0].collections', { allow: false, violations: [{ collections: 'minimal' }] }],
    ['violations[0].evidence[1]', { allow: false, violations: [{ evidence: ['sha256:aa', 1] }] }],
    ['violations[0].metadata', { allow: false, violations: [{ metadata: [] }] }],
    ['warnings[0].msg', { allow: true, warnings: [{ msg: {} }] }],
    ['exceptions[0].until', { allow: true, exceptions: [{ until: 'next year' }] }],
    ['exceptions[0].reason', { allow: true, exceptions: [{ reason: 1 }] }],
    ['expires', { allow: true, expires: 5 }],
    ['expires', { allow: true, expires: '2027-01-01' }],
    ['expires', { allow: true, expires: '2027-13-01T00:00:00Z' }],
    ['expires', { allow: true, expires: '2027-01-01T00:00:00' }],
    ['metadata', { allow: true, metadata: 'x' }],
  ])('denies an answer whose %s has the wrong type, and names it', (path, value) => {
    expect(malformed(value)).toContain(`${path} `);
  });

  it('takes an expires of RFC 3339 as it is written', () => {
    for (const expires of ['2027-01-01T00:00:00Z', '2027-01-01T00:00:00.123456789+05:30']) {
      expect(readDecision({ allow: true, expires })).toMatchObject({ allow: true, expires });
    }
  });

  it('denies an allow beside a violation, and keeps the violation', () => {
    const decision = readDecision({ allow: true, violations: [{ code: 'a.b', msg: 'no' }], expires: '' });
    expect(decision.allow).toBe(false);
    expect(decision.violations.map(({ code }) => code)).toEqual(['POLICY_MALFORMED', 'a.b']);
  });

  it('gives a denial without a reason one', () => {
    expect(codes({ allow: false })).toEqual(['POLICY_NO_REASON']);
    expect(codes({ allow: false, warnings: ['w'] })).toEqual(['POLICY_NO_REASON']);
    expect(codes({ allow: false, violations: ['w'] })).toEqual(['']);
  });

  it('sorts by code, subject, term and message, whatever the order of the answer', () => {
    const findings = ['a|1|x|m', 'a|1|x|n', 'a|1|y|a', 'a|2|a|a', 'b|0|a|a'].map((key) => {
      const [code, subject, term, msg] = key.split('|');
      return { code, subject, term, msg };
    });
    const shuffled = [3, 0, 4, 2, 1].map((index) => findings[index]);
    expect(readDecision({ allow: false, violations: shuffled }).violations).toMatchObject(findings);
  });

  it('gives findings that differ only in metadata one order', () => {
    const one = readDecision({
      allow: false,
      violations: [
        { msg: 'a', x: 1 },
        { msg: 'a', x: 2 },
      ],
    });
    const other = readDecision({
      allow: false,
      violations: [
        { msg: 'a', x: 2 },
        { msg: 'a', x: 1 },
      ],
    });
    expect(canonical(one)).toBe(canonical(other));
  });
});

describe('limits of a decision', () => {
  it('cuts a long message between code points', () => {
    for (const filler of ['a', 'é', '漢', '😀', 'x😀']) {
      const { msg } = readDecision({ allow: false, violations: [filler.repeat(2000)] }).violations[0] ?? { msg: '' };
      expect(Buffer.byteLength(msg)).toBeLessThanOrEqual(MAX_TEXT_BYTES);
      expect(Buffer.byteLength(msg)).toBeGreaterThan(MAX_TEXT_BYTES - 8);
      expect(msg.isWellFormed()).toBe(true);
      expect(msg.endsWith('…')).toBe(true);
    }
  });

  it('leaves a message of exactly the limit as it is', () => {
    const text = 'a'.repeat(MAX_TEXT_BYTES);
    expect(readDecision({ allow: false, violations: [text] }).violations[0]?.msg).toBe(text);
  });

  it('counts findings beyond the most that are kept', () => {
    const violations = Array.from({ length: MAX_FINDINGS + 5 }, (_, index) => `v${String(index).padStart(5, '0')}`);
    const decision = readDecision({ allow: false, violations, warnings: ['w'] });
    expect(decision.violations).toHaveLength(MAX_FINDINGS);
    expect(decision.violations[0]?.msg).toBe('v00000');
    expect(decision.warnings).toHaveLength(0);
    expect(decision.truncated).toBe(6);
  });

  it('keeps all findings together within the bytes of a decision', () => {
    const violations = Array.from({ length: 900 }, (_, index) => `${index} ${'x'.repeat(1000)}`);
    const decision = readDecision({ allow: false, violations });
    expect(decision.violations.length + decision.truncated).toBe(900);
    expect(decision.truncated).toBeGreaterThan(0);
    expect(Buffer.byteLength(JSON.stringify(decision.violations))).toBeLessThanOrEqual(MAX_DECISION_BYTES + 1000);
  });

  it('takes metadata and lists from a finding that is too large, never the finding', () => {
    const decision = readDecision({ allow: false, violations: [{ msg: 'no', dump: 'x'.repeat(300_000) }] });
    expect(decision.violations).toMatchObject([{ msg: 'no', metadata: { truncated: true } }]);
    expect(decision.truncated).toBe(0);
  });

  it('takes metadata from a decision that is too large', () => {
    const decision = readDecision({ allow: true, dump: 'x'.repeat(MAX_METADATA_BYTES) });
    expect(decision).toMatchObject({ allow: true, metadata: { truncated: true } });
  });

  it('denies where metadata that is part of the answer is too large, and says so first', () => {
    const limit = { bytes: 100_000, beyond: 'denied' } as const;
    const within = readDecision({ allow: true, dump: 'x'.repeat(99_000) }, limit);
    expect(within).toMatchObject({ allow: true, violations: [], metadata: { dump: 'x'.repeat(99_000) } });
    const beyond = readDecision({ allow: true, dump: 'x'.repeat(100_000) }, limit);
    expect(beyond).toMatchObject({
      allow: false,
      violations: [{ code: 'LIMIT_EXCEEDED' }],
      metadata: { truncated: true },
    });
    const denied = readDecision({ allow: false, violations: ['no'], dump: 'x'.repeat(100_000) }, limit);
    expect(denied.violations.map(({ msg }) => msg)).toContain('no');
  });

  it('has room for findings beside metadata that may be large', () => {
    const limit = { bytes: 8 * 1024 * 1024, beyond: 'denied' } as const;
    const decision = readDecision({ allow: false, violations: ['no'], dump: 'x'.repeat(1024 * 1024) }, limit);
    expect(decision).toMatchObject({ violations: [{ msg: 'no' }], truncated: 0 });
  });

  it("never leaves out the host's own objection", () => {
    const violations = Array.from({ length: 2000 }, (_, index) => ({ code: `A.${index}`, msg: 'x'.repeat(1000) }));
    const decision = readDecision({ allow: true, violations });
    expect(decision.allow).toBe(false);
    expect(decision.violations.some(({ code }) => code === 'POLICY_MALFORMED')).toBe(true);
    expect(decision.violations).toEqual(sortFindings(decision.violations));
  });
});

it('every decision fits its schema', () => {
  const answers = [
    undefined,
    null,
    { allow: true },
    { allow: true, violations: ['x'] },
    { allow: false, violations: [{ msg: 'a', extra: [1] }], exceptions: ['e'], more: {} },
  ];
  for (const value of answers) expect(isDecision(readDecision(value)), JSON.stringify(isDecision.errors)).toBe(true);
  expect(isDecision(denial('POLICY_TIMEOUT', 'too slow'))).toBe(true);
});

it('a denial says what a person can do', () => {
  const decision = denial('POLICY_TIMEOUT', 'too slow');
  expect(decision).toMatchObject({ allow: false, violations: [{ code: 'POLICY_TIMEOUT', msg: 'too slow' }] });
  expect(decision.violations[0]?.solution).not.toBe('');
});

it('the message joins the texts of the violations', () => {
  expect(message(readDecision({ allow: false, violations: ['b', 'a'] }))).toBe('a; b');
  expect(message(readDecision({ allow: true }))).toBe('');
});

it('canonical text has sorted keys at every level', () => {
  expect(canonical({ b: [{ d: 1, c: 'é' }], a: null, 10: true, 9: false })).toBe(
    '{"10":true,"9":false,"a":null,"b":[{"c":"é","d":1}]}',
  );
});
