import parseExpression, { type Expression } from 'spdx-expression-parse';
import { objectAt, stringAt } from './operands.ts';
import { formatLicence, knownId, type Licence, normalise } from './spdx-licence.ts';
import { LicenceRules } from './spdx-rules.ts';
import { compareStrings, RegoObject, type Value } from './value.ts';

/** Longest expression read; the longest of real packages have a few hundred characters. */
const MAX_EXPRESSION_LENGTH = 16 * 1024;

/** Most licences of one expression. */
const MAX_LICENCES = 1_000;

/** Stands in for an unknown identifier while the grammar is checked. */
const STAND_IN = 'MIT';

const WORD = /([ \t\r\n]+)|([()+])|([A-Za-z0-9.-]+(?::[A-Za-z0-9.-]+)?)/y;

/**
 * `spdx.evaluate(expression, rules)`: what a licence expression of the [SPDX
 * specification](https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/) says under a policy's lists.
 * Identifiers fit in any case. NOASSERTION, NONE and free text are no expressions: not valid, not permitted; nor is an
 * expression with an identifier that is neither on the SPDX list nor a LicenseRef.
 *
 * `rules` is `{"allow": [...], "deny": [...]}`, arrays or sets of identifiers, `ID WITH exception`, references, and beginnings
 * that end in `*`. The result is `{"valid", "permitted", "licences", "denied", "unknown"}`, the lists sorted.
 */
export function evaluate(args: readonly Value[]): Value {
  const rules = new LicenceRules(objectAt(args, 1));
  const { expression, licences, unknown } = read(stringAt(args, 0));
  const refused = new Set([...licences].filter(([, licence]) => !rules.permits(licence)).map(([text]) => text));
  const valid = expression !== undefined && unknown.length === 0;
  return new RegoObject([
    ['valid', valid],
    ['permitted', valid && isPermitted(expression, refused)],
    ['licences', [...licences.keys()].sort(compareStrings)],
    ['denied', [...refused].sort(compareStrings)],
    ['unknown', unknown],
  ]);
}

interface Reading {
  /** Undefined where the text is no expression. */
  readonly expression: Expression | undefined;
  /** Its licences by their normal text, unknown ones left out. */
  readonly licences: ReadonlyMap<string, Licence>;
  /** Identifiers that are neither on the list nor references, sorted. */
  readonly unknown: readonly string[];
}

const NOTHING: Reading = { expression: undefined, licences: new Map(), unknown: [] };

function read(text: string): Reading {
  const source = toSource(text);
  if (source === undefined) return NOTHING;
  let expression: Expression;
  try {
    expression = parseExpression(source.text);
  } catch {
    // A syntax error, or more parentheses than the parser's stack holds.
    return NOTHING;
  }
  const licences = new Map<string, Licence>();
  const unknown = new Set<string>();
  for (const [i, leaf] of leaves(expression).entries()) {
    const word = source.words[i] ?? '';
    if (isReference(word) || knownId(word) !== undefined) {
      const licence = toLicence(leaf);
      licences.set(formatLicence(licence), licence);
    } else {
      unknown.add(word);
    }
  }
  return { expression, licences, unknown: [...unknown].sort(compareStrings) };
}

/** The identifiers of licences as written, and the expression with the list's spelling and stand-ins in their place. */
interface Source {
  readonly words: readonly string[];
  readonly text: string;
}

/** Undefined where no expression can come of it, or beyond a limit. */
function toSource(text: string): Source | undefined {
  if (text.length > MAX_EXPRESSION_LENGTH || text === 'NOASSERTION' || text === 'NONE') return undefined;
  const words: string[] = [];
  const parts: string[] = [];
  let afterWith = false;
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    const [, space, mark, word] = WORD.exec(text) ?? [];
    if (space !== undefined) parts.push(' ');
    else if (mark !== undefined) parts.push(mark);
    else if (word === undefined) return undefined;
    else if (/^(?:and|or|with)$/i.test(word)) parts.push(word.toUpperCase());
    else if (afterWith) parts.push(word);
    else {
      words.push(word);
      parts.push(isReference(word) ? word : (knownId(word) ?? STAND_IN));
    }
    if (word !== undefined) afterWith = /^with$/i.test(word);
  }
  return words.length > MAX_LICENCES ? undefined : { words, text: parts.join('') };
}

function isReference(word: string): boolean {
  return /^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/.test(word);
}

type Leaf = Extract<Expression, { license: string }>;

/** The licences of an expression in the order in which they are written. */
function leaves(expression: Expression): readonly Leaf[] {
  const found: Leaf[] = [];
  const waiting = [expression];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('license' in next) found.push(next);
    else waiting.push(next.right, next.left);
  }
  return found;
}

function toLicence({ license, plus, exception }: Leaf): Licence {
  return normalise(license, plus ?? false, exception ?? '');
}

function isPermitted(expression: Expression, refused: ReadonlySet<string>): boolean {
  if ('license' in expression) return !refused.has(formatLicence(toLicence(expression)));
  const left = isPermitted(expression.left, refused);
  return expression.conjunction === 'and'
    ? left && isPermitted(expression.right, refused)
    : left || isPermitted(expression.right, refused);
}
