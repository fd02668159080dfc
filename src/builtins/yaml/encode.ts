import { formatFloat } from '../go/float.ts';
import { isArray, refused } from '../operands.ts';
import { jsonEntries, RegoNumber, RegoObject, RegoSet, type Value } from '../value.ts';
import { Emitter } from './emitter.ts';
import { resolveScalar } from './scalar.ts';
import { sortKeys } from './sort.ts';
import type { Style } from './style.ts';

/** Words that YAML 1.1 reads as booleans: quoted, though read as strings here. */
const OLD_BOOLEANS = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;

/** Numbers to the base 60 of YAML 1.1. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/**
 * Writes a value as OPA's `yaml.marshal` does: JSON read by go-yaml v3 and written with an indentation of two.
 *
 * @throws VerdictError BUILTIN_FAILED for a text that YAML cannot read back.
 */
export function encodeYaml(value: Value): string {
  const emitter = new Emitter();
  writeValue(emitter, value, -2);
  return emitter.text();
}

/** `column` is the indentation of what holds the value; -2 for nothing. */
function writeValue(emitter: Emitter, value: Value, column: number): void {
  const inner = column + 2;
  if (value instanceof RegoObject) {
    const members = sortKeys(jsonEntries(value));
    if (members.length === 0) emitter.empty('{}');
    for (const [key, item] of members) writeMember(emitter, key, item, inner);
  } else if (value instanceof RegoSet || isArray(value)) {
    const items = value instanceof RegoSet ? value.items() : value;
    if (items.length === 0) emitter.empty('[]');
    for (const item of items) {
      emitter.indent(inner);
      emitter.indicator('-');
      writeValue(emitter, item, inner);
    }
  } else {
    const { text, style } = scalarOf(value);
    emitter.scalar(text, style, Math.max(inner, 2), false);
  }
}

function writeMember(emitter: Emitter, key: string, value: Value, column: number): void {
  const { text, style } = scalarOf(key);
  emitter.indent(column);
  if (Emitter.isSimpleKey(text)) {
    emitter.scalar(text, style, column, true);
    emitter.colon();
  } else {
    emitter.indicator('?');
    emitter.scalar(text, style, column + 2, false);
    emitter.indent(column);
    emitter.indicator(':');
  }
  writeValue(emitter, value, column);
}

/** A scalar's text and the style it should have. */
interface StyledText {
  readonly text: string;
  readonly style: Style;
}

function scalarOf(value: null | boolean | string | RegoNumber): StyledText {
  if (typeof value === 'string') return stringScalar(value);
  return { text: value instanceof RegoNumber ? numberText(value) : String(value), style: 'plain' };
}

function stringScalar(text: string): StyledText {
  if (/[\x7f-\x84\x86-\x9f\ufffe\uffff]/.test(text)) {
    throw refused('a text has a control character that YAML cannot hold');
  }
  if (text.includes('\n')) return { text, style: 'literal' };
  const isString = resolveScalar('', text).tag === '!!str' && !OLD_BOOLEANS.test(text) && !BASE_60.test(text);
  return { text, style: isString ? 'plain' : 'double' };
}

/** Integers of 64 bits stay, the others become doubles, and what is beyond a double stays as it is written. */
function numberText(number: RegoNumber): string {
  const scalar = resolveScalar('', number.text);
  if (scalar.tag === '!!int') return String(scalar.value);
  return scalar.tag === '!!float' ? formatFloat(scalar.value, 'g', -1) : number.text;
}
