import { BlockList, isIP } from 'node:net';
import { VerdictError } from '../errors.ts';
import type { Address } from './options.ts';

/** How far into somebody's house an address lies, the outermost first. */
export type Reach = 'public' | 'private' | 'loopback' | 'link-local';

const ORDER: readonly Reach[] = ['public', 'private', 'loopback', 'link-local'];

/** https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry */
const SUBNETS: Readonly<Record<Exclude<Reach, 'public'>, readonly string[]>> = {
  // Clouds serve credentials at link-local addresses and at three others.
  'link-local': ['169.254.0.0/16', 'fe80::/10', '100.100.100.200/32', '192.0.0.192/32', 'fd00:ec2::/32'],
  loopback: ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'],
  private: [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    '192.0.0.0/24',
    '198.18.0.0/15',
    '224.0.0.0/3',
    'fc00::/7',
    'fec0::/10',
    'ff00::/8',
  ],
};

/** Addresses of IPv6 that stand for one of IPv4: NAT64 and 6to4. BlockList itself knows the mapped ones. */
const embedded = (subnet: string, bits: number): ReadonlyArray<readonly [string, number]> => {
  const [a = 0, b = 0, c = 0, d = 0] = subnet.split('.').map(Number);
  const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return [
    [`64:ff9b::${group(a, b)}:${group(c, d)}`, 96 + bits],
    [`2002:${group(a, b)}:${group(c, d)}::`, 16 + bits],
  ];
};

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', length = ''] = subnet.split('/');
    const bits = Number(length);
    if (isIP(address) === 6) list.addSubnet(address, bits, 'ipv6');
    else {
      list.addSubnet(address, bits, 'ipv4');
      for (const [six, sixBits] of embedded(address, bits)) list.addSubnet(six, sixBits, 'ipv6');
    }
  }
  return list;
}

const LISTS: ReadonlyArray<readonly [Reach, BlockList]> = [
  ['link-local', blockList(SUBNETS['link-local'])],
  ['loopback', blockList(SUBNETS.loopback)],
  ['private', blockList(SUBNETS.private)],
];

/** Where an IP address lies. */
export function reachOf(address: string): Reach {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return LISTS.find(([, list]) => list.check(address, family))?.[0] ?? 'public';
}

/** The host of a URL without the brackets of an IPv6 address. */
export const bareHostname = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** Whether a URL's host is this machine by its very name. */
export function isLoopback(hostname: string): boolean {
  const bare = bareHostname(hostname);
  if (isIP(bare) === 0) return bare === 'localhost';
  return bare === '::1' || bare.startsWith('127.');
}

/** Whether a server that itself lies at `from` may send us to `to`. */
export const mayReach = (from: Reach, to: Reach): boolean =>
  to !== 'link-local' && ORDER.indexOf(to) <= ORDER.indexOf(from);

/** Throws REGISTRY_NOT_ALLOWED where one of the addresses lies further in than `from`. */
export function checkReach(hostname: string, addresses: readonly Address[], from: Reach): void {
  const bad = addresses.find(({ address }) => !mayReach(from, reachOf(address)));
  if (bad === undefined) return;
  throw new VerdictError(
    'REGISTRY_NOT_ALLOWED',
    `${hostname} lies at a ${reachOf(bad.address)} address (${bad.address}), and nobody but the configuration may send us there; name the host under \`registries\` if that is meant`,
  );
}

/** The outermost of several addresses: what a name with addresses of both kinds may claim. */
export const outermost = (addresses: readonly Address[]): Reach =>
  ORDER.find((reach) => addresses.some(({ address }) => reachOf(address) === reach)) ?? 'public';
