import { isObject } from '../json.ts';

/** What stands for a secret. */
export const MASK = '***';

/** Members whose text is a secret, wherever they stand; `passwordEnv` and `passwordFile` only say where one is. */
const SECRET_NAME = /(?:password|passphrase|secret|token|api_?key)$/i;
const PRIVATE_KEY = /-----BEGIN [^-]*PRIVATE KEY/;
const URL_START = /^[a-z][a-z0-9+.-]*:\/\//i;
const URLS = /[a-z][a-z0-9+.-]*:\/\/\S+/gi;

/** The same value with every secret in it replaced: passwords, private keys, user information and queries of URLs. */
export function masked(value: unknown): unknown {
  if (typeof value === 'string') return maskedText(value);
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      SECRET_NAME.test(name) && typeof one === 'string' ? MASK : masked(one),
    ]),
  );
}

function maskedText(text: string): string {
  if (PRIVATE_KEY.test(text)) return MASK;
  return URL_START.test(text) ? maskedUrl(text) : text.replace(URLS, maskedUrl);
}

function maskedUrl(url: string): string {
  const start = URL_START.exec(url)?.[0] ?? '';
  return start + withoutQuery(withoutUser(url.slice(start.length)));
}

/** Up to the last `@`: a password may hold what should have been escaped. An `@` in a path alone names a version. */
function withoutUser(rest: string): string {
  const [authority = ''] = rest.split(/[/?#]/, 1);
  const last = rest.lastIndexOf('@');
  return last >= 0 && /[@:]/.test(authority) ? MASK + rest.slice(last) : rest;
}

/** Queries of pre-signed URLs are secrets. */
function withoutQuery(rest: string): string {
  const query = rest.indexOf('?');
  return query < 0 ? rest : `${rest.slice(0, query)}?${MASK}`;
}
