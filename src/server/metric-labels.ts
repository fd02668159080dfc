/** Characters of one label's value. */
const MAX_LABEL = 128;
/** Stands for every value beyond the bound. */
export const OTHER = 'other';

/** Values of one label: the first `limit` distinct ones are kept, and those always allowed; every other is `other`. */
export class BoundedLabel {
  readonly #limit: number;
  readonly #always: ReadonlySet<string>;
  readonly #seen = new Set<string>();

  constructor(limit: number, always: readonly string[] = []) {
    this.#limit = limit;
    this.#always = new Set(always);
  }

  of(value: string): string {
    if (this.#always.has(value) || this.#seen.has(value)) return value;
    if (value.length > MAX_LABEL || this.#seen.size >= this.#limit) return OTHER;
    this.#seen.add(value);
    return value;
  }
}

/** `2xx`; `none` where there was no answer; `other` for what is no status. */
export function statusClass(status: number): string {
  if (status === 0) return 'none';
  return isStatus(status) ? `${Math.floor(status / 100)}xx` : OTHER;
}

/** Exact, from 100 to 599; else as the class. */
export const statusCode = (status: number): string => (isStatus(status) ? String(status) : statusClass(status));

const isStatus = (status: number): boolean => Number.isInteger(status) && status >= 100 && status <= 599;
