import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { VerdictError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import { type DataDocument, dataFiles } from './data.ts';
import { readTar } from './tar.ts';

/** Bytes of a bundle as it is stored. */
const MAX_BUNDLE_BYTES = 128 * 1024 * 1024;
/** Bytes of a bundle unpacked: policy.wasm and data may have 64 MiB each, and sources and examples stand beside them. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
/** Examples that are taken from a bundle, in the order of their names: each is evaluated at every activation. */
const MAX_EXAMPLES = 100;

/** An example of an evidence that the policy allows, shipped with it. */
export interface Example {
  /** Name of the file without `.evidence.json`. */
  readonly name: string;
  readonly evidence: unknown;
}

/** What a policy bundle holds (https://www.openpolicyagent.org/docs/management-bundles#bundle-file-format). */
export interface Bundle {
  readonly wasm: Uint8Array;
  /** Of its `.manifest`; empty where it has none. */
  readonly revision: string;
  /** `metadata` of its `.manifest`. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly data: readonly DataDocument[];
  readonly examples: readonly Example[];
}

/**
 * Reads bundle.tar.gz as `opa build -t wasm` writes it, the same as plain tar, or a policy.wasm alone.
 *
 * @throws VerdictError BUNDLE_INVALID when it is none of these or damaged, LIMIT_EXCEEDED beyond a limit.
 */
export async function readBundle(bytes: Uint8Array): Promise<Bundle> {
  if (bytes.byteLength > MAX_BUNDLE_BYTES) {
    throw new VerdictError(
      'LIMIT_EXCEEDED',
      `a policy bundle may have ${MAX_BUNDLE_BYTES} bytes, this has ${bytes.byteLength}`,
    );
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.subarray(0, 4).equals(WASM)) return { wasm: bytes, revision: '', metadata: {}, data: [], examples: [] };
  const files = readTar(view.subarray(0, 2).equals(GZIP) ? await unpack(view) : view);
  const wasm = files.get('policy.wasm');
  if (wasm === undefined) {
    throw new VerdictError(
      'BUNDLE_INVALID',
      'the bundle has no policy.wasm: build it with `verdict policy build` or `opa build -t wasm`',
    );
  }
  return { wasm, ...manifest(files.get('.manifest')), data: await dataFiles(files), examples: examples(files) };
}

const WASM = Buffer.from('\0asm');
const GZIP = Buffer.from([0x1f, 0x8b]);

async function unpack(bytes: Buffer): Promise<Buffer> {
  return promisify(gunzip)(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }).catch((cause: unknown) => {
    if (cause instanceof RangeError) {
      throw new VerdictError('LIMIT_EXCEEDED', `a policy bundle may have ${MAX_UNPACKED_BYTES} bytes unpacked`, {
        cause,
      });
    }
    throw new VerdictError('BUNDLE_INVALID', `the bundle cannot be unpacked: ${String(cause)}`, { cause });
  });
}

function manifest(bytes: Buffer | undefined): Pick<Bundle, 'revision' | 'metadata'> {
  const value = bytes === undefined ? {} : parseJson(bytes, '.manifest of the bundle', 'BUNDLE_INVALID');
  const { revision = '', metadata = {} } = isObject(value) ? value : { revision: undefined, metadata: 0 };
  if (typeof revision !== 'string' || !isObject(metadata)) {
    throw new VerdictError('BUNDLE_INVALID', '.manifest of the bundle is not an object with a text `revision`');
  }
  return { revision, metadata };
}

function examples(files: ReadonlyMap<string, Buffer>): readonly Example[] {
  const found = [...files].flatMap(([path, bytes]) => {
    const [, name] = /^examples\/allowed\/(.+)\.evidence\.json$/.exec(path) ?? [];
    return name === undefined ? [] : [{ name, bytes }];
  });
  const taken = found.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MAX_EXAMPLES);
  return taken.map(({ name, bytes }) => ({
    name,
    evidence: parseJson(bytes, `example ${name} of the bundle`, 'BUNDLE_INVALID'),
  }));
}
