import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf, RatifyBench, type RatifyPolicy } from '../../support/ratify/policy.ts';
import { exhibitOf, type Node, type NodeReport } from '../../support/ratify/tree.ts';

const FOLDER = new URL('../../fixtures/ratify/policies/', import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(`${name}.rego`, FOLDER), 'utf8');

const NOTATION = 'application/vnd.cncf.notary.signature';
const SPDX = 'application/spdx+json';
const SARIF = 'application/sarif+json';

const by = (name: string, isSuccess: boolean, extensions: unknown = null): NodeReport => ({
  by: name,
  isSuccess,
  extensions,
});
const signature = (isSuccess: boolean): Node => ({ artifactType: NOTATION, reports: [by('notation', isSuccess)] });
const sbom = (isSuccess: boolean, nested: readonly Node[] = []): Node => ({
  artifactType: SPDX,
  reports: [by('sbom', isSuccess, { creationInfo: {} })],
  nested,
});
const scan = (isSuccess: boolean, createdAt: string): Node => ({
  artifactType: SARIF,
  reports: [by('vulnerabilityreport', isSuccess, { createdAt })],
});
const unjudged = (nested: readonly Node[] = []): Node => ({ artifactType: 'application/unknown', nested });

/** What Ratify would be given. */
const TREES = {
  nothing: [],
  signed: [signature(true)],
  'badly signed': [signature(false)],
  'signed well and badly': [signature(true), signature(false)],
  'an SBOM nobody judges': [signature(true), unjudged()],
  'an SBOM': [sbom(true)],
  'a bad SBOM': [sbom(false)],
  'a signed SBOM': [sbom(true, [signature(true)])],
  'a badly signed SBOM': [sbom(true, [signature(false)])],
  'an SBOM signed well and badly': [sbom(true, [signature(true), signature(false)])],
  'something nobody judges on an SBOM': [sbom(true, [unjudged()])],
  'a new good scan': [scan(false, '2026-11-01T00:00:00Z'), scan(true, '2026-11-20T00:00:00Z')],
  'a new bad scan': [scan(true, '2026-11-01T00:00:00Z'), scan(false, '2026-11-20T00:00:00Z')],
  'a scan without a time': [{ artifactType: SARIF, reports: [by('vulnerabilityreport', true)] }],
  'two verifiers, one content': [{ artifactType: NOTATION, reports: [by('first', false), by('second', true)] }],
} satisfies Readonly<Record<string, readonly Node[]>>;

type TreeName = keyof typeof TREES;

/** Which trees each policy lets pass; all others it denies. */
const TABLE: ReadonlyArray<readonly [policy: string, regoVersion: 0 | 1, passes: readonly TreeName[]]> = [
  ['r1-all', 0, ['signed', 'an SBOM', 'a signed SBOM', 'a scan without a time']],
  [
    'r2-no-failure',
    0,
    [
      'nothing',
      'signed',
      'an SBOM nobody judges',
      'an SBOM',
      'a signed SBOM',
      'something nobody judges on an SBOM',
      'a scan without a time',
    ],
  ],
  [
    'r3-sbom',
    0,
    [
      'an SBOM',
      'a signed SBOM',
      'a badly signed SBOM',
      'an SBOM signed well and badly',
      'something nobody judges on an SBOM',
    ],
  ],
  ['r3-sbom-signed', 0, []],
  ['r4-vulnerabilities', 0, ['a new good scan']],
  [
    'r6-any',
    1,
    [
      'signed',
      'signed well and badly',
      'an SBOM',
      'a signed SBOM',
      'an SBOM signed well and badly',
      'a new good scan',
      'a new bad scan',
      'a scan without a time',
      'two verifiers, one content',
    ],
  ],
  ['r7-one-signature', 0, ['signed', 'signed well and badly', 'two verifiers, one content']],
  ['r8-get', 0, []],
];

const bench = new RatifyBench();
const policies = new Map<string, RatifyPolicy>();

beforeAll(async () => {
  for (const [name] of TABLE) policies.set(name, await bench.policy(textOf(name)));
});
afterAll(() => bench.close());

/** The policy alone in OPA's own evaluator, as Ratify asks it. */
async function asRatifyAsks(name: string, regoVersion: 0 | 1, tree: unknown): Promise<boolean> {
  const answer = await bench.toolchain.evaluate({
    query: 'data.ratify.policy.valid',
    files: [{ path: 'policy.rego', text: textOf(name) }],
    regoVersion,
    input: JSON.stringify(tree),
    time: '2026-11-21T10:00:00.000Z',
  });
  if (!answer.ok) throw new Error(JSON.stringify(answer.faults));
  return answer.values[0]?.json === 'true';
}

