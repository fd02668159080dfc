/** An address in 128 bits; IPv4 is mapped into IPv6 (`::ffff:0:0/96`), as Go's `net.IP` keeps it. */
export interface Address {
  readonly value: bigint;
  /** Written as IPv4: its prefixes count 32 bits. */
  readonly dotted: boolean;
  /** What stands after `%`, or empty. */
  readonly zone: string;
}

/** A network: the first address and how many leading bits of 128 are fixed. */
export interface Network {
  readonly first: bigint;
  readonly ones: number;
}

const V4_PREFIX = 0xffffn;

/** Go's [`netip.ParseAddr`](https://pkg.go.dev/net/netip#ParseAddr); undefined where it reports an error. */
export function parseAddress(text: string): Address | undefined {
  const [head = ''] = /^[^.:%]*./.exec(text) ?? [];
  if (head.endsWith('.')) {
    const value = parseDotted(text);
    return value === undefined ? undefined : { value: (V4_PREFIX << 32n) | value, dotted: true, zone: '' };
  }
  if (!head.endsWith(':')) return undefined;
  const percent = text.indexOf('%');
  const zone = percent < 0 ? '' : text.slice(percent + 1);
  if (percent >= 0 && zone === '') return undefined;
  const value = parseColons(percent < 0 ? text : text.slice(0, percent));
  return value === undefined ? undefined : { value, dotted: false, zone };
}

function parseDotted(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseColons(text: string): bigint | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  const [head, tail] = groups;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const count = head.length + (tail?.length ?? 0);
  if (tail === undefined ? count !== 8 : count > 7) return undefined;
  const all = [...head, ...Array.from({ length: 8 - count }, () => 0n), ...(tail ?? [])];
  return all.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`; only the last of all may be dotted. */
function parseGroups(text: string, last: boolean): readonly bigint[] | undefined {
  const groups: bigint[] = [];
  const parts = text === '' ? [] : text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
      continue;
    }
    const dotted = last && i === parts.length - 1 ? parseDotted(part) : undefined;
    if (dotted === undefined) return undefined;
    groups.push(dotted >> 16n, dotted & 0xffffn);
  }
  return groups;
}

/** Go's [`net.ParseCIDR`](https://pkg.go.dev/net#ParseCIDR) without the address; undefined where it reports an error. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1).replace(/^0+(?=[0-9])/, '');
  if (address === undefined || address.zone !== '' || !/^[0-9]{1,3}$/.test(digits)) return undefined;
  const ones = Number(digits);
  if (ones > (address.dotted ? 32 : 128)) return undefined;
  const fixed = address.dotted ? ones + 96 : ones;
  return { first: firstOf(address.value, fixed), ones: fixed };
}

/** The lowest address that shares the leading `ones` bits. */
export function firstOf(value: bigint, ones: number): bigint {
  const free = BigInt(128 - ones);
  return (value >> free) << free;
}

/** The highest address of a network. */
export function lastOf({ first, ones }: Network): bigint {
  return first | ((1n << BigInt(128 - ones)) - 1n);
}

/** Whether Go takes it for IPv4 (`IP.To4`). */
export function isV4(value: bigint): boolean {
  return value >> 32n === V4_PREFIX;
}

/** Go's `IPNet.Contains`: never across families. */
export function contains(network: Network, value: bigint): boolean {
  return isV4(network.first) === isV4(value) && firstOf(value, network.ones) === network.first;
}

/** Go's `IP.String`. */
export function formatAddress(value: bigint): string {
  if (isV4(value)) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const zeros = longestZeros(groups);
  if (zeros === undefined) return groups.join(':');
  return `${groups.slice(0, zeros[0]).join(':')}::${groups.slice(zeros[1]).join(':')}`;
}

/** Go's `IPNet.String`; `value` may lie anywhere in the network. */
export function formatNetwork(value: bigint, ones: number): string {
  return `${formatAddress(value)}/${isV4(value) ? ones - 96 : ones}`;
}

/** The first longest run of at least two zero groups: start and end. */
function longestZeros(groups: readonly string[]): readonly [number, number] | undefined {
  let best: readonly [number, number] | undefined;
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (groups[end] === '0') end += 1;
    if (end - start >= 2 && end - start > (best === undefined ? 0 : best[1] - best[0])) best = [start, end];
  }
  return best;
}
