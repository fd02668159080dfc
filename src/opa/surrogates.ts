import { Buffer } from 'node:buffer';

/** An escape; its groups are the two halves of a surrogate pair whose first half has bit 6 set. */
const ESCAPE = /\\(?:u(d[89ab][4-7c-f][\da-f])\\u(d[c-f][\da-f]{2})|.)/gis;

/**
 * JSON text in which no character of planes 2, 4, … 16 is escaped: they stand there in UTF-8 instead. OPA's modules join
 * the halves of such a pair wrongly and read `\ud840\udc00` (U+20000) as U+10000
 * (https://github.com/open-policy-agent/opa/blob/v1.22.0/wasm/src/unicode.c#L57: `|` where `+` is meant), so that two
 * different texts would be equal. Text without an escaped pair is returned as it is.
 */
export function withoutMisreadPairs(text: Uint8Array): Uint8Array {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  if (!bytes.includes('\\ud') && !bytes.includes('\\uD')) return text;
  // Latin-1 keeps every byte as one character.
  const repaired = bytes.toString('latin1').replace(ESCAPE, (whole: string, high?: string, low?: string) => {
    if (high === undefined || low === undefined) return whole;
    return Buffer.from(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16))).toString('latin1');
  });
  return Buffer.from(repaired, 'latin1');
}
