import { bareMediaType } from '../../descriptor.ts';
import { asVerdictError, VerdictError } from '../../errors.ts';
import { tellsType } from '../../referrer.ts';
import { failed, passed, type Report, type ReportOrigin, report, unreadable } from '../../report.ts';
import type { CertificatesTrust } from '../../trust.ts';
import type { Exhibit, Testimony, Verifier } from '../../verifier.ts';
import { createChainReader } from './certificates.ts';
import { ENVELOPES } from './envelope.ts';
import { type Bench, examine, noSignature } from './examination.ts';
import type { RevocationChecker } from './revocation/checker.ts';
import { checkStores, readStores } from './stores.ts';
import type { TrustPolicy } from './trust-policy.ts';

export interface NotationVerifierOptions {
  /** Its name in the configuration. */
  readonly name: string;
  /** The trust stores: the store `ca:NAME` is the trust NAME's `ca`. */
  readonly trusts: readonly CertificatesTrust[];
  /** For images. Undefined: level `strict`, every trust, any identity. */
  readonly trustPolicy: TrustPolicy | undefined;
  /** For files. Undefined: as for images, of which only the global statement applies to files. */
  readonly blobTrustPolicy: TrustPolicy | undefined;
  readonly revocation: RevocationChecker;
  readonly limits?: NotationLimits;
}

export interface NotationLimits {
  /** Bytes of an envelope. */
  readonly envelopeBytes: number;
}

/** As notation-go's; what signers write takes 2 to 16 KiB. */
export const DEFAULT_NOTATION_LIMITS: NotationLimits = { envelopeBytes: 32 * 1024 * 1024 };

/** https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#oci-signatures */
const ARTIFACT_TYPE = 'application/vnd.cncf.notary.signature';

/**
 * The verifier of Notary Project signatures. Throws CONFIG_INVALID where a trust policy names stores that no trust
 * fills, TRUST_INVALID for certificates that cannot be read.
 */
export function createNotationVerifier(options: NotationVerifierOptions): Verifier {
  const { name, trusts, trustPolicy, blobTrustPolicy, revocation, limits = DEFAULT_NOTATION_LIMITS } = options;
  const stores = readStores(trusts);
  for (const policy of [trustPolicy, blobTrustPolicy]) checkStores(policy, stores);
  const verifier = { name, type: 'notation' };
  const bench = { trusts, trustPolicy, blobTrustPolicy, stores, revocation, readChain: createChainReader() };
  return {
    ...verifier,
    accepts: ({ descriptor: { artifactType }, layers }) =>
      tellsType(artifactType)
        ? bareMediaType(artifactType) === ARTIFACT_TYPE
        : layers.length > 0 && layers.every(({ mediaType }) => ENVELOPES.has(bareMediaType(mediaType))),
    verify: async (exhibit, time) => [await verify(exhibit, time, { verifier, bench, limits })],
  };
}

interface Workplace {
  readonly verifier: Report['verifier'];
  readonly bench: Bench;
  readonly limits: NotationLimits;
}

async function verify(exhibit: Exhibit, time: Date, { verifier, bench, limits }: Workplace): Promise<Testimony> {
  const { budget } = exhibit;
  if (budget.reports === 0) return untold({ verifier }, 'there is more than may be reported for one decision');
  budget.reports--;
  const [layer, second] = exhibit.layers;
  if (layer === undefined || second !== undefined) {
    return malformed({ verifier }, `a signature has exactly one layer, this one has ${exhibit.layers.length}`);
  }
  const origin = { verifier, layer: layer.digest };
  const read = ENVELOPES.get(bareMediaType(layer.mediaType));
  if (read === undefined) {
    const known = [...ENVELOPES.keys()].join(', ');
    return malformed(origin, `${layer.mediaType.slice(0, 200)} is no envelope of a signature; there are ${known}`);
  }
  if (layer.size > limits.envelopeBytes) {
    const message = `the envelope has ${layer.size} bytes, more than ${limits.envelopeBytes}`;
    return noSignature(origin, { signature: failed(message) }, new VerdictError('LIMIT_EXCEEDED', message));
  }
  if (layer.size > budget.examinedBytes) {
    return untold(origin, 'there is more signed content than may be examined for one decision');
  }
  budget.examinedBytes -= layer.size;
  let bytes: Uint8Array;
  try {
    bytes = await exhibit.fetch(layer);
  } catch (thrown) {
    return { report: unreadable(origin, asVerdictError(thrown)), document: undefined };
  }
  try {
    return await examine(read(bytes), { exhibit, time, origin, bench });
  } catch (thrown) {
    const error = asVerdictError(thrown);
    return noSignature(origin, { digest: passed(), signature: failed(error.message) }, error);
  }
}

/** https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#oci-signatures */
const malformed = (origin: ReportOrigin, message: string): Testimony =>
  noSignature(origin, { schema: failed(message) }, new VerdictError('SIGNATURE_INVALID', message));

/** What is left out because others used up what a decision may cost: the evidence may be good. */
function untold(origin: ReportOrigin, message: string): Testimony {
  const error = new VerdictError('LIMIT_EXCEEDED', message);
  return { report: report(origin, 'errored', message, { error: error.toFacts() }), document: undefined };
}
