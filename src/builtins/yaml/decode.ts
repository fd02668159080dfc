import { createRequire } from 'node:module';
import type { Node, Scalar as ScalarNode, YAMLMap } from 'yaml';
import { refused } from '../operands.ts';
import { RegoNumber, RegoObject, type Value } from '../value.ts';
import { keyText, resolveScalar, type Scalar } from './scalar.ts';

const load = createRequire(import.meta.url);
let loaded: typeof import('yaml') | undefined;
/** Loaded with the first text: it takes 20 ms and 10 MiB in every worker, and few policies read YAML. */
function yaml(): typeof import('yaml') {
  loaded ??= load('yaml') as typeof import('yaml');
  return loaded;
}

/** Longest YAML text read: where every line is an error, reading it takes eight seconds. */
const MAX_YAML_LENGTH = 1024 * 1024;

/** Most values that a text may decode to: aliases repeat what they stand for. */
const MAX_VALUES = 1_000_000;

/** Deepest nesting of a text. */
const MAX_DEPTH = 256;

/** What no YAML text may have ([YAML 1.2](https://yaml.org/spec/1.2.2/#51-character-set)). */
const FORBIDDEN = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The parts of a text, `null` where a node is left out. */
type Part = Node | null;

/**
 * Decodes the first document of a YAML text to JSON as OPA does (internal/yaml over go-yaml v3); the others must parse too.
 *
 * @throws VerdictError BUILTIN_FAILED where it is no YAML that has a JSON form, or beyond a limit.
 */
export function decodeYaml(text: string): Value {
  if (text.length > MAX_YAML_LENGTH) throw refused(`a YAML text has more than ${MAX_YAML_LENGTH} characters`);
  if (FORBIDDEN.test(text)) throw refused('a YAML text has a control character');
  // A next line (U+0085) ends a line for go-yaml.
  const documents = yaml().parseAllDocuments(text.replaceAll('\u0085', '\n'), {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  if (!Array.isArray(documents)) return null;
  for (const { errors } of documents) if (errors[0] !== undefined) throw refused(errors[0].message);
  const [first] = documents;
  if (first === undefined) return null;
  return new Decoder(text).value((first.contents as Part) ?? null, 0);
}

class Decoder {
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  readonly #text: string;
  #count = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(part: Part, depth: number): Value {
    this.#count += 1;
    if (this.#count > MAX_VALUES || depth > MAX_DEPTH) throw refused('a YAML text is too large or too deeply nested');
    if (part === null) return null;
    if (yaml().isAlias(part)) return this.#follow(part.source, (node) => this.value(node, depth + 1));
    this.#remember(part);
    if (yaml().isScalar(part)) return scalarValue(this.#scalar(part));
    if (yaml().isSeq(part)) return part.items.map((item) => this.value(item as Part, depth + 1));
    if (!yaml().isMap(part)) throw refused('a YAML text has a node of no known kind');
    const members = new Map<string, Value>();
    this.#members(part, members, undefined, depth);
    return new RegoObject(members);
  }

  /** Reads a mapping into `members`; with `taken`, keys that are in it already are left out, as a merge has it. */
  #members(
    map: YAMLMap<unknown, unknown>,
    members: Map<string, Value>,
    taken: Set<string> | undefined,
    depth: number,
  ): void {
    const merges: Part[] = [];
    for (const { key, value } of map.items as { key: Part; value: Part }[]) {
      if (isMergeKey(key)) {
        merges.push(value);
        continue;
      }
      const name = this.#key(key, depth);
      const item = this.value(value, depth + 1);
      if (taken?.has(name)) continue;
      members.set(name, item);
    }
    if (merges.length === 0) {
      if (taken !== undefined) for (const name of members.keys()) taken.add(name);
      return;
    }
    const known = taken ?? new Set<string>();
    for (const name of members.keys()) known.add(name);
    for (const merge of merges.flatMap((part) => (yaml().isSeq(part) ? (part.items as Part[]) : [part]))) {
      this.#merge(merge, members, known, depth + 1);
    }
  }

  #merge(part: Part, members: Map<string, Value>, taken: Set<string>, depth: number): void {
    this.#count += 1;
    if (this.#count > MAX_VALUES || depth > MAX_DEPTH) throw refused('a YAML text is too large or too deeply nested');
    if (yaml().isAlias(part)) {
      this.#follow(part.source, (node) => {
        if (!yaml().isMap(node)) throw refused('a merge needs mappings');
        this.#members(node, members, taken, depth);
      });
      return;
    }
    if (!yaml().isMap(part)) throw refused('a merge needs mappings');
    this.#remember(part);
    this.#members(part, members, taken, depth);
  }

  #key(part: Part, depth: number): string {
    const name =
      part === null
        ? undefined
        : yaml().isAlias(part)
          ? this.#follow(part.source, (node) => this.#key(node, depth))
          : undefined;
    if (name !== undefined) return name;
    if (part === null || !yaml().isScalar(part))
      throw refused('a key of a YAML mapping must be a scalar other than null');
    this.#remember(part);
    const text = keyText(this.#scalar(part));
    if (text === undefined) throw refused('a key of a YAML mapping must be a scalar other than null');
    return text;
  }

  #scalar(node: ScalarNode): Scalar {
    const tag = shortTag(node.tag);
    const text = this.#scalarText(node);
    if (tag === '!!binary') return { tag: '!!str', value: fromBase64(text) };
    if (tag === '' && node.type !== 'PLAIN') return { tag: '!!str', value: text };
    const scalar = resolveScalar(tag, text);
    return scalar.tag === '!!timestamp' && tag === '' ? { tag: '!!str', value: text } : scalar;
  }

  #scalarText({ value, source, type, range }: ScalarNode): string {
    const text = typeof value === 'string' ? value : (source ?? '');
    const isLast = (range?.[1] ?? 0) >= this.#text.length && !this.#text.endsWith('\n');
    // go-yaml adds no line end that the text does not have.
    return isLast && (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') ? text.replace(/\n$/, '') : text;
  }

  #remember(node: Node): void {
    if ('anchor' in node && typeof node.anchor === 'string') this.#anchors.set(node.anchor, node);
  }

  #follow<T>(anchor: string, read: (node: Node) => T): T {
    const node = this.#anchors.get(anchor);
    if (node === undefined) throw refused(`unknown anchor '${anchor}' referenced`);
    if (this.#open.has(node)) throw refused(`anchor '${anchor}' value contains itself`);
    this.#open.add(node);
    const result = read(node);
    this.#open.delete(node);
    return result;
  }
}

function isMergeKey(part: Part): boolean {
  return (
    part !== null && yaml().isScalar(part) && part.type === 'PLAIN' && part.value === '<<' && shortTag(part.tag) === ''
  );
}

function shortTag(tag: string | undefined): string {
  return tag === undefined || tag === '!' ? '' : tag.replace(/^tag:yaml\.org,2002:/, '!!');
}

function fromBase64(text: string): string {
  const bare = text.replace(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(bare)) throw refused('not base64');
  return Buffer.from(bare, 'base64').toString('utf8');
}

function scalarValue(scalar: Scalar): Value {
  switch (scalar.tag) {
    case '!!null':
      return null;
    case '!!bool':
    case '!!str':
      return scalar.value;
    case '!!int':
      return RegoNumber.of(scalar.value);
    case '!!float':
      if (!Number.isFinite(scalar.value)) throw refused('a number of the YAML text has no JSON form');
      return RegoNumber.parse(Object.is(scalar.value, -0) ? '-0' : String(scalar.value));
    case '!!timestamp':
      throw refused('a tagged timestamp has no JSON form here');
  }
}
