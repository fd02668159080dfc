import { describe, expect, it } from 'vitest';
import { checkReach, isLoopback, mayReach, outermost, type Reach, reachOf } from '../../../src/registry/addresses.ts';

describe('reachOf', () => {
  const cases: ReadonlyArray<readonly [Reach, readonly string[]]> = [
    ['public', ['8.8.8.8', '2606:4700::1111', '64:ff9b::808:808', '172.32.0.1', '169.255.0.1', '2002:808:808::1']],
    [
      'private',
      ['10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1', 'fd12::1', '::ffff:10.0.0.1', '64:ff9b::a00:1'],
    ],
    ['loopback', ['127.0.0.1', '127.8.8.8', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '2002:7f00:1::']],
    [
      'link-local',
      [
        '169.254.169.254',
        'fe80::1',
        '::ffff:169.254.169.254',
        '64:ff9b::a9fe:a9fe',
        '100.100.100.200',
        'fd00:ec2::254',
      ],
    ],
  ];

  it.each(cases)('finds %s addresses, also inside of IPv6', (reach, addresses) => {
    for (const address of addresses) expect([address, reachOf(address)]).toEqual([address, reach]);
  });
});

describe('mayReach', () => {
  it('never lets a server send us further in than it lies itself, nor to link-local addresses', () => {
    const reaches: readonly Reach[] = ['public', 'private', 'loopback', 'link-local'];
    const allowed = reaches.map((from) => reaches.filter((to) => mayReach(from, to)));
    expect(allowed).toEqual([
      ['public'],
      ['public', 'private'],
      ['public', 'private', 'loopback'],
      ['public', 'private', 'loopback'],
    ]);
  });
});

describe('checkReach', () => {
  it('refuses a name if any of its addresses is forbidden', () => {
    const addresses = [
      { address: '8.8.8.8', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    expect(() => checkReach('two.test', addresses, 'public')).toThrow(
      expect.objectContaining({ code: 'REGISTRY_NOT_ALLOWED' }),
    );
    expect(() => checkReach('two.test', addresses, 'private')).not.toThrow();
  });
});

describe('outermost', () => {
  it('gives a name with addresses of two kinds the rights of the outer one', () => {
    const one = { address: '10.0.0.1', family: 4 };
    expect(outermost([one, { address: '8.8.8.8', family: 4 }])).toBe('public');
    expect(outermost([one])).toBe('private');
  });
});

describe('isLoopback', () => {
  it('knows this machine by name and address, and nothing that looks like it', () => {
    expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'].map(isLoopback)).toEqual([true, true, true, true]);
    expect(['localhost.evil.test', '127.0.0.1.evil.test', '[::2]', '128.0.0.1', '0.0.0.0'].map(isLoopback)).toEqual(
      Array(5).fill(false),
    );
  });
});
