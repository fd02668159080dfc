/** Verdict and cosign over the same signatures, and over the same signatures broken in the same way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bestOutcome } from '../support/examined.ts';
import { putLayout } from '../support/registry/from-layout.ts';
import { pushAll } from '../support/registry/push.ts';
import { startRegistry } from '../support/registry/registry.ts';
import type { SigstoreFixture } from '../support/sigstore-made.ts';
import { closeAll, failedChecks, MADE, manifest, reportsOf, trustOf, verdict } from '../support/sigstore-made.ts';
import { cosign, question, surroundings } from './ask-cosign.ts';
import { breakJson, flip, SignedImage, type Taken } from './broken.ts';
import { differences } from './differences.ts';
import { Peers } from './serve.ts';

/** Name and repository under which cosign meets the registry on loopback. */
const HOST = 'registry.example';
/** One run of cosign takes a tenth of a second, and a test runs it hundreds of times. */
const MATRIX_TIMEOUT = 300_000;

const peers = new Peers();
const directory = mkdtempSync(join(tmpdir(), 'cosign-peers-'));
let port = 0;
beforeAll(async () => {
  port = await peers.serve('referrers-registry', ['-port', '0']);
  await push(join(MADE, 'images'), 'acme/signed');
});
afterAll(async () => {
  peers.stop();
  await closeAll();
  rmSync(directory, { recursive: true });
});

async function push(layout: string, repository: string): Promise<void> {
  const source = await startRegistry({ repository });
  try {
    putLayout(source, layout);
    await pushAll(source.content(), { url: `http://127.0.0.1:${port}`, repository });
  } finally {
    await source.close();
  }
}

/** Where cosign finds what a fixture is about. */
function place(fixture: SigstoreFixture, repository = 'acme/signed'): string {
  if (fixture.blob !== undefined) return join(MADE, fixture.blob);
  const host = fixture.form === 'oci-1-1' ? 'registry.localhost' : HOST;
  return `${host}/${repository}@${fixture.subject}`;
}

describe('signatures that cosign made', () => {
  it.each(Object.keys(manifest.trusts))(
    'are judged by both as the manifest says with the trust %s',
    async (trust) => {
      const cases = manifest.fixtures.flatMap((fixture) =>
        fixture.cases.filter((each) => each.trust === trust).map((expected) => ({ fixture, expected })),
      );
      expect(cases.length).toBeGreaterThan(0);
      const said = [];
      for (const { fixture, expected } of cases) {
        const asked = [...question(fixture, trustOf(trust), MADE), place(fixture)];
        const { accepted } = await cosign(asked, port, surroundings(fixture, trustOf(trust), MADE));
        const reports = await reportsOf(fixture, trust);
        const missed = (expected.failed ?? []).filter((check) => !failedChecks(reports).includes(check));
        said.push({ name: fixture.name, accepts: accepted, outcome: bestOutcome(reports), missed });
      }
      expect(said).toEqual(
        cases.map(({ fixture: { name }, expected: { accepts, outcome } }) => ({ name, accepts, outcome, missed: [] })),
      );
    },
    MATRIX_TIMEOUT,
  );

  it('differ between the two only where docs/differences.md says so', () => {
    const all = manifest.fixtures.flatMap(({ name, cases }) => cases.map((each) => ({ name, ...each })));
    const isAlike = ({ accepts, outcome }: (typeof all)[number]): boolean => accepts === (outcome === 'verified');
    const unnamed = all.filter((each) => !isAlike(each) && !differences().has(each.difference ?? ''));
    expect(unnamed).toEqual([]);
    expect(all.filter((each) => isAlike(each) && each.difference !== undefined)).toEqual([]);
  });
});

/** Every way in which a fixture's first signature is broken. */
function mutations({ form }: SigstoreFixture, taken: Taken): { readonly what: string; readonly broken: Taken }[] {
  const { bytes, annotations } = taken;
  const content = (text: string, change: (text: string) => Taken): { what: string; broken: Taken }[] =>
    breakJson(JSON.parse(text)).map(({ what, value }) => ({ what, broken: change(JSON.stringify(value)) }));
  if (form === 'bundle') {
    return content(Buffer.from(bytes).toString(), (text) => ({ ...taken, bytes: Buffer.from(text) }));
  }
  const changed = Object.entries(annotations).flatMap(([name, value]) => {
    const put = (text: string): Taken => ({ ...taken, annotations: { ...annotations, [name]: text } });
    const { [name]: _left, ...rest } = annotations;
    const inside = value.startsWith('{')
      ? content(value, put)
      : [{ what: 'changed', broken: put(flip(Buffer.from(value)).toString()) }];
    return [...inside, { what: 'left out', broken: { ...taken, annotations: rest } }].map((each) => ({
      ...each,
      what: `${name} ${each.what}`,
    }));
  });
  return [...changed, { what: 'payload changed', broken: { ...taken, bytes: flip(bytes) } }];
}

