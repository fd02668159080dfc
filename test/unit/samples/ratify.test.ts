import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';
import type { Outcome } from '../../../src/server/question.ts';
import type { RatifyForm } from '../../../src/server/ratify/value.ts';
import { Gatekeeper } from '../../support/gatekeeper/client.ts';
import { makeTestCa } from '../../support/gatekeeper/pki.ts';
import { type RatifyRequest, readRatifyTemplate, violations } from '../../support/gatekeeper/ratify-template.ts';
import { allowed, denied, fault } from '../../support/server/fake-decider.ts';
import { openApp } from '../../support/server/open-app.ts';
import { flat, flatSbom, flatScan, ratify, tree } from '../../support/server/ratify-reports.ts';
import { CACHE } from '../rego/support.ts';

const OURS = new URL('../../fixtures/ratify/templates/', import.meta.url).pathname;
const LIBRARY = process.env.RATIFY_LIBRARY;
/** Ours, and where the same stands in Ratify's library. */
const TEMPLATES = [
  ['G1', 'default.yaml', 'default/template.yaml'],
  ['G2', 'multi-tenancy.yaml', 'multi-tenancy-validation/template.yaml'],
  ['G3', 'notation.yaml', 'notation-validation/template.yml'],
  ['G4', 'notation-issuer.yaml', 'notation-issuer-validation/template.yaml'],
  ['G5', 'notation-nested.yaml', 'notation-nested-validation/template.yaml'],
  ['G6', 'sbom.yaml', 'sbom-validation/template.yaml'],
  ['G7', 'vulnerability-report.yaml', 'vulnerability-report-validation/template.yaml'],
] as const;
type Template = (typeof TEMPLATES)[number][0];
const ALL = TEMPLATES.map(([name]) => name);

const PARAMETERS = { issuer: 'CN=ca,O=acme,C=US' };
const NAMESPACE = 'team';
const ca = makeTestCa();

interface Case {
  readonly name: string;
  readonly says: Readonly<Record<string, Outcome>>;
  /** Repositories of the images of the Pod: of its containers in turn, the init container first. */
  readonly images: readonly string[];
  /** Of the policy at work. */
  readonly form: RatifyForm;
  readonly passthrough?: boolean;
  readonly admittedBy: readonly Template[];
}

const everything = [flat(), flatSbom(), flatScan()];
const failing = (over: object = {}): object => flat({ isSuccess: false, message: 'it was tampered with', ...over });
const good = allowed(ratify('0.2.0', true, everything));
/** What Ratify says where nothing is attached. */
const unsigned = denied(
  'no verifier report',
  ratify('0.2.0', false, [{ subject: 'r.example/app:1', isSuccess: false, errorReason: 'NO_VERIFIER_REPORT' }]),
);
const gone = fault('NOT_FOUND', 'no such image');
const away = fault('REGISTRY_UNAVAILABLE', 'the registry is down');
const reports = (isSuccess: boolean, ...list: readonly object[]): Outcome => allowed(ratify('0.2.0', isSuccess, list));
const config = (
  name: string,
  says: Readonly<Record<string, Outcome>>,
  admittedBy: readonly Template[],
  images = Object.keys(says),
): Case => ({ name, says, images, form: '0.2.0', admittedBy });
const others = (...not: readonly Template[]): readonly Template[] => ALL.filter((one) => !not.includes(one));

const CASES: readonly Case[] = [
  config('a signed image', { good }, ALL),
  config('an unsigned image', { unsigned }, []),
  config('an image that is not there', { gone }, []),
  config('a registry that is down', { away }, []),
  config('two good images', { good, fine: good }, ALL),
  config('a good image and an unsigned one', { good, unsigned }, []),
  config('a good image and one that is not there', { good, gone }, []),
  config('a good image and one whose registry is down', { good, away }, []),
  config('a key that is no image', {}, [], ['Not/An/Image']),
  config('a denial with good reports', { app: denied('a licence', ratify('0.2.0', true, everything)) }, [
    'G3',
    'G5',
    'G6',
    'G7',
  ]),
  config(
    'a signature by another issuer',
    { app: reports(true, flat({ extensions: { Issuer: 'CN=other' } }), flatSbom(), flatScan()) },
    others('G4'),
  ),
  config('a bad signature beside a good one', { app: reports(true, failing(), ...everything) }, others('G4')),
  config(
    'an SBOM that nobody signed, where nested signatures are asked for',
    { app: reports(true, flat(), flatSbom({ nestedResults: [failing()] }), flatScan()) },
    others('G5'),
  ),
  config(
    'an SBOM that is signed',
    { app: reports(true, flat(), flatSbom({ nestedResults: [flat()] }), flatScan()) },
    ALL,
  ),
  config('a bad SBOM', { app: reports(true, flat(), flatSbom({ isSuccess: false }), flatScan()) }, others('G6')),
  config('no SBOM', { app: reports(true, flat(), flatScan()) }, others('G6')),
  config(
    'a bad scan, older than a good one',
    {
      app: reports(
        true,
        ...everything,
        flatScan({ isSuccess: false, extensions: { createdAt: '2026-10-01T00:00:00Z' } }),
      ),
    },
    ALL,
  ),
  config(
    'a bad scan, newer than a good one',
    {
      app: reports(
        true,
        ...everything,
        flatScan({ isSuccess: false, extensions: { createdAt: '2026-11-02T00:00:00Z' } }),
      ),
    },
    others('G7'),
  ),
  ...(['1.1.0', 'none'] as const).flatMap((made): readonly Case[] => {
    const [what, some] =
      made === 'none'
        ? ['a policy that knows nothing of Ratify', {}]
        : ['a Rego policy', ratify('1.1.0', true, [tree()])];
    const rego = (name: string, outcome: Outcome, admittedBy: readonly Template[]): Case => ({
      name: `${what}: ${name}`,
      says: { app: outcome },
      images: ['app'],
      form: '1.1.0',
      admittedBy,
    });
    return [
      rego('a good image', allowed(some), ['G1', 'G2']),
      rego('a bad one', denied('nobody signed it'), []),
      // The hole of G3, as with Ratify: it looks at no errors.
      rego('one that is not there', gone, ['G3']),
      rego('a registry that is down', away, []),
    ];
  }),
  {
    name: 'reports passed through: a signed image',
    says: { good },
    images: ['good'],
    form: '0.2.0',
    passthrough: true,
    admittedBy: ['G3', 'G5', 'G6', 'G7'],
  },
  {
    name: 'reports passed through: an unsigned image',
    says: { unsigned },
    images: ['unsigned'],
    form: '0.2.0',
    passthrough: true,
    admittedBy: [],
  },
];

