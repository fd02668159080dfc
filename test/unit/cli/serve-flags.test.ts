import { describe, expect, it } from 'vitest';
import { type ServeFlags, serverWith } from '../../../src/cli/serve-flags.ts';
import { loadConfig } from '../../../src/config/load.ts';

const { config } = await loadConfig(undefined, '/');
const served = (flags: ServeFlags) => serverWith(flags, '/srv/here')(config.server);

describe('the flags of ratify serve', () => {
  it('change nothing where there are none', () => {
    expect(served({})).toEqual(config.server);
  });

  it.each([
    [':6001', '0.0.0.0', 6001],
    ['127.0.0.1:7', '127.0.0.1', 7],
    ['[::1]:7', '::1', 7],
    ['localhost:0', 'localhost', 0],
  ])('--http %s is an address', (http, address, port) => {
    expect(served({ http })).toMatchObject({ address, port });
  });

  it.each([
    { http: 'nonsense' },
    { http: ':99999' },
    { http: '::1:80' },
    { http: '' },
    { 'cache-ttl': '10' },
    { 'cache-ttl': '-1s' },
    { 'cache-size': '0' },
    { 'cache-size': '1e9x' },
    { 'cache-type': 'dapr' },
    { 'cache-enabled': 'maybe' },
    { 'metrics-type': 'statsd' },
    { 'metrics-port': 'x' },
    { 'health-port': 'x' },
    { 'ca-cert-file': 'ca.crt' },
    { 'enable-crd-manager': true },
  ] satisfies ServeFlags[])('%j is a fault of usage', (flags) => {
    expect(() => served(flags)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('speak TLS with the files of a directory, and admit who is known', () => {
    expect(served({ 'cert-dir': 'certs' }).tls).toEqual({
      cert: '/srv/here/certs/tls.crt',
      key: '/srv/here/certs/tls.key',
    });
    expect(served({ 'cert-dir': '/certs', 'ca-cert-file': '/ca.crt' }).tls).toEqual({
      cert: '/certs/tls.crt',
      key: '/certs/tls.key',
      clientCa: '/ca.crt',
    });
  });

  it('reuse decisions as long as they say, or not at all', () => {
    expect(served({ 'cache-ttl': '5s', 'cache-size': '256' }).cache).toEqual({
      ...config.server.cache,
      allow: 5000,
      deny: 5000,
      incomplete: 5000,
      stale: 0,
      bytes: 268_435_456,
    });
    expect(served({ 'cache-ttl': '1m' }).cache).toMatchObject({ allow: 60_000, deny: 10_000 });
    const none = { allow: 0, deny: 0, incomplete: 0, stale: 0 };
    expect(served({ 'cache-enabled': 'false', 'cache-ttl': '5s' }).cache).toMatchObject(none);
    expect(served({ 'cache-enabled': 'false' }).cache).toMatchObject(none);
    expect(served({ 'cache-enabled': true }).cache).toEqual(config.server.cache);
  });

  it('serve metrics and probes on ports of their own', () => {
    expect(served({ 'metrics-enabled': true }).metrics).toEqual({ address: '0.0.0.0', port: 8888 });
    expect(served({ 'metrics-enabled': 'true', 'metrics-port': '9' }).metrics).toEqual({ address: '0.0.0.0', port: 9 });
    expect(served({ 'metrics-port': '9' }).metrics).toBeUndefined();
    expect(served({ 'metrics-enabled': 'false', 'metrics-port': '9' }).metrics).toBeUndefined();
    expect(served({ 'health-port': ':9099' }).health).toEqual({ address: '0.0.0.0', port: 9099 });
  });

  it('need no custom resources where they say so', () => {
    expect(served({ 'enable-crd-manager': 'false' })).toEqual(config.server);
  });
});