/** A fixture of each form and witness, with a trust that cosign and Verdict both accept it with. */
const BROKEN: ReadonlyArray<readonly [name: string, trust: string]> = [
  ['keyless-bundle-rekor-v1', 'sigstore'],
  ['keyless-bundle-rekor-v1-tsa', 'sigstore'],
  ['keyless-bundle-rekor-v2', 'sigstore'],
  ['keyless-bundle-tsa', 'no-log'],
  ['p256-bundle-none', 'keys'],
  ['p256-bundle-rekor-v1', 'keys-logged'],
  ['keyless-legacy-rekor-v1', 'sigstore'],
  ['keyless-legacy-rekor-v1-tsa', 'sigstore'],
  ['p256-legacy-none', 'keys'],
  ['p256-legacy-rekor-v1', 'keys-logged'],
  ['attested-rsa-2048-legacy-none-slsaprovenance1', 'keys'],
];

/** Rows of docs/differences.md about broken signatures: what was broken, and whether cosign accepts it then. */
const KNOWN: ReadonlyArray<{ readonly difference: string; readonly what: RegExp; readonly accepts: boolean }> = [
  {
    difference: 'cosign-proof-copies',
    what: /tlogEntries\/0\/(?:logIndex|inclusionProof\/(?:rootHash|treeSize)) /,
    accepts: false,
  },
  { difference: 'cosign-checkpoint-lines', what: /inclusionProof\/checkpoint\/envelope changed$/, accepts: false },
  { difference: 'cosign-duplicate-entries', what: /tlogEntries doubled$/, accepts: false },
  { difference: 'cosign-time-of-log', what: /tlogEntries\/0\/inclusionPromise left out$/, accepts: false },
  {
    difference: 'cosign-envelope-annotation',
    what: /^dev\.cosignproject\.cosign\/signature left out$/,
    accepts: false,
  },
  {
    difference: 'cosign-entry-rebuilt',
    what: /tlogEntries\/0\/(?:kindVersion\/|inclusionProof\/logIndex |canonicalizedBody )/,
    accepts: true,
  },
  {
    difference: 'cosign-broken-witness',
    what: /(?:signedTimestamp|SignedRFC3161Timestamp|signedEntryTimestamp) (?:changed|emptied|left out)$/,
    accepts: true,
  },
];

const isKnown = (what: string, accepted: boolean): boolean =>
  KNOWN.some((row) => differences().has(row.difference) && row.accepts === accepted && row.what.test(what));

describe('signatures broken after they were made', () => {
  it.each(BROKEN)(
    '%s with the trust %s: what cosign refuses is not verified, what it accepts is',
    async (name, trust) => {
      const fixture = manifest.fixtures.find((each) => each.name === name);
      if (fixture?.layout === undefined) throw new Error(`no fixture ${name}`);
      const image = new SignedImage(join(MADE, fixture.layout), fixture);
      const asked = question(fixture, trustOf(trust), MADE);
      const layout = join(directory, name);
      const unlike: string[] = [];
      let refused = 0;
      for (const [index, { what, broken }] of mutations(fixture, image.taken).entries()) {
        image.write(layout, broken);
        const repository = `broken/${name}-${index}`;
        await push(layout, repository);
        const { accepted } = await cosign([...asked, place(fixture, repository)], port);
        const outcome = bestOutcome(await verdict(trust).reports(`oci:${layout}:broken`));
        if (!accepted) refused++;
        if (accepted !== (outcome === 'verified') && !isKnown(what, accepted))
          unlike.push(`${what}: cosign ${accepted}, Verdict ${outcome}`);
      }
      expect(refused).toBeGreaterThan(0);
      expect(unlike).toEqual([]);
    },
    MATRIX_TIMEOUT,
  );
});
