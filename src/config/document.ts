import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, parseDocument } from 'yaml';

import { VerdictError } from '../errors.ts';
import { namesOf } from './tree.ts';

/** A place a person can go to. Lines and columns count from 1; with line 0, `file` is the name of an environment variable. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a file. */
export interface Fault extends Place {
  readonly message: string;
}

/** A YAML or JSON file read once, with the place of every value in it. */
export interface SourceDocument {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Where the value named by a JSON pointer stands; the nearest value above it if it is not there. */
  readonly place: (pointer: string) => Place;
}

/** Aliases that one document may expand to: enough for anchors used with sense, too few for a billion laughs. */
const MAX_ALIASES = 100;

/** Reads YAML 1.2 or JSON (which is YAML). Faults of syntax and duplicate keys come with their places. */
export function readSource(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  return sourceOf(parseDocument(text, { lineCounter: lines, ...OPTIONS }), lines, file);
}

/** Documents of one file: more than a release of anything has manifests. */
const MAX_DOCUMENTS = 1000;

/** As {@link readSource}, for a file of several documents; empty ones are left out. */
export function readSources(text: string, file: string): readonly SourceDocument[] {
  const lines = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter: lines, ...OPTIONS })];
  if (documents.length > MAX_DOCUMENTS) {
    throw new VerdictError('LIMIT_EXCEEDED', `${file} has more than ${MAX_DOCUMENTS} documents`);
  }
  return documents
    .filter(({ contents, errors }) => contents !== null || errors.length > 0)
    .map((document) => sourceOf(document, lines, file));
}

const OPTIONS = { prettyErrors: false, uniqueKeys: true, version: '1.2' } as const;

function sourceOf(document: Document.Parsed, lines: LineCounter, file: string): SourceDocument {
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    message: error.message,
  }));
  const place = (pointer: string): Place => at(offsetOf(document.contents, pointer));
  if (faults.length > 0) return { value: undefined, faults, place };
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}, faults, place };
  } catch (thrown) {
    return { value: undefined, faults: [{ ...at(0), message: (thrown as Error).message }], place };
  }
}

function offsetOf(root: Node | null, pointer: string): number {
  let node: Node | null = root;
  let offset = root?.range?.[0] ?? 0;
  for (const segment of namesOf(pointer)) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === segment);
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = (pair.value as Node | null) ?? null;
    } else if (isSeq(node)) {
      node = (node.items[Number(segment)] as Node | undefined) ?? null;
      if (node === null) break;
      offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
