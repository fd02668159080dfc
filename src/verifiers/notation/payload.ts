import { bareMediaType, digestOf, MANIFEST_TYPES, UNKNOWN_SIZE } from '../../descriptor.ts';
import { asVerdictError } from '../../errors.ts';
import { isObject, parseMember, scanJson } from '../../json.ts';
import { type Check, type CheckName, failed, passed } from '../../report.ts';
import type { Exhibit } from '../../verifier.ts';

/** https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#payload */
const PAYLOAD_TYPE = 'application/vnd.cncf.notary.payload.v1+json';

/** What was signed. */
export interface Payload {
  /** `schema`, `payloadType`, `subject`: those that could be told. */
  readonly checks: Partial<Record<CheckName, Check>>;
  /** Its content type without parameters. */
  readonly type: string;
  /** Its digest. */
  readonly digest: string;
  /** Its bytes, if they are JSON that a policy can take. */
  readonly document: Uint8Array | undefined;
}

/** Reads the payload and compares it with what the signature was found at. */
export function readPayload(bytes: Uint8Array, contentType: string, attached: Attached): Payload {
  const payload = { type: bareMediaType(contentType), digest: digestOf(bytes) };
  const isKnown = contentType === PAYLOAD_TYPE;
  const payloadType = isKnown
    ? passed()
    : failed(`what was signed is ${contentType.slice(0, 200)}, not ${PAYLOAD_TYPE}`);
  try {
    const { members } = scanJson(bytes, 'the payload');
    const target = parseMember(bytes, members.get('targetArtifact'));
    const checks = isObject(target)
      ? { payloadType, schema: passed(), subject: compare(target, attached) }
      : { payloadType, schema: failed('what was signed names no target artifact') };
    return { ...payload, checks, document: bytes };
  } catch (thrown) {
    return { ...payload, checks: { payloadType, schema: failed(asVerdictError(thrown).message) }, document: undefined };
  }
}

/** What a signature is attached to. */
export type Attached = Pick<Exhibit, 'subject' | 'repository'>;

/** Whether it is attached to a file, a blob. What a registry holds is none, whatever type it gives itself. */
export const isFile = ({ subject, repository }: Attached): boolean =>
  repository === '' && !MANIFEST_TYPES.includes(subject.mediaType);

/** A file's media type is only what its name suggests, so it is not compared; its size only where it is known. */
function compare(target: Readonly<Record<string, unknown>>, attached: Attached): Check {
  const { subject } = attached;
  if (target.digest !== subject.digest) {
    const named = typeof target.digest === 'string' ? target.digest.slice(0, 200) : 'nothing';
    return failed(`the signature speaks of ${named}, not of what it was found at`);
  }
  if (subject.size !== UNKNOWN_SIZE && target.size !== subject.size) {
    return failed(`the signature speaks of ${subject.digest} with another size than ${subject.size}`);
  }
  if (!isFile(attached) && target.mediaType !== subject.mediaType) {
    return failed(`the signature speaks of ${subject.digest} with another media type than ${subject.mediaType}`);
  }
  return passed();
}
