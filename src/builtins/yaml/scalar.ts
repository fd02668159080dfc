import { formatFloat } from '../go/float.ts';
import { parseTime } from '../go/parse-time.ts';
import { refused } from '../operands.ts';

/** A scalar as go-yaml decodes it; `nan` and infinities are numbers here and no JSON later. */
export type Scalar =
  | { readonly tag: '!!null' }
  | { readonly tag: '!!bool'; readonly value: boolean }
  | { readonly tag: '!!int'; readonly value: bigint }
  | { readonly tag: '!!float'; readonly value: number }
  | { readonly tag: '!!timestamp' }
  | { readonly tag: '!!str'; readonly value: string };

const NAMED: ReadonlyMap<string, Scalar> = new Map(
  Object.entries<Scalar>({
    'true True TRUE': { tag: '!!bool', value: true },
    'false False FALSE': { tag: '!!bool', value: false },
    ' ~ null Null NULL': { tag: '!!null' },
    '.nan .NaN .NAN': { tag: '!!float', value: Number.NaN },
    '.inf .Inf .INF +.inf +.Inf +.INF': { tag: '!!float', value: Number.POSITIVE_INFINITY },
    '-.inf -.Inf -.INF': { tag: '!!float', value: Number.NEGATIVE_INFINITY },
  }).flatMap(([texts, scalar]) => texts.split(' ').map((text) => [text, scalar] as const)),
);

const RESOLVABLE = new Set(['', '!!str', '!!bool', '!!int', '!!float', '!!null', '!!timestamp']);
const TIMESTAMPS = [
  '2006-1-2T15:4:5.999999999Z07:00',
  '2006-1-2t15:4:5.999999999Z07:00',
  '2006-1-2 15:4:5.999999999',
  '2006-1-2',
];
const LEAST = -(1n << 63n);
const MOST_UNSIGNED = (1n << 64n) - 1n;

/**
 * What a scalar means: `resolve` of go-yaml v3. A tag that it does not know leaves a string.
 *
 * @param tag the explicit tag in its short form (`!!int`), or empty.
 * @throws VerdictError BUILTIN_FAILED where the text does not fit its tag.
 */
export function resolveScalar(tag: string, text: string): Scalar {
  if (!RESOLVABLE.has(tag) || tag === '!!str') return { tag: '!!str', value: text };
  const found = guess(tag, text);
  if (tag === '' || found.tag === tag) return found;
  if (tag === '!!float' && found.tag === '!!int') return { tag, value: Number(found.value) };
  throw refused(`cannot decode ${found.tag} as a ${tag}`);
}

function guess(tag: string, text: string): Scalar {
  const named = NAMED.get(text);
  if (named !== undefined) return named;
  if (text.startsWith('.')) return float(text) ?? { tag: '!!str', value: text };
  if (!/^[0-9+-]/.test(text)) return { tag: '!!str', value: text };
  if ((tag === '' || tag === '!!timestamp') && isTimestamp(text)) return { tag: '!!timestamp' };
  const plain = text.replaceAll('_', '');
  return (
    integer(plain) ??
    (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain) ? float(plain) : undefined) ?? {
      tag: '!!str',
      value: text,
    }
  );
}

function isTimestamp(text: string): boolean {
  return /^[0-9]{4}-/.test(text) && TIMESTAMPS.some((layout) => parseTime(layout, text) !== undefined);
}

/** Decimal, `0x`, `0b`, `0o` and the octal of YAML 1.1 (`0777`), of 64 bits; unsigned ones up to 2^64-1. */
function integer(text: string): Scalar | undefined {
  const [, sign, hex, binary, octal, decimal] =
    /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|(?:0[oO]|0(?=[0-7]))([0-7]+)|(0|[1-9][0-9]*))$/.exec(text) ?? [];
  const digits = hex ?? binary ?? octal ?? decimal;
  if (digits === undefined || digits.length > 70) return undefined;
  const prefix = hex !== undefined ? '0x' : binary !== undefined ? '0b' : octal !== undefined ? '0o' : '';
  const magnitude = BigInt(prefix + digits);
  const value = sign === '-' ? -magnitude : magnitude;
  const most = sign === '' ? MOST_UNSIGNED : -LEAST - 1n;
  return value >= LEAST && value <= most ? { tag: '!!int', value } : undefined;
}

/** As `strconv.ParseFloat` reads decimal digits; beyond the range of a double it is no number. */
function float(text: string): Scalar | undefined {
  if (!/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? { tag: '!!float', value } : undefined;
}

/** The text of a scalar as the key of a JSON object; undefined where it cannot be one. */
export function keyText(scalar: Scalar): string | undefined {
  switch (scalar.tag) {
    case '!!str':
      return scalar.value;
    case '!!int':
    case '!!bool':
      return String(scalar.value);
    case '!!float':
      return floatKey(scalar.value);
    case '!!null':
    case '!!timestamp':
      return undefined;
  }
}

/** With the digits of a single-precision number, as OPA writes such keys. */
function floatKey(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  for (let precision = 1; precision <= 9; precision += 1) {
    const rounded = Number(single.toPrecision(precision));
    if (Math.fround(rounded) === single) return formatFloat(rounded, 'g', -1);
  }
  return formatFloat(single, 'g', -1);
}
