import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/generated/evidence.ts';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';
import type { ExternalData } from '../../support/gatekeeper/external-data.ts';
import { type Outcome, type Request, readTemplate, review } from '../../support/gatekeeper/template.ts';
import { CACHE } from '../rego/support.ts';
import { A, always, B, BAD_ANSWERS, creating, DIGEST, keyOf, PLACES, pod, saying, workload } from './objects.ts';

const TEMPLATE = readTemplate(new URL('../../../charts/verdict/samples/passthrough/template.yaml', import.meta.url));
const TYPE = 'https://sigstore.dev/cosign/sign/v1';
const ID = `key|sha256:${'1'.repeat(64)}`;
const PARAMETERS = { provider: 'verdict', types: [TYPE], signers: [{ trust: 'release', id: ID }] };

/** What the template reads of a report. */
type Read = Pick<Report, 'outcome' | 'type' | 'subjects'> & {
  readonly signers: readonly object[];
  readonly claimed?: object;
};

const signer = (id = ID, name = 'release', scope = 'cluster') => ({ id, kind: 'key', trust: { name, scope } });
const approval = (over: Partial<Read> = {}): Read => ({
  outcome: 'verified',
  type: TYPE,
  subjects: [DIGEST],
  signers: [signer()],
  ...over,
});
const reports = (...list: readonly unknown[]) => ({ allow: false, message: '', violations: [], reports: list });

let toolchain: Toolchain;
beforeAll(() => {
  toolchain = createToolchain({ cacheDirectory: CACHE });
});
afterAll(() => toolchain.close());

type Case = readonly [name: string, request: Partial<Request>, code: string];

function cases(rows: readonly Case[]): void {
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    const requests = rows.map(([, request]) => ({ review: creating(pod(A)), parameters: PARAMETERS, ...request }));
    outcomes = await review(toolchain, TEMPLATE, requests);
  });
  it.each(rows.map(([name, , code], index) => [name, code === '' ? [] : [code], index] as const))(
    '%s: %j',
    (_, codes, index) => {
      expect(outcomes[index]?.violations.map(({ details }) => details.code)).toEqual(codes);
    },
  );
}

describe('reports', () => {
  const of = (...list: readonly unknown[]) => ({ answer: always(reports(...list)) });
  const giving = (answer: ExternalData) => ({ answer: () => answer });
  const good = [keyOf(A), reports(approval())] as const;
  const other = `sha256:${'b'.repeat(64)}`;
  cases([
    ['with an approval by the named signer', of(approval()), ''],
    ['with one among others', of(approval({ outcome: 'failed', signers: [] }), approval()), ''],
    ['with a second signer', of(approval({ signers: [signer('key|x'), signer()] })), ''],
    ['that are none', of(), 'UNAPPROVED'],
    ...(['present', 'failed', 'errored'] as const).map(
      (outcome): Case => [`with an approval that is ${outcome}`, of(approval({ outcome })), 'UNAPPROVED'],
    ),
    [
      'with an approval that only claims the signer',
      of(approval({ signers: [], claimed: { signers: [signer()] } })),
      'UNAPPROVED',
    ],
    ['with an approval of another digest', of(approval({ subjects: [other] })), 'UNAPPROVED'],
    ['with an approval of nothing', of(approval({ subjects: [] })), 'UNAPPROVED'],
    ['with a document of another type', of(approval({ type: 'https://spdx.dev/Document' })), 'UNAPPROVED'],
    ['with an approval by another signer', of(approval({ signers: [signer('key|sha256:0')] })), 'UNAPPROVED'],
    ['with the signer’s name under another trust', of(approval({ signers: [signer(ID, 'other')] })), 'UNAPPROVED'],
    [
      'with the signer’s name under a namespace’s trust',
      of(approval({ signers: [signer(ID, 'release', 'namespace')] })),
      'UNAPPROVED',
    ],
    [
      'with two half approvals',
      of(approval({ signers: [signer('key|x')] }), approval({ outcome: 'present' })),
      'UNAPPROVED',
    ],
    ['of every wrong shape', of(null, true, 'x', [], {}, { outcome: 'verified' }), 'UNAPPROVED'],
    ['that are too many for one answer', { answer: always({ ...reports(), cut: true }) }, 'CUT'],
    ['that are no list', { answer: always({ allow: true, reports: approval() }) }, 'UNAPPROVED'],
    ['that are missing beside allow: true', { answer: always({ allow: true }) }, 'UNAPPROVED'],
    ...BAD_ANSWERS.map(
      ([name, answer, code]): Case => [
        `instead of which comes ${name}`,
        { answer: answer === undefined ? undefined : () => answer },
        code === 'any' ? 'UNAPPROVED' : code,
      ],
    ),
    ['beside a system error', giving(saying([good], { system_error: 'busy' })), 'NO_DECISION'],
    ['beside an error', giving(saying([good], { errors: [[keyOf(A), 'no']] })), 'FAILED'],
    ['of a foreign key', giving(saying([[keyOf(B), reports(approval())]])), 'NO_VERDICT'],
    ['that differ for one key', giving(saying([good, [keyOf(A), reports()]])), 'UNAPPROVED'],
    ['for one of two keys', { review: creating(pod(A, B)), ...giving(saying([good])) }, 'NO_VERDICT'],
  ]);
});

describe('the constraint', () => {
  const answer = always(reports(approval()));
  const under = (parameters: object) => ({ answer, parameters: { ...PARAMETERS, ...parameters } });
  cases([
    ['without signers', under({ signers: [] }), 'UNAPPROVED'],
    ['with an empty signer', under({ signers: [{}] }), 'UNAPPROVED'],
    ['without types', under({ types: [] }), 'UNAPPROVED'],
    ['without parameters', { answer, parameters: {} }, 'NO_DECISION'],
    ['with nothing but a provider', { answer, parameters: { provider: 'verdict' } }, 'UNAPPROVED'],
    [
      'with allowTags, which is not known here',
      { ...under({ allowTags: true }), review: creating(pod('nginx')) },
      'UNPINNED',
    ],
    ['about a Pod without containers', { answer, review: creating(workload('Pod', { containers: [] })) }, 'NO_IMAGES'],
  ]);
});

describe('every place', () => {
  cases(
    PLACES.flatMap(([place, object]): readonly Case[] => {
      const answer = (keys: readonly string[]): ExternalData =>
        saying(keys.map((key) => [key, key === keyOf(A) ? reports() : reports(approval())] as const));
      return [
        [`unapproved: ${place}`, { review: creating(object(A)), answer }, 'UNAPPROVED'],
        [`approved: ${place}`, { review: creating(object(B)), answer }, ''],
      ];
    }),
  );
});
