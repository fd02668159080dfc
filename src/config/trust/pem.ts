import { VerdictError } from '../../errors.ts';

/** One block of a PEM file. https://www.rfc-editor.org/rfc/rfc7468#section-2 */
export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\sA-Za-z0-9+/=]*)-----END \1-----/g;
const BEGIN = /-----BEGIN /g;
/** Of every tool: `PRIVATE KEY`, `EC PRIVATE KEY`, `ENCRYPTED SIGSTORE PRIVATE KEY`, `OPENSSH PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`. */
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----/;

/** Whether a content is PEM rather than DER. */
export const isPem = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes('-----BEGIN ');

/**
 * The blocks of PEM text, in order; what stands between them is comment. Throws TRUST_INVALID for a private key, without
 * a word of it, and for a block that does not end.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  if (PRIVATE_KEY.test(text)) throw privateKey();
  const blocks = [...text.matchAll(BLOCK)].map(([, label = '', base64 = '']) => ({
    label,
    der: new Uint8Array(Buffer.from(base64, 'base64')),
  }));
  if (blocks.length !== [...text.matchAll(BEGIN)].length) {
    throw new VerdictError('TRUST_INVALID', 'a PEM block is damaged or does not end; write the file again');
  }
  return blocks;
}

export const privateKey = (): VerdictError =>
  new VerdictError(
    'TRUST_INVALID',
    'it holds a PRIVATE key: take it out of here, treat it as disclosed if others could read this place, and give the public key instead',
  );
