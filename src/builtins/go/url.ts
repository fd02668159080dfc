import { parseAddress } from './ip.ts';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const HOST = `${ALPHANUMERIC}!"$&'()*+,-.:;<=>[]_~`;

/** The parts of a URL that Go escapes each in its own way, with the characters that stand for themselves there. */
const UNESCAPED = {
  path: `${ALPHANUMERIC}$&+,-./:;=@_~`,
  host: HOST,
  zone: HOST,
  user: `${ALPHANUMERIC}$&+,-.;=_~`,
  query: `${ALPHANUMERIC}-._~`,
  fragment: `${ALPHANUMERIC}!$&()*+,-./:;=?@_~`,
} as const;

type Mode = keyof typeof UNESCAPED;

/** A URL in parts, as Go's [`url.URL`](https://pkg.go.dev/net/url#URL) has them; absent parts are empty. */
export interface Url {
  readonly scheme: string;
  /** Host and port. */
  readonly host: string;
  readonly path: string;
  /** The path as it was written, where that is not how Go would write it; else empty. */
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly fragment: string;
}

/** Most parameters of one query, Go's own limit. */
const MAX_QUERY_PARAMETERS = 10_000;

/** Go's [`url.Parse`](https://pkg.go.dev/net/url#Parse); undefined where it reports an error. */
export function parseUrl(text: string): Url | undefined {
  const raw = toBytes(text);
  const [body, fragment] = cut(raw, '#');
  const url = parseWithoutFragment(body);
  const unescaped = decodePart(fragment, 'fragment');
  if (url === undefined || unescaped === undefined) return undefined;
  return {
    scheme: url.scheme,
    host: toText(url.host),
    path: toText(url.path),
    rawPath: toText(url.rawPath),
    rawQuery: toText(url.rawQuery),
    fragment: toText(unescaped),
  };
}

/** Go's [`url.QueryEscape`](https://pkg.go.dev/net/url#QueryEscape). */
export function escapeQuery(text: string): string {
  return encodePart(toBytes(text), 'query');
}

/** Go's [`url.QueryUnescape`](https://pkg.go.dev/net/url#QueryUnescape); undefined where it reports an error. */
export function unescapeQuery(text: string): string | undefined {
  const bytes = decodePart(toBytes(text), 'query');
  return bytes === undefined ? undefined : toText(bytes);
}

/** Go's [`url.ParseQuery`](https://pkg.go.dev/net/url#ParseQuery); undefined where it reports an error. */
export function parseQuery(text: string): ReadonlyMap<string, readonly string[]> | undefined {
  const pairs = text.split('&');
  if (pairs.length > MAX_QUERY_PARAMETERS) return undefined;
  const values = new Map<string, string[]>();
  for (const pair of pairs) {
    if (pair.includes(';')) return undefined;
    if (pair === '') continue;
    const [rawKey, rawValue] = cut(pair, '=');
    const key = unescapeQuery(rawKey);
    const value = unescapeQuery(rawValue);
    if (key === undefined || value === undefined) return undefined;
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  return values;
}

/** `host:port` apart: port only where it is a number, host without the brackets of IPv6. */
export function splitHostPort(hostPort: string): { readonly host: string; readonly port: string } {
  const colon = hostPort.lastIndexOf(':');
  const split = colon >= 0 && isOptionalPort(hostPort.slice(colon));
  const host = split ? hostPort.slice(0, colon) : hostPort;
  return {
    host: host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host,
    port: split ? hostPort.slice(colon + 1) : '',
  };
}

/** One character for each byte of UTF-8: Go's functions see bytes. */
function toBytes(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function toText(bytes: string): string {
  return /^[\0-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function cut(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function parseWithoutFragment(raw: string): Url | undefined {
  if (/[^ -~\u0080-\uffff]/.test(raw) || raw.startsWith(':')) return undefined;
  const empty: Url = { scheme: '', host: '', path: '', rawPath: '', rawQuery: '', fragment: '' };
  if (raw === '*') return { ...empty, path: '*' };
  const prefix = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(raw)?.[0] ?? '';
  const scheme = prefix.slice(0, -1).toLowerCase();
  const [rest, rawQuery] = cut(raw.slice(prefix.length), '?');
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...empty, scheme, rawQuery };
    if (cut(rest, '/')[0].includes(':')) return undefined;
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const slash = hasAuthority ? rest.indexOf('/', 2) : 0;
  const host = hasAuthority ? parseAuthority(scheme, rest.slice(2, slash < 0 ? undefined : slash)) : '';
  const rawPath = slash < 0 ? '' : rest.slice(slash);
  const path = decodePart(rawPath, 'path');
  if (host === undefined || path === undefined) return undefined;
  return { scheme, host, path, rawPath: encodePart(path, 'path') === rawPath ? '' : rawPath, rawQuery, fragment: '' };
}

function parseAuthority(scheme: string, authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  if (at >= 0) {
    const user = authority.slice(0, at);
    if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(user) || decodePart(user, 'user') === undefined) return undefined;
  }
  return parseHost(scheme, authority.slice(at + 1));
}

function parseHost(scheme: string, host: string): string | undefined {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) return undefined;
  if (bracket === 0) return parseLiteral(host);
  const first = host.indexOf(':');
  const colon = scheme === 'http' || scheme === 'https' ? first : host.lastIndexOf(':');
  if (first >= 0 && !isOptionalPort(host.slice(colon))) return undefined;
  return decodePart(host, 'host');
}

/** An IPv6 address in brackets ([RFC 6874](https://www.rfc-editor.org/rfc/rfc6874) for its zone). */
function parseLiteral(host: string): string | undefined {
  const close = host.lastIndexOf(']');
  const port = host.slice(close + 1);
  if (close < 0 || !isOptionalPort(port)) return undefined;
  const name = host.slice(1, close);
  const zoneAt = name.indexOf('%25');
  const head = decodePart(zoneAt < 0 ? name : name.slice(0, zoneAt), 'host');
  const zone = decodePart(zoneAt < 0 ? '' : name.slice(zoneAt), 'zone');
  if (head === undefined || zone === undefined) return undefined;
  const address = parseAddress(head + zone);
  return address === undefined || address.dotted ? undefined : `[${head}${zone}]${port}`;
}

function isOptionalPort(text: string): boolean {
  return /^(?::[0-9]*)?$/.test(text);
}

function decodePart(bytes: string, mode: Mode): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(bytes)) return undefined;
  const strict = mode === 'host' || mode === 'zone';
  const escapes = strict ? bytes.matchAll(/%[0-9A-Fa-f]{2}/g) : [];
  for (const [escaped] of escapes) {
    const byte = Number.parseInt(escaped.slice(1), 16);
    if (escaped === '%25') continue;
    if (mode === 'host' && byte < 0x80) return undefined;
    if (mode === 'zone' && byte !== 0x20 && !isUnescaped(byte, 'host')) return undefined;
  }
  if (strict) {
    for (const character of bytes) {
      const byte = character.charCodeAt(0);
      if (character !== '%' && byte < 0x80 && !isUnescaped(byte, mode)) return undefined;
    }
  }
  const spaced = mode === 'query' ? bytes.replaceAll('+', ' ') : bytes;
  return spaced.replace(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function encodePart(bytes: string, mode: Mode): string {
  return bytes.replace(/[^A-Za-z0-9]/g, (character) => {
    const byte = character.charCodeAt(0);
    if (isUnescaped(byte, mode)) return character;
    if (character === ' ' && mode === 'query') return '+';
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

function isUnescaped(byte: number, mode: Mode): boolean {
  return UNESCAPED[mode].includes(String.fromCharCode(byte));
}
