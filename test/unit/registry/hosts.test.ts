import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/reference.ts';
import { Hosts, type RegistryReference } from '../../../src/registry/hosts.ts';
import type { HostSettings } from '../../../src/registry/options.ts';
import { TEST_TLS } from '../../support/registry/registry.ts';

const reference = (text: string): RegistryReference => {
  const parsed = parseReference(text);
  if (parsed.kind !== 'registry') throw new Error(`${text} is not in a registry`);
  return parsed;
};
const baseOf = (text: string, settings: Readonly<Record<string, HostSettings>> = {}): string =>
  new Hosts(settings).place(reference(text)).base.href;

describe('Hosts.place', () => {
  it('maps Docker Hub to the host of its API', () => {
    expect(baseOf('alpine')).toBe('https://registry-1.docker.io/v2/library/alpine/');
    expect(baseOf('index.docker.io/team/app:1')).toBe('https://registry-1.docker.io/v2/team/app/');
  });

  it('speaks plain HTTP to loopback hosts only', () => {
    expect(baseOf('localhost/app')).toBe('http://localhost/v2/app/');
    expect(baseOf('localhost:5000/app')).toBe('http://localhost:5000/v2/app/');
    expect(baseOf('127.0.0.1:5000/app')).toBe('http://127.0.0.1:5000/v2/app/');
    expect(baseOf('[::1]:5000/app')).toBe('http://[::1]:5000/v2/app/');
    expect(baseOf('registry.test:5000/app')).toBe('https://registry.test:5000/v2/app/');
    expect(baseOf('10.0.0.1:5000/app')).toBe('https://10.0.0.1:5000/v2/app/');
  });

  it('speaks plain HTTP to hosts that are set so, and to no others', () => {
    const settings = { 'registry.test:5000': { plainHttp: true } };
    expect(baseOf('registry.test:5000/app', settings)).toBe('http://registry.test:5000/v2/app/');
    expect(baseOf('registry.test/app', settings)).toBe('https://registry.test/v2/app/');
    expect(baseOf('sub.registry.test:5000/app', settings)).toBe('https://sub.registry.test:5000/v2/app/');
  });

  it('speaks TLS to a loopback host where that is set or a certificate is', () => {
    expect(baseOf('localhost:5000/app', { 'localhost:5000': { tls: true } })).toMatch(/^https:/);
    expect(baseOf('localhost:5000/app', { 'localhost:5000': { ca: TEST_TLS.ca } })).toMatch(/^https:/);
    expect(baseOf('localhost:5000/app', { 'localhost:5000': { plainHttp: false } })).toMatch(/^http:/);
  });

  it('takes each matter from the longest prefix that speaks of it, in whole components', () => {
    const settings: Readonly<Record<string, HostSettings>> = {
      'registry.test': { ca: TEST_TLS.ca, credential: { kind: 'bearer', token: 'host' } },
      'registry.test/team': { credential: { kind: 'bearer', token: 'team' } },
    };
    const hosts = new Hosts(settings);
    const place = (text: string) => hosts.place(reference(text));
    expect(place('registry.test/team/app').credential).toEqual({ kind: 'bearer', token: 'team' });
    expect(place('registry.test/team/app').tls.ca).toBe(TEST_TLS.ca);
    expect(place('registry.test/teams/app').credential).toEqual({ kind: 'bearer', token: 'host' });
    expect(place('other.test/team/app').credential).toBeUndefined();
  });

  it('refuses a host that no URL can hold', () => {
    expect(() => baseOf('1.2.3.4.5:80/app')).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
  });
});

describe('new Hosts', () => {
  const build = (settings: HostSettings) => () => new Hosts({ 'registry.test': settings });
  const fault = expect.objectContaining({ code: 'CONFIG_INVALID' });

  it('refuses certificates that cannot be used', () => {
    expect(build({ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' })).toThrow(fault);
    expect(build({ ca: 'this is no PEM file' })).toThrow(fault);
    expect(build({ cert: TEST_TLS.client.cert })).toThrow(fault);
    expect(build({ cert: TEST_TLS.client.cert, key: TEST_TLS.server.key })).toThrow(fault);
  });
});

describe('Hosts.tlsOf', () => {
  it('shows the certificate of one host to no other', () => {
    const hosts = new Hosts({ 'registry.test': TEST_TLS.client });
    expect(hosts.tlsOf(new URL('https://registry.test/')).cert).toBe(TEST_TLS.client.cert);
    expect(hosts.tlsOf(new URL('https://registry.test:444/')).cert).toBeUndefined();
    expect(hosts.tlsOf(new URL('https://storage.test/')).cert).toBeUndefined();
  });
});

describe('the entry for every host', () => {
  it('counts after those for the host itself', () => {
    const settings = { '*': { plainHttp: true }, 'own.test': TEST_TLS.client };
    const hosts = new Hosts(settings);
    expect(baseOf('registry.test/app', settings)).toBe('http://registry.test/v2/app/');
    expect(baseOf('own.test/app', settings)).toBe('https://own.test/v2/app/');
    expect(hosts.allowsPlain(new URL('http://any.test/'))).toBe(true);
    expect(hosts.tlsOf(new URL('https://any.test/')).cert).toBeUndefined();
  });

  it('lets references lead into the house, and names no host', () => {
    expect(new Hosts({ '*': {} }, 'public').outset).toBe('loopback');
    expect(new Hosts({ 'own.test': {} }, 'public').outset).toBe('public');
    expect(new Hosts({ '*': {} }).outset).toBeUndefined();
    expect(new Hosts({ '*': {} }, 'public').isNamed(new URL('http://any.test/'))).toBe(false);
  });
});

describe('Hosts.isNamed', () => {
  it('knows a host by its own entry and by those of its repositories', () => {
    const hosts = new Hosts({ 'registry.test:5000/team': {}, 'other.test': {} });
    const named = [
      'https://registry.test:5000/',
      'https://other.test/x',
      'https://registry.test/',
      'https://sub.other.test/',
    ];
    expect(named.map((url) => hosts.isNamed(new URL(url)))).toEqual([true, true, false, false]);
  });
});
