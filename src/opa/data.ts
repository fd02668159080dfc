import { Buffer } from 'node:buffer';
import { canonicalJson } from '../builtins/json-text.ts';
import { VerdictError } from '../errors.ts';
import { scanJson } from '../json.ts';

/** Bytes of JSON of the data document: every worker holds it parsed, at ten times its size. */
const MAX_DATA_BYTES = 64 * 1024 * 1024;

/** A part of the data document, such as what the operator configured. */
export interface DataDocument {
  /** Where it stands in `data`, separated by `/`; empty: it is all of it. */
  readonly path: string;
  /** JSON text. */
  readonly text: Uint8Array;
}

/** JSON text, or an object taken apart. Texts are only cut and joined, so that numbers keep their digits. */
type Tree = Uint8Array | Map<string, Tree>;

/** The files of a bundle that are data: `data.json` and `data.yaml` at any depth, its directory the place in `data`. */
export async function dataFiles(files: ReadonlyMap<string, Buffer>): Promise<readonly DataDocument[]> {
  const found: DataDocument[] = [];
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [, path = '', kind] = /^(?:(.*)\/)?data\.(json|yaml|yml)$/s.exec(name) ?? [];
    if (kind !== undefined) found.push({ path, text: kind === 'json' ? bytes : await fromYaml(bytes, name) });
  }
  return found;
}

/** Through the built-in, which alone knows YAML here: numbers stay exact. Loaded only where a bundle has such data. */
async function fromYaml(bytes: Buffer, name: string): Promise<Uint8Array> {
  const { BUILTINS } = await import('../builtins/table.ts');
  try {
    const value = BUILTINS.get('yaml.unmarshal')?.call([bytes.toString('utf8')], { timeNs: 0n });
    if (value !== undefined) return Buffer.from(canonicalJson(value));
  } catch (cause) {
    throw new VerdictError('BUNDLE_INVALID', `${name} of the bundle is not YAML: ${String(cause)}`, { cause });
  }
  throw new VerdictError('BUNDLE_INVALID', `${name} of the bundle is not YAML`);
}

/**
 * The data document as JSON text: `own` of the bundle merged, then each of `given` put in place of whatever stands there.
 *
 * @throws VerdictError BUNDLE_INVALID when two parts of the bundle speak of one place or one is not JSON that a policy can
 * take, CONFIG_INVALID for such a given one, LIMIT_EXCEEDED beyond 64 MiB.
 */
export function dataText(own: readonly DataDocument[], given: readonly DataDocument[]): Uint8Array {
  const size = [...own, ...given].reduce((sum, { text }) => sum + text.byteLength, 0);
  if (size > MAX_DATA_BYTES) {
    throw new VerdictError('LIMIT_EXCEEDED', `the data of a policy may have ${MAX_DATA_BYTES} bytes, this has ${size}`);
  }
  let root: Tree = new Map();
  for (const { path, text } of own) {
    scanJson(text, `data of the bundle at ${place(path)}`, 'BUNDLE_INVALID');
    root = merge(root, at(segments(path), text), '');
  }
  for (const { path, text } of given) {
    const { kind } = scanJson(text, `data at ${place(path)}`, 'CONFIG_INVALID');
    if (segments(path).length === 0 && kind !== 'object')
      throw new VerdictError('CONFIG_INVALID', `data is ${kind}, not an object`);
    root = replace(root, segments(path), text);
  }
  return Buffer.concat(parts(root));
}

const place = (path: string): string => (path === '' ? 'data' : `data/${path}`);

const segments = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');

const at = (path: readonly string[], tree: Tree): Tree =>
  path.reduceRight<Tree>((inner, segment) => new Map([[segment, inner]]), tree);

/** The members of an object; undefined of anything else. */
function members(tree: Tree): Map<string, Tree> | undefined {
  if (tree instanceof Map) return tree;
  const scan = scanJson(tree);
  if (scan.kind !== 'object') return undefined;
  return new Map([...scan.members].map(([key, { start, end }]) => [key, tree.subarray(start, end)]));
}

function merge(left: Tree, right: Tree, path: string): Tree {
  const [ours, theirs] = [members(left), members(right)];
  if (ours === undefined || theirs === undefined) {
    throw new VerdictError('BUNDLE_INVALID', `two data files of the bundle give ${place(path)}`);
  }
  const merged = new Map(ours);
  for (const [key, tree] of theirs) {
    const before = merged.get(key);
    merged.set(key, before === undefined ? tree : merge(before, tree, path === '' ? key : `${path}/${key}`));
  }
  return merged;
}

function replace(tree: Tree, [first, ...rest]: readonly string[], text: Uint8Array): Tree {
  if (first === undefined) return text;
  const merged = new Map(members(tree));
  return merged.set(first, replace(merged.get(first) ?? new Map(), rest, text));
}

function parts(tree: Tree): Uint8Array[] {
  if (!(tree instanceof Map)) return [tree];
  const inner = [...tree].flatMap(([key, item], index) => [
    Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(key)}:`),
    ...parts(item),
  ]);
  return [Buffer.from('{'), ...inner, Buffer.from('}')];
}
