import { join, resolve } from 'node:path';
import { parseDuration } from '../duration.ts';
import { VerdictError } from '../errors.ts';
import type { Config } from '../generated/config.ts';

type Server = Config['server'];

/** Flags as they were given, by name without dashes; `true` for one without a value. */
export type ServeFlags = Readonly<Record<string, string | true | undefined>>;

interface ServeFlag {
  readonly name: string;
  /** What its value is called; a flag in brackets may stand alone. */
  readonly value: string;
  readonly description: string;
  /** The settings with what the flag says. Throws USAGE. */
  readonly apply: (server: Server, value: string | true, given: Given) => Server;
}

interface Given {
  readonly flags: ServeFlags;
  /** From which paths are taken. */
  readonly directory: string;
}

const MEBIBYTE = 1024 * 1024;
/** Where Ratify serves metrics. */
const METRICS_PORT = 8888;
const ANYWHERE = '0.0.0.0';

/** Flags of `ratify serve`, under Ratify's names. They go before what the configuration says. */
export const SERVE_FLAGS: readonly ServeFlag[] = [
  {
    name: 'http',
    value: '<address>',
    description: 'listen on this address: host:port, or :port for every interface',
    apply: (server, value) => ({ ...server, ...listener('http', value) }),
  },
  {
    name: 'cert-dir',
    value: '<dir>',
    description: 'speak TLS with tls.crt and tls.key of this directory',
    apply: (server, value, { directory }) => {
      const path = resolve(directory, String(value));
      return { ...server, tls: { ...server.tls, cert: join(path, 'tls.crt'), key: join(path, 'tls.key') } };
    },
  },
  {
    name: 'ca-cert-file',
    value: '<file>',
    description: 'admit only clients with a certificate of these authorities; goes with TLS',
    apply: (server, value, { directory }) => {
      if (server.tls === undefined) throw usage('--ca-cert-file goes with --cert-dir');
      return { ...server, tls: { ...server.tls, clientCa: resolve(directory, String(value)) } };
    },
  },
  {
    name: 'cache-enabled',
    value: '[boolean]',
    description: 'reuse decisions; =false: decide anew each time',
    apply: (server, value) =>
      isTrue('cache-enabled', value)
        ? server
        : { ...server, cache: { ...server.cache, allow: 0, deny: 0, incomplete: 0, stale: 0 } },
  },
  {
    name: 'cache-ttl',
    value: '<duration>',
    description: 'reuse decisions no longer than this, such as 10s',
    apply: ({ cache, ...server }, value, { flags }) => {
      const nanoseconds = parseDuration(String(value));
      if (nanoseconds === undefined) throw usage(`--cache-ttl ${value}: write it as 10s`);
      const allow = isTrue('cache-enabled', flags['cache-enabled'] ?? true) ? Math.floor(nanoseconds / 1e6) : 0;
      const atMost = (milliseconds: number): number => Math.min(milliseconds, allow);
      const times = { allow, deny: atMost(cache.deny), incomplete: atMost(cache.incomplete), stale: 0 };
      return { ...server, cache: { ...cache, ...times } };
    },
  },
  {
    name: 'cache-size',
    value: '<mebibytes>',
    description: 'memory for decisions',
    apply: (server, value) => {
      const size = Number(value);
      if (!Number.isInteger(size) || size < 1) throw usage(`--cache-size ${value}: give mebibytes`);
      return { ...server, cache: { ...server.cache, bytes: size * MEBIBYTE } };
    },
  },
  only('cache-type', 'ristretto', 'kind of cache'),
  {
    name: 'metrics-enabled',
    value: '[boolean]',
    description: `serve metrics on a port of their own (${METRICS_PORT})`,
    apply: (server, value, { flags }) => {
      const { metrics: _, ...rest } = server;
      if (!isTrue('metrics-enabled', value)) return rest;
      return { ...rest, metrics: listener('metrics-port', flags['metrics-port'] ?? String(METRICS_PORT)) };
    },
  },
  {
    name: 'metrics-port',
    value: '<port>',
    description: 'the port for metrics; goes with --metrics-enabled',
    apply: (server, value) => {
      listener('metrics-port', value);
      return server;
    },
  },
  only('metrics-type', 'prometheus', 'kind of metrics'),
  {
    name: 'health-port',
    value: '<port>',
    description: 'answer probes on a port of their own: 9099, or host:port',
    apply: (server, value) => ({ ...server, health: listener('health-port', value) }),
  },
  {
    name: 'enable-crd-manager',
    value: '[boolean]',
    description: 'refused: custom resources are not read',
    apply: (server, value) => {
      if (!isTrue('enable-crd-manager', value)) return server;
      throw usage(
        '--enable-crd-manager: Verdict reads no custom resources; make a configuration of them with `verdict migrate ratify`',
      );
    },
  },
];

/** What the flags that were given make of the configured service. Throws USAGE. */
export const serverWith =
  (flags: ServeFlags, directory: string) =>
  (server: Server): Server =>
    SERVE_FLAGS.reduce((made, { name, apply }) => {
      const value = flags[name];
      return value === undefined ? made : apply(made, value, { flags, directory });
    }, server);

/** A choice of which Verdict has one. */
function only(name: string, known: string, description: string): ServeFlag {
  return {
    name,
    value: '<name>',
    description: `${description}: ${known}`,
    apply: (server, value) => {
      if (value === known) return server;
      throw usage(`--${name} ${value}: there is only ${known}`);
    },
  };
}

function isTrue(name: string, value: string | true): boolean {
  if (value === true || value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw usage(`--${name}=${value}: give true or false`);
}

/** `host:port`, `:port` or `port`. */
function listener(name: string, value: string | true): { readonly address: string; readonly port: number } {
  const [, host = '', digits = ''] = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(String(value)) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65535) throw usage(`--${name} ${value}: write it as host:port or :port`);
  return { address: host.replace(/^\[(.*)\]$/, '$1') || ANYWHERE, port };
}

const usage = (message: string): VerdictError => new VerdictError('USAGE', message);
