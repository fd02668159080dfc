import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { VerdictError } from '../../errors.ts';
import { type JsonScan, type Member, scanJson } from '../../json.ts';
import { MAX_BATCH_INPUTS } from './deps.ts';
import type { Query } from './query.ts';

const EMPTY = Buffer.alloc(0);
const unzip = promisify(gunzip);

/**
 * The bytes of a request's body, decompressed; empty where it has none. Throws DOCUMENT_INVALID, LIMIT_EXCEEDED.
 *
 * @param limit bytes after decompression
 */
export async function bodyOf({ body, headers }: FastifyRequest, limit: number): Promise<Buffer> {
  if (headers['content-type']?.toLowerCase().includes('yaml') === true) {
    throw new VerdictError('DOCUMENT_INVALID', 'the request body is declared as YAML: send JSON');
  }
  const bytes = Buffer.isBuffer(body) ? body : EMPTY;
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return bytes;
  if (encoding !== 'gzip') {
    throw new VerdictError('DOCUMENT_INVALID', `the request body is encoded as ${encoding}: send it plain or as gzip`);
  }
  try {
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new VerdictError('LIMIT_EXCEEDED', `the decompressed request body is larger than ${limit} bytes`, {
        cause,
      });
    }
    throw new VerdictError('DOCUMENT_INVALID', 'the request body is not gzip, as its content-encoding says', { cause });
  }
}

/** The whole body as input; undefined where it is empty. */
export function bareInput(body: Buffer): Uint8Array | undefined {
  if (body.length === 0) return undefined;
  scanJson(body, 'the request body');
  return body;
}

/** The bytes of `input` in a body `{"input": …}`; undefined where there is none. Other members do not count. */
export function wrappedInput(body: Buffer): Uint8Array | undefined {
  if (body.length === 0) return undefined;
  return memberOf(body, objectScan(body, 'the request body').members.get('input'));
}

/** The input in the parameter of that name; undefined where there is none. */
export function queriedInput(query: Query): Uint8Array | undefined {
  const [text, ...more] = query.all('input');
  if (text === undefined) return undefined;
  if (more.length > 0) throw new VerdictError('DOCUMENT_INVALID', 'the query has several inputs: send one');
  const bytes = Buffer.from(text);
  scanJson(bytes, 'the input in the query');
  return bytes;
}

/** The inputs of a body `{"inputs": {id: …}}` in the order sent. */
export function batchInputs(body: Buffer): readonly (readonly [id: string, input: Uint8Array])[] {
  const { members } = objectScan(body, 'the request body');
  if (members.has('common_input')) {
    throw new VerdictError('DOCUMENT_INVALID', 'common_input is not taken: send every input whole');
  }
  const inputs = memberOf(body, members.get('inputs'));
  if (inputs === undefined) throw new VerdictError('DOCUMENT_INVALID', 'the request body has no inputs');
  const { members: items } = objectScan(inputs, 'inputs');
  if (items.size > MAX_BATCH_INPUTS) {
    throw new VerdictError('LIMIT_EXCEEDED', `the batch has ${items.size} inputs: send at most ${MAX_BATCH_INPUTS}`);
  }
  return [...items].map(([id, { start, end }]) => [id, inputs.subarray(start, end)]);
}

function objectScan(bytes: Uint8Array, what: string): JsonScan {
  const scan = scanJson(bytes, what);
  if (scan.kind !== 'object') throw new VerdictError('DOCUMENT_INVALID', `${what} is not an object but ${scan.kind}`);
  return scan;
}

const memberOf = (bytes: Buffer, member: Member | undefined): Buffer | undefined =>
  member === undefined ? undefined : bytes.subarray(member.start, member.end);