const imageOf = (repository: string): string => `r.example/${repository}:1`;

/** What the service answers to Gatekeeper, over TLS. */
async function answerOf({ says, form, passthrough = false }: Case, keys: readonly string[]) {
  const { app } = openApp(says, { form, passthrough, https: { ...ca.server(), minVersion: 'TLSv1.3' } });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const gatekeeper = new Gatekeeper({ url: `${url}/ratify/gatekeeper/v1/verify`, ca: ca.ca, ttlMs: 180_000 });
  try {
    const fresh = await gatekeeper.externalData(keys);
    const kept = await gatekeeper.externalData(keys);
    return [fresh, kept] as const;
  } finally {
    gatekeeper.close();
    await app.close();
  }
}

async function requestsOf(one: Case, template: Template): Promise<readonly RatifyRequest[]> {
  const images = one.images.map(imageOf);
  const keys = images.map((image) => (template === 'G2' ? `[${NAMESPACE}]${image}` : image));
  const [initial, ...rest] = images.map((image) => ({ name: 'c', image }));
  const spec = rest.length === 0 ? { containers: [initial] } : { initContainers: [initial], containers: rest };
  const object = { kind: 'Pod', metadata: { name: 'n', namespace: NAMESPACE }, spec };
  const review = { operation: 'CREATE', namespace: NAMESPACE, object };
  const answers = await answerOf(one, keys);
  return answers.map((external_data) => ({ review, parameters: PARAMETERS, keys, external_data }));
}

let toolchain: Toolchain;
beforeAll(() => {
  toolchain = createToolchain({ cacheDirectory: CACHE });
});
afterAll(() => toolchain.close());

describe.each(TEMPLATES)('%s (%s) in front of the service', (name, ours, theirs) => {
  let found: ReadonlyArray<readonly string[]> = [];
  beforeAll(async () => {
    const template = readRatifyTemplate(LIBRARY === undefined ? join(OURS, ours) : join(LIBRARY, theirs));
    const requests = await Promise.all(CASES.map((one) => requestsOf(one, name)));
    found = await violations(toolchain, template, requests.flat());
  });

  it.each(CASES.map((one, at) => [one.admittedBy.includes(name) ? 'admits' : 'denies', one.name, at] as const))(
    '%s %s, and the same from what Gatekeeper keeps',
    (verdict, _, at) => {
      const [fresh, kept] = [found[2 * at], found[2 * at + 1]];
      expect(fresh?.length === 0 ? 'admits' : 'denies', fresh?.join('\n')).toBe(verdict);
      expect(kept?.length === 0).toBe(fresh?.length === 0);
    },
  );
});

describe('what a denied user reads', () => {
  it('is ours where the template hands on what failed', async () => {
    const template = readRatifyTemplate(join(OURS, 'default.yaml'));
    const says = { good, away, gone };
    const one: Case = { name: '', says, images: ['good', 'away', 'gone'], form: '1.1.0', admittedBy: [] };
    const [[said = '', ...more] = []] = await violations(toolchain, template, await requestsOf(one, 'G1'));
    expect(more).toEqual([]);
    expect(said).toContain('operation failed with error r.example/away:1: REPOSITORY_OPERATION_FAILURE: ');
    expect(said).toContain('r.example/gone:1: GET_SUBJECT_DESCRIPTOR_FAILURE: NOT_FOUND: no such image');
  });
});
