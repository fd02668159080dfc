import { context, Der, DerError, TAG } from './der.ts';
import { type Hash, readHash } from './signature-algorithm.ts';

/** Content type of the TSTInfo. https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2 */
export const TST_INFO = '1.2.840.113549.1.9.16.1.4';

/** Under this policy a token without accuracy is accurate to a second. ETSI TS 102 023 §5.2 */
const BASELINE_POLICY = '0.4.0.2023.1.1';
const BASELINE_ACCURACY = 1000;
/** An authority that is off by more than a day states no time. */
const MAX_ACCURACY = 24 * 60 * 60 * 1000;
const MAX_EXTENSIONS = 32;

export interface TimestampInfo {
  readonly policy: string;
  readonly hash: Hash;
  readonly imprint: Uint8Array;
  readonly time: Date;
  /** Milliseconds. */
  readonly accuracy: number;
}

/** Reads a TSTInfo, DER. Throws DerError. */
export function parseTimestampInfo(bytes: Uint8Array): TimestampInfo {
  const fields = Der.parse(bytes).fields();
  if (fields.next().number() !== 1) throw new DerError('its TSTInfo has another version than 1');
  const policy = fields.next().oid();
  const imprint = fields.next().fields();
  const hash = readHash(imprint.next());
  const digest = imprint.next().octets();
  imprint.done();
  fields.next(TAG.integer);
  const time = fields.next(TAG.generalizedTime).date();
  const accuracy = readAccuracy(fields.optional(TAG.sequence), policy);
  fields.optional(TAG.boolean)?.boolean();
  fields.optional(TAG.integer);
  fields.optional(context(0));
  const extensions = fields.optional(context(1))?.elements(MAX_EXTENSIONS, context(1)) ?? [];
  fields.done();
  for (const extension of extensions) {
    const extensionFields = extension.fields();
    const oid = extensionFields.next().oid();
    if (extensionFields.optional(TAG.boolean)?.boolean() === true) {
      throw new DerError(`it has the critical extension ${oid}, which is not evaluated here`);
    }
  }
  return { policy, hash, imprint: digest, time, accuracy };
}

function readAccuracy(der: Der | undefined, policy: string): number {
  const fields = der?.fields();
  const seconds = fields?.optional(TAG.integer)?.number() ?? 0;
  const millis = fields?.optional(context(0, 'primitive'))?.number(context(0, 'primitive')) ?? 0;
  const micros = fields?.optional(context(1, 'primitive'))?.number(context(1, 'primitive')) ?? 0;
  fields?.done();
  const accuracy = seconds * 1000 + millis + Math.ceil(micros / 1000);
  if (accuracy > MAX_ACCURACY) throw new DerError('its accuracy is worse than a day');
  return accuracy === 0 && policy === BASELINE_POLICY ? BASELINE_ACCURACY : accuracy;
}
