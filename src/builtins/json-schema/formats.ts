import { parseAddress } from '../go/ip.ts';
import { parseTime } from '../go/parse-time.ts';
import { compilePattern } from '../go/regexp.ts';
import { parseUrl } from '../go/url.ts';

const DATE = '2006-01-02';
const TIMES = ['15:04:05', '15:04:05Z07:00'];

/** A dot-atom of [RFC 5322](https://www.rfc-editor.org/rfc/rfc5322#section-3.2.3), with letters of any script. */
const ATOM = '[^\\x00-\\x20\\x7f()<>\\[\\]:;@\\\\,."]+(?:\\.[^\\x00-\\x20\\x7f()<>\\[\\]:;@\\\\,."]+)*';
const EMAIL = new RegExp(`^(?:[^<>@"]*<)?${ATOM}@${ATOM}(>?)$`, 'u');

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: (text) => parseTime(DATE, text) !== undefined,
  time: (text) => TIMES.some((layout) => parseTime(layout, text) !== undefined),
  'date-time': (text) =>
    [...TIMES, DATE, `${DATE}T15:04:05Z07:00`].some((layout) => parseTime(layout, text) !== undefined),
  hostname: (text) =>
    text.length < 256 &&
    text.split('.').every((label) => /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(label)),
  email: isEmail,
  'idn-email': isEmail,
  ipv4: (text) => text.includes('.') && isAddress(text),
  ipv6: (text) => text.includes(':') && isAddress(text),
  uri: isUri,
  'uri-reference': isUriReference,
  iri: isUri,
  'iri-reference': isUriReference,
  'uri-template': (text) => isUriReference(text) && /^(?:[^{]|\{[^}]*\})*$/.test(parseUrl(text)?.path ?? ''),
  uuid: (text) => /^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/i.test(text),
  regex: isRegex,
  'json-pointer': (text) => /^(?:\/(?:[^~/]|~0|~1)*)*$/.test(text),
  'relative-json-pointer': (text) => /^(?:0|[1-9][0-9]*)(?:#|(?:\/(?:[^~/]|~0|~1)*)*)$/.test(text),
};

/** Whether a text has a format of JSON Schema; a format that is not known fits everything. */
export function hasFormat(text: string, format: string): boolean {
  return !Object.hasOwn(FORMATS, format) || (FORMATS[format]?.(text) ?? true);
}

/** `name@host`, also as `Name <name@host>`; comments and quoted names, which Go's `mail.ParseAddress` takes, are refused. */
function isEmail(text: string): boolean {
  const match = text.length > 1_000 ? null : EMAIL.exec(text);
  return match !== null && (match[1] === '>') === text.includes('<');
}

function isAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && address.zone === '';
}

function isUri(text: string): boolean {
  return isUriReference(text) && parseUrl(text)?.scheme !== '';
}

function isUriReference(text: string): boolean {
  return parseUrl(text) !== undefined && !text.includes('\\');
}

function isRegex(text: string): boolean {
  try {
    compilePattern(text);
    return true;
  } catch {
    return false;
  }
}
