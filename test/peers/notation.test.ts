/** Verdict and notation-go over the same signatures, and over the same signatures broken in the same way. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newBudget } from '../../src/budget.ts';
import { digestOf } from '../../src/descriptor.ts';
import type { Report } from '../../src/generated/evidence.ts';
import type { Exhibit } from '../../src/verifier.ts';
import { bestOutcome, Examined } from '../support/examined.ts';
import {
  type NotationAnswer,
  type NotationFixture,
  type NotationManifest,
  type NotationQuestion,
  type NotationSubject,
  notation,
} from './ask-notation.ts';
import { differences } from './differences.ts';

const MADE = resolve(import.meta.dirname, '../fixtures/notation/made');
const manifest = JSON.parse(readFileSync(join(MADE, 'manifest.json'), 'utf8')) as NotationManifest;
const directory = mkdtempSync(join(tmpdir(), 'notation-peers-'));
const examined = new Map<string, Examined>();
afterAll(async () => {
  for (const each of examined.values()) await each.close();
  rmSync(directory, { recursive: true });
});

/** Verdict with the trust stores of notation's folder and one of the trust policies. */
function verdict(policy: string): Examined {
  const known = examined.get(policy);
  if (known !== undefined) return known;
  const store = (kind: string, name: string): string[] => [join(MADE, manifest.config, 'truststore/x509', kind, name)];
  const made = new Examined({
    trust: {
      acme: {
        type: 'certificates',
        ca: store('ca', 'acme'),
        signingAuthority: store('signingAuthority', 'acme'),
        tsa: store('tsa', 'acme'),
      },
      'self-signed': { type: 'certificates', ca: store('ca', 'self-signed') },
      other: { type: 'certificates', ca: store('ca', 'other') },
    },
    verifiers: [{ name: 'notation', type: 'notation', trustPolicy: policyPath(policy) }],
  });
  examined.set(policy, made);
  return made;
}

const policyPath = (policy: string): string => join(MADE, 'policies', `${policy}.json`);

/** A signature over a subject, whole or broken. */
interface Given {
  readonly id: string;
  readonly envelope: Uint8Array;
  readonly mediaType: string;
  readonly subject: NotationSubject;
}

function exhibit({ envelope, mediaType, subject }: Given): Exhibit {
  const nothing = { artifactType: '', annotations: {}, platform: undefined, data: '' };
  const layer = { ...nothing, mediaType, digest: digestOf(envelope), size: envelope.byteLength };
  return {
    descriptor: { ...layer, artifactType: 'application/vnd.cncf.notary.signature' },
    layers: [layer],
    subject: { ...nothing, ...subject },
    budget: newBudget(),
    signal: new AbortController().signal,
    repository: manifest.repository,
    about: new Map([[subject.digest, subject.digest]]),
    fetch: async () => envelope,
    fetchSubject: async () => new Uint8Array(),
  };
}

const reportsOf = async (given: Given, policy: string): Promise<readonly Report[]> =>
  await verdict(policy).testimonies('notation', exhibit(given));

const asked = (given: Given, policy: string, path: string): NotationQuestion => ({
  id: given.id,
  envelope: path,
  mediaType: given.mediaType,
  policy: policyPath(policy),
  config: join(MADE, manifest.config),
  subject: given.subject,
  repository: manifest.repository,
});

const given = ({ name, envelope, mediaType, subject }: NotationFixture): Given => ({
  id: name,
  envelope: new Uint8Array(readFileSync(join(MADE, envelope))),
  mediaType,
  subject,
});

const images = manifest.fixtures.filter(({ blob }) => blob === undefined);

describe('signatures that notation-go made', () => {
  it.each(Object.keys(manifest.policies))(
    'are judged by both as the manifest says under the policy %s',
    async (policy) => {
      const cases = images.flatMap((fixture) =>
        fixture.cases.filter((each) => each.policy === policy).map((expected) => ({ fixture, expected })),
      );
      expect(cases.length).toBeGreaterThan(0);
      const answers = await notation(
        cases.map(({ fixture }) => asked(given(fixture), policy, join(MADE, fixture.envelope))),
      );
      const said = [];
      for (const [index, { fixture }] of cases.entries()) {
        const outcome = bestOutcome(await reportsOf(given(fixture), policy));
        said.push({ name: fixture.name, accepts: answers[index]?.accepted, outcome });
      }
      expect(said).toEqual(
        cases.map(({ fixture, expected: { accepts, outcome } }) => ({ name: fixture.name, accepts, outcome })),
      );
    },
  );

  it.each(['strict', 'permissive'])(
    'are judged alike where discovery finds them, under the policy %s',
    async (policy) => {
      const expected: Record<string, string> = {};
      const said: Record<string, string> = {};
      for (const { name, blob, layout = '', subject, envelope, cases } of manifest.fixtures) {
        const [found] = cases.filter((each) => each.policy === policy);
        if (found === undefined) continue;
        const reports =
          blob === undefined
            ? await verdict(policy).reports(`oci:${join(MADE, layout)}@${subject.digest}`)
            : await verdict(policy).reports(`file:${join(MADE, blob)}`, [join(MADE, envelope)]);
        expected[name] = found.outcome;
        said[name] = bestOutcome(reports);
      }
      expect(said).toEqual(expected);
    },
  );

  it('differ between the two only where docs/differences.md says so', () => {
    const all = manifest.fixtures.flatMap(({ name, cases }) => cases.map((each) => ({ name, ...each })));
    const unlike = all.filter(({ accepts, outcome }) => accepts !== (outcome === 'verified'));
    expect(unlike.map(({ difference = '' }) => difference).filter((name) => !differences().has(name))).toEqual([]);
    const alike = all.filter(({ accepts, outcome }) => accepts === (outcome === 'verified'));
    expect(alike.filter(({ difference }) => difference !== undefined)).toEqual([]);
  });
});

