import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pkcs12Certificates } from '../../../../src/config/trust/pkcs12.ts';
import { parseTrustedRoot } from '../../../../src/config/trust/root.ts';
import { publicGoodRoot } from '../../../../src/config/trust/seeds.ts';
import { VerdictError } from '../../../../src/errors.ts';
import type { Trust } from '../../../../src/generated/config.ts';
import { directory, fixture, load } from './support.ts';

const RUNS = { numRuns: 300 };

/** Some bytes of a good content replaced, or all of them. */
const broken = (good: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(at, value), Uint8Array.from(good))),
    fc.nat(good.length).map((length) => good.subarray(0, length)),
  );

/** Whether a call returns or throws one of our errors. */
function isTold(call: () => unknown): boolean {
  try {
    call();
    return true;
  } catch (thrown) {
    return thrown instanceof VerdictError;
  }
}

describe('content that is broken anywhere', () => {
  it('is told as a fault of a trusted root', () => {
    const good = publicGoodRoot();
    fc.assert(
      fc.property(broken(good), (bytes) => isTold(() => parseTrustedRoot(bytes, 'root.json'))),
      RUNS,
    );
    expect(isTold(() => parseTrustedRoot(good, 'root.json'))).toBe(true);
  });

  it('is told as a fault of a trusted root of any JSON', () => {
    const mediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';
    const entry = fc.oneof(fc.jsonValue(), fc.record({ publicKey: fc.jsonValue(), logId: fc.jsonValue() }));
    const lists = fc.record({ tlogs: fc.array(entry), certificateAuthorities: fc.jsonValue(), ctlogs: entry });
    fc.assert(
      fc.property(lists, (json) =>
        isTold(() => parseTrustedRoot(Buffer.from(JSON.stringify({ mediaType, ...json })), 'root.json')),
      ),
      RUNS,
    );
  });

  it.each(['ec.p12', 'legacy.p12', 'plain.p12'])('is told as a fault of PKCS#12 (%s)', (name) => {
    const good = readFileSync(fixture(name));
    fc.assert(
      fc.property(broken(good), (bytes) => isTold(() => pkcs12Certificates(bytes, 'secret'))),
      RUNS,
    );
  });

  it.each([
    ['keys', 'p256.pub', 'keys'],
    ['keys', 'p256.der', 'keys'],
    ['keys', 'ec-root.der', 'keys'],
    ['certificates', 'ec-root.pem', 'ca'],
    ['certificates', 'ec-root.der', 'tsa'],
  ] as const)('is a fault of its place in %s (%s)', async (type, name, option) => {
    const path = join(directory(), 'content');
    const own: Partial<Trust> & Pick<Trust, 'type'> = { type, [option]: [path] };
    await fc.assert(
      fc.asyncProperty(broken(readFileSync(fixture(name))), async (bytes) => {
        writeFileSync(path, bytes);
        const { trusts, faults } = await load(own);
        const codes = faults.map(({ pointer, code }) => `${pointer} ${code}`);
        if (trusts.length === 1) return codes.length === 0;
        return codes.length === 1 && /^\/trust\/own\/\w+\/0 (KEY|CERTIFICATE|TRUST)_INVALID$/.test(codes[0] ?? '');
      }),
      { numRuns: 150 },
    );
  });
});
