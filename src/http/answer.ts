import { VerdictError } from '../errors.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Why an answer is of no use; undefined where its body is what was asked for. */
export function refusalOf(status: number, headers: Headers): string | undefined {
  if (status !== 200) return `answered with status ${status}`;
  const encoding = [headers['content-encoding'] ?? []].flat().join(', ').toLowerCase();
  // It was asked for as it is; a few bytes could unpack to any number.
  return encoding === '' || encoding === 'identity' ? undefined : 'compressed its answer without being asked to';
}

/** Reads a body of at most `limit` bytes, counting them in `tally`. Throws LIMIT_EXCEEDED. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  host: string,
  tally: { bytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    tally.bytes += chunk.byteLength;
    if (tally.bytes > limit) throw new VerdictError('LIMIT_EXCEEDED', `${host} answered with more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
