import { refused, stringAt } from './operands.ts';
import { RegoNumber, type Value } from './value.ts';

/** A version of [SemVer 2.0.0](https://semver.org/spec/v2.0.0.html) without its build metadata. */
interface Version {
  readonly numbers: readonly bigint[];
  readonly preRelease: readonly string[];
}

const NUMERIC = /^(?:0|[1-9][0-9]*)$/;
const IDENTIFIER = /^[0-9A-Za-z-]+$/;
const MAX_INT64 = (1n << 63n) - 1n;

/** `semver.is_valid(version)`: false for what is no string too. */
export function isValid(args: readonly Value[]): Value {
  const [version] = args;
  return typeof version === 'string' && parse(version) !== undefined;
}

/** `semver.compare(a, b)`: -1, 0 or 1. */
export function compare(args: readonly Value[]): Value {
  const a = parse(stringAt(args, 0));
  const b = parse(stringAt(args, 1));
  if (a === undefined || b === undefined) throw refused('both operands must be semantic versions');
  return RegoNumber.of(Math.sign(compareVersions(a, b)));
}

/** A leading `v` is allowed, as in OPA (internal/semver). */
function parse(text: string): Version | undefined {
  const version = text.startsWith('v') ? text.slice(1) : text;
  const [main, metadata] = cut(version, '+');
  if (metadata !== undefined && !metadata.split('.').every((part) => IDENTIFIER.test(part))) return undefined;
  const [core, pre] = cut(main, '-');
  const preRelease = pre?.split('.') ?? [];
  if (!preRelease.every(isPreReleaseIdentifier)) return undefined;
  const parts = core.split('.');
  if (parts.length !== 3 || !parts.every((part) => NUMERIC.test(part) && part.length <= 19)) return undefined;
  const numbers = parts.map((part) => BigInt(part));
  return numbers.every((number) => number <= MAX_INT64) ? { numbers, preRelease } : undefined;
}

function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function isPreReleaseIdentifier(part: string): boolean {
  return IDENTIFIER.test(part) && !/^0[0-9]+$/.test(part);
}

function compareVersions(a: Version, b: Version): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) return b.preRelease.length - a.preRelease.length;
  for (const [i, part] of a.preRelease.entries()) {
    const other = b.preRelease[i];
    if (other === undefined) return 1;
    const order = compareIdentifiers(part, other);
    if (order !== 0) return order;
  }
  return a.preRelease.length - b.preRelease.length;
}

/** Numbers before words; OPA reads numbers beyond 64 bits as the largest of 64 bits. */
function compareIdentifiers(a: string, b: string): number {
  const numeric = [a, b].map((part) => (/^[0-9]+$/.test(part) ? capped(part) : undefined));
  const [x, y] = numeric;
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (x !== undefined) return -1;
  if (y !== undefined) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function capped(digits: string): bigint {
  return digits.length > 19 || BigInt(digits) > MAX_INT64 ? MAX_INT64 : BigInt(digits);
}
