import { afterEach, describe, expect, it } from 'vitest';
import { createExaminer } from '../../../../src/verifiers/sigstore/examiner.ts';
import type { Examiner, Finding } from '../../../../src/verifiers/sigstore/finding.ts';
import { createThreadedExaminer, type ThreadOptions } from '../../../../src/verifiers/sigstore/threads.ts';
import { bundle, bytesOf } from '../../../support/sigstore/bundle.ts';
import { LATER } from '../../../support/sigstore/examine.ts';
import { newKey } from '../../../support/sigstore/keys.ts';
import { keysTrust, newSigstore, sigstoreTrust } from '../../../support/sigstore/sigstore.ts';

const sigstore = newSigstore();
const key = newKey();
const trusts = [keysTrust([key]), sigstoreTrust(sigstore.trustedRoot())];
const MANY = 60;
const PROGRAM = new URL('../../../support/sigstore/spinning-worker.ts', import.meta.url);

let examiner: Examiner | undefined;
const open = (options: ThreadOptions): Examiner => {
  examiner = createThreadedExaminer(trusts, options);
  return examiner;
};
afterEach(async () => {
  await examiner?.close();
  examiner = undefined;
});

const text = (bytes: string) => ({ bundle: Buffer.from(bytes), message: undefined });

/** Asks until a thread answered: this thread says `failed` to what is no bundle, a thread of the test `errored`. */
async function askThreads(opened: Examiner, question: string): Promise<Finding> {
  for (;;) {
    const findings = await Promise.all(Array.from({ length: MANY }, () => opened.examine(text(question), LATER)));
    const errored = findings.find(({ outcome }) => outcome === 'errored');
    if (errored !== undefined) return errored;
  }
}

describe('an examiner with threads', () => {
  it('finds the same as one without, in whichever thread', async () => {
    const opened = open({ size: 2 });
    const bundles = [
      bytesOf(bundle({ signer: key })),
      bytesOf(bundle({ signer: newKey() })),
      bytesOf(bundle({ signer: sigstore.identify(), logs: [sigstore.v1] })),
      bytesOf(bundle({ signer: sigstore.identify() })),
      Buffer.from('{}'),
    ];
    const alone = createExaminer(trusts);
    const expected = await Promise.all(bundles.map((one) => alone.examine({ bundle: one, message: undefined }, LATER)));
    expect(expected.map(({ outcome }) => outcome)).toEqual(['verified', 'present', 'verified', 'failed', 'failed']);
    for (let round = 0; round < 4; round++) {
      const found = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          opened.examine({ bundle: bundles[index % bundles.length] ?? Buffer.alloc(0), message: undefined }, LATER),
        ),
      );
      for (const [index, finding] of found.entries()) expect(finding).toEqual(expected[index % bundles.length]);
    }
  });

  it('ends a thread that never finishes, and says that it could not be told', async () => {
    const opened = open({ size: 1, timeoutMs: 200, program: PROGRAM });
    const finding = await askThreads(opened, 'spin');
    expect(finding).toMatchObject({
      outcome: 'errored',
      signers: [],
      error: { code: 'DEADLINE_EXCEEDED', retryable: true },
    });
    expect(finding.checks.signature?.outcome).toBe('errored');
  });

  it.each([
    ['end', true],
    ['throw', false],
    ['nothing', false],
  ])('says so where a thread does not answer: %s', async (question, retryable) => {
    const opened = open({ size: 1, program: PROGRAM });
    expect(await askThreads(opened, question)).toMatchObject({
      outcome: 'errored',
      signers: [],
      // A thread that ended says nothing about the signature.
      error: { code: 'INTERNAL', retryable },
    });
  });

  it('works without threads, and with threads that do not start', async () => {
    for (const options of [{ size: 0 }, { size: 1, program: new URL('./nowhere.ts', import.meta.url) }]) {
      const opened = createThreadedExaminer(trusts, options);
      const signed = { bundle: bytesOf(bundle({ signer: key })), message: undefined };
      const found = await Promise.all(Array.from({ length: MANY }, () => opened.examine(signed, LATER)));
      expect(new Set(found.map(({ outcome }) => outcome))).toEqual(new Set(['verified']));
      await opened.close();
    }
  });

  it('tells nothing more once it is closed', async () => {
    const opened = open({ size: 1 });
    const waiting = Array.from({ length: MANY }, () => opened.examine(text('{}'), LATER));
    await opened.close();
    expect((await Promise.all(waiting)).map(({ outcome }) => outcome)).toContain('errored');
    expect(await opened.examine(text('{}'), LATER)).toMatchObject({ outcome: 'errored', error: { code: 'INTERNAL' } });
  });

  it('refuses trust that cannot be used when it is made', () => {
    expect(() => createThreadedExaminer([keysTrust([newKey('RSA-1024')])])).toThrow(
      expect.objectContaining({ code: 'TRUST_INVALID' }),
    );
  });
});