const names = Object.keys(TREES) as readonly TreeName[];

describe.each(TABLE)('%s', (name, regoVersion, passes) => {
  it.each(names)('decides over %s as under Ratify', async (treeName) => {
    const { tree, evidence, config } = exhibitOf(TREES[treeName]);
    const expected = passes.includes(treeName);
    expect(await asRatifyAsks(name, regoVersion, tree)).toBe(expected);
    const decision = await (policies.get(name) as RatifyPolicy).decide(evidence, config);
    expect(answerOf(decision)).toEqual({ version: '1.1.0', isSuccess: expected, ...tree });
    expect(decision.allow).toBe(expected);
    expect(decision.violations.length > 0).toBe(!expected);
  });
});

it('warns of an image with nothing attached that passes', async () => {
  const { evidence, config } = exhibitOf(TREES.nothing);
  const decision = await (policies.get('r2-no-failure') as RatifyPolicy).decide(evidence, config);
  expect(decision.allow).toBe(true);
  expect(decision.warnings).toMatchObject([{ code: 'ratify.unverified' }]);
});

it.each([
  ['what no verifier takes', 'r1-all', 'an SBOM nobody judges', ['ratify.unjudged']],
  ['what no verifier takes, deeper', 'r1-all', 'something nobody judges on an SBOM', ['ratify.unjudged']],
  ['a failed report', 'r1-all', 'badly signed', ['ratify.report']],
  ['a failed report, deeper', 'r1-all', 'a badly signed SBOM', ['ratify.report']],
  ['that nothing is attached', 'r1-all', 'nothing', ['ratify.policy']],
  ['nothing but the policy', 'r3-sbom', 'signed', ['ratify.policy']],
] as const)('explains %s', async (_, name, treeName, codes) => {
  const { evidence, config } = exhibitOf(TREES[treeName]);
  const decision = await (policies.get(name) as RatifyPolicy).decide(evidence, config);
  expect(decision.violations.map(({ code }) => code)).toEqual(codes);
});

it.each(['package something.else\n\nx = 1', 'package ratify.policy\n\nx = 1'])(
  'explains a policy without `valid`: %j',
  async (text) => {
    const policy = await bench.policy(text);
    const { evidence, config } = exhibitOf(TREES.signed);
    const decision = await policy.decide(evidence, config);
    expect(decision).toMatchObject({ allow: false, violations: [{ code: 'ratify.undefined' }] });
    expect(answerOf(decision).isSuccess).toBe(false);
  },
);

it.each(['1', '"true"', '{"allow": true}', '{true}', 'null'])('takes %s for no answer', async (value) => {
  const policy = await bench.policy(`package ratify.policy\n\nvalid = ${value} { true }`);
  const { evidence, config } = exhibitOf(TREES.signed);
  expect(await policy.decide(evidence, config)).toMatchObject({
    allow: false,
    violations: [{ code: 'ratify.not_boolean' }],
  });
});

it('denies a policy that contradicts itself', async () => {
  const policy = await bench.policy(
    'package ratify.policy\n\nvalid = true { true }\n\nvalid = false { input.verifierReports }',
  );
  const { evidence, config } = exhibitOf(TREES.signed);
  expect(await policy.decide(evidence, config)).toMatchObject({
    allow: false,
    violations: [{ code: 'POLICY_ABORTED' }],
  });
});

it('denies what would decide in the place of the adapter', async () => {
  const policy = await bench.policy('package conventions.ratify\n\ndecision = {"allow": true}');
  const { evidence, config } = exhibitOf(TREES.signed);
  expect(await policy.decide(evidence, config)).toMatchObject({
    allow: false,
    violations: [{ code: 'POLICY_ABORTED' }],
  });
});

it('gives the same bytes for the same evidence', async () => {
  const policy = policies.get('r1-all') as RatifyPolicy;
  const many = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0 ? signature(true) : sbom(true, [signature(true)]),
  );
  const { tree, evidence, config } = exhibitOf(many);
  const first = JSON.stringify(await policy.decide(evidence, config));
  expect(JSON.stringify(await policy.decide(evidence, config))).toBe(first);
  expect(answerOf(JSON.parse(first)).verifierReports).toEqual(tree.verifierReports);
});
