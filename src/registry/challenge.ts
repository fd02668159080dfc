/** One way in which a server wants to know who is there. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** By lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest header looked at; real ones have some hundred characters. */
const MAX_HEADER_LENGTH = 8 * 1024;

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
const SEPARATORS = /[ \t,]*/y;
const SPACES = /[ \t]+/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  back(to: number): void {
    this.#at = to;
  }

  get at(): number {
    return this.#at;
  }
}

/**
 * Reads `WWW-Authenticate` (several headers joined by commas): https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1.
 * What follows a place that cannot be read is left out; so is all of a header longer than 8 KiB.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > MAX_HEADER_LENGTH) return [];
  const reader = new Reader(header);
  const challenges: Challenge[] = [];
  reader.take(SEPARATORS);
  while (!reader.done) {
    const scheme = reader.take(TOKEN)?.[0].toLowerCase();
    if (scheme === undefined) break;
    const hasMore = reader.take(SPACES) !== null;
    const parameters = hasMore ? readParameters(reader) : new Map<string, string>();
    challenges.push({ scheme, parameters });
    const before = reader.at;
    reader.take(SEPARATORS);
    if (!reader.done && reader.at === before) break;
  }
  return challenges;
}

function readParameters(reader: Reader): Map<string, string> {
  const parameters = new Map<string, string>();
  if (reader.take(TOKEN68) !== null) return parameters;
  for (;;) {
    const before = reader.at;
    reader.take(SEPARATORS);
    const name = reader.take(TOKEN)?.[0].toLowerCase();
    if (name === undefined || reader.take(EQUALS) === null) {
      // A name without a value is the scheme of the next challenge.
      reader.back(before);
      return parameters;
    }
    const quoted = reader.take(QUOTED);
    const value = quoted === null ? reader.take(TOKEN)?.[0] : (quoted[1] ?? '').replaceAll(/\\(.)/gs, '$1');
    if (value === undefined) return parameters;
    // Said twice, the first counts: nobody may add another realm behind it.
    if (!parameters.has(name)) parameters.set(name, value);
  }
}
