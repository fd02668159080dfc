/**
 * What verifying a signature costs: `node bench/signatures.ts`. Prints figures, checks nothing. Beside the whole: the
 * one check of a signature that nothing can do without, and fifty signatures one after another beside fifty at once.
 */
import { createPublicKey, verify } from 'node:crypto';
import { createRevocationChecker } from '../src/verifiers/notation/revocation/checker.ts';
import { createNotationVerifier } from '../src/verifiers/notation/verifier.ts';
import { createExaminer } from '../src/verifiers/sigstore/examiner.ts';
import type { Examiner, Signed } from '../src/verifiers/sigstore/finding.ts';
import { createThreadedExaminer } from '../src/verifiers/sigstore/threads.ts';
import { cose, jws } from '../test/support/notation/envelopes.ts';
import { COSE, exhibit, JWS, target, trust } from '../test/support/notation/exhibits.ts';
import { intermediate, leaf, root } from '../test/support/notation/pki.ts';
import { bundle, bytesOf } from '../test/support/sigstore/bundle.ts';
import { newKey, signBytes } from '../test/support/sigstore/keys.ts';
import { keysTrust, newSigstore, sigstoreTrust, TIME, uri, WORKFLOW } from '../test/support/sigstore/sigstore.ts';

const RUNS = 200;
const MANY = 50;
const LATER = new Date(TIME.getTime() + 60 * 60 * 1000);
/** When the certificates of the Notation signatures are valid. */
const NOW = new Date('2026-11-21T10:00:00Z');

/** Milliseconds for one, in the best of five rounds. */
async function each(work: (run: number) => unknown, runs = RUNS): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    for (let run = 0; run < runs; run++) await work(run);
    least = Math.min(least, (performance.now() - started) / runs);
  }
  return least;
}

const line = (what: string, figure: string): void => console.log(`${what.padEnd(58)} ${figure}`);
const ms = (value: number): string => `${value.toFixed(2)} ms`;

const key = newKey();
const publicKey = createPublicKey(key.pem);
const data = Buffer.from('x'.repeat(400));
const signature = signBytes(key, data);
const primitive = await each(() => verify('sha256', data, publicKey, signature));
line('one ECDSA P-256 verification (node:crypto), for scale', ms(primitive));

const sigstore = newSigstore();
const trusts = [sigstoreTrust(sigstore.trustedRoot()), keysTrust([key], { transparencyLog: 0 })];
/** A new identity and key each, so that nothing can be remembered. */
const keyless = (logs: Parameters<typeof bundle>[0]['logs'], timestamps: boolean): Signed => ({
  bundle: bytesOf(
    bundle({
      signer: sigstore.identify({ names: [uri(WORKFLOW)] }),
      ...(logs && { logs }),
      ...(timestamps && { timestamps: [sigstore.timestamps] }),
    }),
  ),
  message: undefined,
});
const forms: ReadonlyArray<readonly [string, () => Signed]> = [
  ['Sigstore, keyless, Rekor v1', () => keyless([sigstore.v1], false)],
  ['Sigstore, keyless, Rekor v2 and timestamp', () => keyless([sigstore.v2], true)],
  ['Sigstore, public key, no log', () => ({ bundle: bytesOf(bundle({ signer: key })), message: undefined })],
];
const examiner = createExaminer(trusts);
for (const [name, make] of forms) {
  const signed = Array.from({ length: MANY }, make);
  await checked(examiner, signed);
  const one = await each((run) => examiner.examine(signed[run % MANY] ?? make(), LATER), MANY);
  line(name, `${ms(one)}  (${(one / primitive).toFixed(0)} × the primitive)`);
}

async function checked(one: Examiner, signed: readonly Signed[]): Promise<void> {
  const findings = await Promise.all(signed.map((each) => one.examine(each, LATER)));
  const bad = findings.find(({ outcome }) => outcome !== 'verified');
  if (bad !== undefined) throw new Error(`a signature of the benchmark is ${bad.outcome}: ${bad.message}`);
}

const fifty = Array.from({ length: MANY }, () => keyless([sigstore.v1], false));
const threaded = createThreadedExaminer(trusts);
// The first fifty start the threads; the second find them running.
for (let warm = 0; warm < 5; warm++) await checked(threaded, fifty);
const sequential = await each(async () => {
  for (const one of fifty) await examiner.examine(one, LATER);
}, 1);
const together = await each(() => checked(threaded, fifty), 1);
line(`${MANY} keyless signatures, one after another`, ms(sequential));
line(
  `${MANY} keyless signatures at once, threads running`,
  `${ms(together)}  (${(together / sequential).toFixed(2)} ×)`,
);
await threaded.close();

const authority = await root();
const middle = await intermediate(authority);
for (const kind of ['RSA-2048', 'P-256'] as const) {
  const chain = [await leaf(middle, { key: kind }), middle, authority];
  const verifier = createNotationVerifier({
    name: 'notation',
    trusts: [trust('acme', { ca: [authority] })],
    trustPolicy: undefined,
    blobTrustPolicy: undefined,
    revocation: createRevocationChecker({ crls: [], fetch: undefined }),
  });
  const parts = { payload: target(), chain };
  const envelopes = [
    ['JWS', jws(parts), JWS],
    ['COSE', cose(parts), COSE],
  ] as const;
  for (const [form, envelope, mediaType] of envelopes) {
    const verifyOne = async () => await verifier.verify(exhibit(envelope, mediaType), NOW);
    const [first] = await verifyOne();
    if (first?.report.outcome !== 'verified') throw new Error(`${form}: ${first?.report.message}`);
    line(`Notation, ${form}, ${kind}, chain of three`, ms(await each(verifyOne)));
  }
}
