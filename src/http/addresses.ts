import { BlockList, isIP } from 'node:net';

/** One address that a name stands for. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry */
const SPECIAL_IPV4: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // A cloud answers there with its machines' own configuration.
  '168.63.129.16/32',
];

/** What lies in IPv6's global unicast space and is not global, or carries an address of IPv4 to go on to. */
const SPECIAL_IPV6: readonly string[] = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Prefixes whose last 32 bits are an address of IPv4: mapped ones, and NAT64, which networks without IPv4 need. */
const MAPPED = '::ffff:0:0/96';
const NAT64 = '64:ff9b::/96';

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits = ''] = subnet.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

const throughNat64 = (subnet: string): string => {
  const [address = '', bits = ''] = subnet.split('/');
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return `64:ff9b::${group(a, b)}:${group(c, d)}/${96 + Number(bits)}`;
};

const SPECIAL = blockList([...SPECIAL_IPV4, ...SPECIAL_IPV4.map(throughNat64), ...SPECIAL_IPV6]);
const GLOBAL = blockList(['2000::/3', MAPPED, NAT64]);

/** Whether an address is one of the public internet: not this machine, not its network, not a cloud's own services. */
export function isPublic(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !SPECIAL.check(address, 'ipv4');
    case 6:
      // A zone (fe80::1%eth0) is only there for addresses that lie near.
      return !address.includes('%') && GLOBAL.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6');
    default:
      return false;
  }
}

/** The host of a URL without the brackets of an IPv6 address. */
export const bareHostname = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');