/** `notation-timestamp-signer`: nothing but the timestamp is refused. */
const isAboutTheToken = (reports: readonly Report[]): boolean =>
  differences().has('notation-timestamp-signer') &&
  reports.every(({ outcome, checks }) => {
    const failed = Object.entries(checks).filter(([, check]) => check.outcome === 'failed');
    return outcome === 'failed' && failed.length === 1 && failed[0]?.[0] === 'timestamp';
  });

/** How many places of an envelope are flipped, evenly spread. */
const FLIPS = 96;

function mutations(fixture: NotationFixture, other: NotationFixture): Given[] {
  const whole = given(fixture);
  const bytes = whole.envelope;
  const made: Given[] = [];
  const add = (what: string, change: Partial<Given>): void =>
    void made.push({ ...whole, ...change, id: `${whole.id} ${what}` });
  for (let flip = 0; flip < FLIPS; flip++) {
    const place = Math.floor(((flip + 0.5) * bytes.byteLength) / FLIPS);
    const flipped = bytes.slice();
    flipped[place] = (flipped[place] ?? 0) ^ 1;
    add(`with byte ${place} flipped`, { envelope: flipped });
  }
  add('without its last byte', { envelope: bytes.slice(0, -1) });
  add('without its first byte', { envelope: bytes.slice(1) });
  add('with nothing in it', { envelope: new Uint8Array() });
  add('with a byte more', { envelope: Buffer.concat([bytes, new Uint8Array([0])]) });
  add('twice', { envelope: Buffer.concat([bytes, bytes]) });
  add('of another artifact', { envelope: given(other).envelope });
  add('as the other kind of envelope', {
    mediaType: whole.mediaType === 'application/cose' ? 'application/jose+json' : 'application/cose',
  });
  add('for another digest', { subject: { ...whole.subject, digest: `sha256:${'0'.repeat(64)}` } });
  add('for another size', { subject: { ...whole.subject, size: whole.subject.size + 1 } });
  add('for another media type', {
    subject: { ...whole.subject, mediaType: 'application/vnd.oci.image.index.v1+json' },
  });
  return made;
}

describe('signatures broken after they were made', () => {
  const chosen = images.filter(({ form }) =>
    ['plain', 'expiry', 'metadata', 'timestamp', 'signing-authority'].includes(form),
  );

  it.each(chosen.map(({ name }) => name))(
    '%s: what notation-go refuses is not verified, what it accepts is',
    async (name) => {
      const fixture = chosen.find((each) => each.name === name);
      const other = chosen.find((each) => each.name !== name && each.mediaType === fixture?.mediaType);
      if (fixture === undefined || other === undefined) throw new Error(`no fixture ${name}`);
      const policy = fixture.form === 'timestamp' ? 'timestamped' : 'strict';
      const broken = mutations(fixture, other);
      const questions = broken.map((each, index) => {
        const path = join(directory, `${name}-${index}`);
        writeFileSync(path, each.envelope);
        return asked(each, policy, path);
      });
      const answers: readonly NotationAnswer[] = await notation(questions);
      const unlike: string[] = [];
      for (const [index, each] of broken.entries()) {
        const accepted = answers[index]?.accepted;
        const reports = await reportsOf(each, policy);
        const outcome = bestOutcome(reports);
        if (accepted === true && isAboutTheToken(reports)) continue;
        if (accepted !== (outcome === 'verified'))
          unlike.push(`${each.id}: notation-go ${accepted}, Verdict ${outcome}`);
      }
      expect(unlike).toEqual([]);
      expect(answers.some(({ accepted }) => !accepted)).toBe(true);
    },
  );
});
