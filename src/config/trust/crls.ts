import { readFiles } from './files.ts';

/** The limit of Notary Project clients for a fetched list. */
const MAX_CRL_BYTES = 32 * 1024 * 1024;

/** Endings of files in a directory of revocation lists. */
export const CRL_FILES = ['.crl', '.pem', '.der'];

/** Revocation lists, DER or PEM, that files and directories hold. Throws FILE_UNREADABLE, LIMIT_EXCEEDED or TRUST_INVALID. */
export async function readCrls(paths: readonly string[]): Promise<readonly Uint8Array[]> {
  const files = await Promise.all(paths.map((path) => readFiles(path, CRL_FILES, MAX_CRL_BYTES)));
  return files.flat().map(({ bytes }) => bytes);
}
