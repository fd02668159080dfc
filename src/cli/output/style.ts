import { styleText } from 'node:util';

/** How things look: plain functions, so that without colour nothing but the text is left. */
export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

type Format = Parameters<typeof styleText>[0];

/** Whether there is colour was decided at the door: by terminal, NO_COLOR and TERM. */
export function style(colour: boolean): Style {
  const paint = (format: Format) => (text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    good: paint(['green', 'bold']),
    bad: paint(['red', 'bold']),
    warn: paint('yellow'),
    strong: paint('bold'),
    faint: paint('dim'),
  };
}

/** Characters that would let evidence write over the terminal: controls, and marks that turn the reading direction. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text from outside, safe to print on one line. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, '\ufffd');

/** `sha256:0123456789ab…`, long enough to recognise. */
export function short(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  return encoded.length > 12 ? `${algorithm}:${encoded.slice(0, 12)}…` : digest;
}

/** Bytes as a person says them. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
