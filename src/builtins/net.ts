import {
  contains,
  firstOf,
  formatAddress,
  formatNetwork,
  isV4,
  lastOf,
  type Network,
  parseAddress,
  parseNetwork,
} from './go/ip.ts';
import { isArray, membersAt, refused, stringAt, valueAt } from './operands.ts';
import { RegoNumber, RegoObject, RegoSet, type Value } from './value.ts';

/** Most addresses that one network is expanded to: a /16 of IPv4. OPA would go on until its memory ends. */
const MAX_EXPANDED_ADDRESSES = 65_536n;

/** `net.cidr_is_valid(text)`. */
export function cidrIsValid(args: readonly Value[]): Value {
  const [text] = args;
  return typeof text === 'string' && parseNetwork(text) !== undefined;
}

/** `net.cidr_expand(cidr)`: every address. */
export function cidrExpand(args: readonly Value[]): Value {
  const network = networkOf(stringAt(args, 0));
  const last = lastOf(network);
  if (last - network.first >= MAX_EXPANDED_ADDRESSES) {
    throw refused(`the network has more than ${MAX_EXPANDED_ADDRESSES} addresses`);
  }
  const addresses: Value[] = [];
  for (let value = network.first; value <= last; value += 1n) addresses.push(formatAddress(value));
  return new RegoSet(addresses);
}

/** `net.cidr_contains_matches(cidrs, cidrs_or_ips)`: pairs of keys whose values contain each other. */
export function cidrContainsMatches(args: readonly Value[]): Value {
  const cidrs = keyed(valueAt(args, 0));
  const others = cidrs.length === 0 ? [] : keyed(valueAt(args, 1));
  const found: Value[] = [];
  for (const [cidr, key] of others.length === 0 ? [] : cidrs) {
    const network = networkOf(textOf(cidr));
    for (const [other, otherKey] of others) if (containsText(network, textOf(other))) found.push([key, otherKey]);
  }
  return new RegoSet(found);
}

/** The networks of an operand, each with what stands for it in the result. */
function keyed(value: Value): readonly (readonly [Value, Value])[] {
  if (typeof value === 'string') return [[value, value]];
  if (isArray(value)) return value.map((item, i) => [headOf(item), RegoNumber.of(i)]);
  if (value instanceof RegoSet) return value.items().map((item) => [headOf(item), item]);
  if (value instanceof RegoObject) return value.entries().map(([key, item]) => [headOf(item), key]);
  return [];
}

function headOf(item: Value): Value {
  const head = isArray(item) ? item[0] : item;
  if (head === undefined || (!isArray(item) && typeof item !== 'string')) {
    throw refused('an element must be a string or an array that begins with one');
  }
  return head;
}

function textOf(value: Value): string {
  if (typeof value !== 'string') throw refused('a network must be a string');
  return value;
}

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (network === undefined) throw refused('not a network in CIDR notation');
  return network;
}

function containsText(network: Network, text: string): boolean {
  const address = parseAddress(text);
  if (address !== undefined && address.zone === '') return contains(network, address.value);
  const other = networkOf(text);
  if (!isV4(network.first) && !isV4(other.first)) {
    return network.ones <= other.ones && firstOf(other.first, network.ones) === network.first;
  }
  return contains(network, other.first) && contains(network, lastOf(other));
}

/** A run of addresses; `network` is its text as long as nothing was merged into it. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly network: string | undefined;
}

/** `net.cidr_merge(cidrs_or_ips)`: the fewest networks that cover the same addresses. */
export function cidrMerge(args: readonly Value[]): Value {
  const ranges = membersAt(args, 0).map(toRange);
  ranges.sort((a, b) => order(a.last, b.last) || order(a.first, b.first));
  const merged: Range[] = [];
  let current = ranges.pop();
  while (current !== undefined) {
    const previous = ranges.pop();
    if (previous !== undefined && before(current.first) <= previous.last) {
      current = {
        first: previous.first < current.first ? previous.first : current.first,
        last: current.last,
        network: undefined,
      };
    } else {
      merged.push(current);
      current = previous;
    }
  }
  return new RegoSet(
    merged.flatMap(({ first, last, network }) => (network === undefined ? cover(first, last) : [network])),
  );
}

/** A bare IPv4 address stands for the network of its class, a bare IPv6 address is refused, as in OPA. */
function toRange(value: Value): Range {
  const text = textOf(value);
  const address = parseAddress(text);
  if (address === undefined || address.zone !== '') {
    const network = networkOf(text);
    return { first: network.first, last: lastOf(network), network: formatNetwork(network.first, network.ones) };
  }
  if (!isV4(address.value)) throw refused('an IPv6 address needs a prefix length');
  const head = (address.value >> 24n) & 0xffn;
  const ones = 96 + (head < 0x80n ? 8 : head < 0xc0n ? 16 : 24);
  const network = { first: firstOf(address.value, ones), ones };
  return { first: network.first, last: lastOf(network), network: formatNetwork(address.value, ones) };
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The address before; the lowest of each family stays. */
function before(value: bigint): bigint {
  return value === 0n || value === 0xffff_0000_0000n ? value : value - 1n;
}

/** The fewest networks from `first` to `last`. */
function cover(first: bigint, last: bigint): readonly string[] {
  const networks: string[] = [];
  for (let value = first; value <= last; ) {
    let ones = 128;
    while (ones > 0 && firstOf(value, ones - 1) === value && lastOf({ first: value, ones: ones - 1 }) <= last)
      ones -= 1;
    networks.push(formatNetwork(value, ones));
    value = lastOf({ first: value, ones }) + 1n;
  }
  return networks;
}
