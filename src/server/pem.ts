import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { VerdictError } from '../errors.ts';

/** A chain or a bundle of authorities has a few KiB, the largest public bundles 300. */
const MAX_PEM_BYTES = 1024 * 1024;
/** Each is tried for every client. */
const MAX_CERTIFICATES = 200;

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const BEGIN = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** A text file. Throws CONFIG_INVALID where it cannot be read or is too long for what it should be. */
export function readPem(path: string): string {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new VerdictError('CONFIG_INVALID', `${path} is not a regular file`);
    if (stats.size > MAX_PEM_BYTES) {
      throw new VerdictError('CONFIG_INVALID', `${path} has more than ${MAX_PEM_BYTES} bytes: is it the right file?`);
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof VerdictError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new VerdictError('CONFIG_INVALID', `cannot read ${path}: ${why}`, { cause });
  }
}

/** The certificates of a text, in its order; none may be damaged. Throws CONFIG_INVALID that names file and number. */
export function certificatesIn(text: string, path: string): readonly [X509Certificate, ...X509Certificate[]] {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length !== (text.match(BEGIN) ?? []).length) {
    throw new VerdictError('CONFIG_INVALID', `${path}: a certificate is cut off or of another kind than CERTIFICATE`);
  }
  if (blocks.length > MAX_CERTIFICATES) {
    throw new VerdictError('CONFIG_INVALID', `${path} has more than ${MAX_CERTIFICATES} certificates`);
  }
  const [first, ...rest] = blocks.map((block, index) => certificateOf(block, `${path}: certificate ${index + 1}`));
  if (first === undefined) throw new VerdictError('CONFIG_INVALID', `${path} holds no certificate in PEM`);
  return [first, ...rest];
}

function certificateOf(block: string, place: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (cause) {
    throw new VerdictError('CONFIG_INVALID', `${place} is damaged`, { cause });
  }
}
