import type { DistinguishedName } from '../../../crypto/distinguished-name.ts';

/** Attributes that a signer's subject must have, by type. */
export type SubjectPattern = ReadonlyMap<string, string>;

/** Attributes that every identity must name. */
const MANDATORY = ['C', 'ST', 'O'];
const TYPE = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)$/;
/** https://www.rfc-editor.org/rfc/rfc4514#section-3 */
const ESCAPED = /^[ "#+,;<=>\\]$/;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the distinguished name of a trusted identity. Throws Error, its message what is wrong.
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trusted-identities-constraints
 */
export function parseSubjectPattern(text: string): SubjectPattern {
  const attributes = new Map<string, string>();
  for (const { type: written, value } of attributesOf(text)) {
    const type = written === 'S' ? 'ST' : written;
    if (attributes.has(type)) throw new Error(`it has ${type} twice`);
    if (value === '') throw new Error(`its ${type} is empty`);
    attributes.set(type, value);
  }
  const missing = MANDATORY.filter((type) => !attributes.has(type));
  if (missing.length > 0) throw new Error(`it lacks ${missing.join(', ')}`);
  return attributes;
}

function attributesOf(text: string): readonly { readonly type: string; readonly value: string }[] {
  return split(text).map((attribute) => {
    const equals = attribute.indexOf('=');
    const type = attribute.slice(0, Math.max(equals, 0)).trim();
    if (!TYPE.test(type)) throw new Error('it is no list of TYPE=value, separated by commas');
    return { type, value: unescapeValue(attribute.slice(equals + 1)) };
  });
}

/** At commas that are not escaped; what else separates names elsewhere is refused. */
function split(text: string): readonly string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === ',') parts.push('');
    else if ('+;"<>'.includes(character)) throw new Error(`it has an unescaped ${character}`);
    else {
      const taken = character === '\\' ? text.slice(at, at + 2) : character;
      parts[parts.length - 1] += taken;
      at += taken.length - 1;
    }
  }
  return parts;
}

/** https://www.rfc-editor.org/rfc/rfc4514#section-2.4; spaces around the value count only where they are escaped. */
function unescapeValue(text: string): string {
  const bytes: number[] = [];
  const trimmed = text.replace(/^ +/, '');
  if (trimmed.startsWith('#')) throw new Error('it has a value in hexadecimal');
  let kept = 0;
  for (let at = 0; at < trimmed.length; ) {
    const character = String.fromCodePoint(trimmed.codePointAt(at) ?? 0);
    const [value, length] = character === '\\' ? escaped(trimmed, at) : [Buffer.from(character), character.length];
    bytes.push(...value);
    at += length;
    if (character !== ' ') kept = bytes.length;
  }
  try {
    return utf8.decode(Uint8Array.from(bytes.slice(0, kept)));
  } catch {
    throw new Error('it has an escaped value that is not UTF-8');
  }
}

/** The bytes an escape at `at` stands for, and its length. */
function escaped(text: string, at: number): readonly [Uint8Array, number] {
  const one = text.slice(at + 1, at + 2);
  if (ESCAPED.test(one)) return [Buffer.from(one), 2];
  const pair = text.slice(at + 1, at + 3);
  if (HEX_PAIR.test(pair)) return [Buffer.from(pair, 'hex'), 3];
  throw new Error('it has a backslash that escapes nothing');
}

/** Whether everything the one demands the other demands too: no signer may fit two identities. */
export const isWithin = (one: SubjectPattern, other: ReadonlyMap<string, string>): boolean =>
  [...one].every(([type, value]) => other.get(type) === value);

/**
 * Whether the subject of a certificate has every attribute of one of the patterns. A subject with an attribute twice, or
 * two in one relative name, fits none: which of them is meant could not be told.
 */
export function fitsSubject(patterns: readonly SubjectPattern[], subject: DistinguishedName): boolean {
  const attributes = new Map(subject.flat().map(({ type, value }) => [type, value]));
  if (attributes.size !== subject.length || subject.some(({ length }) => length !== 1)) return false;
  return patterns.some((pattern) => isWithin(pattern, attributes));
}
