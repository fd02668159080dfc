import { isObject } from '../json.ts';
import { type Notes, segment } from './notes.ts';

/** Elements of one list: ten times as many as anybody configures. */
const MAX_ELEMENTS = 1000;
/** Longest name of an unknown key that is told. */
const MAX_TOLD = 100;

type Members = Readonly<Record<string, unknown>>;

/**
 * An object of Ratify's configuration, read key by key. What is absent or `null` has its default, what is of another
 * type is a fault. Keys that were not read when it ends are told: Ratify ignores them.
 */
export class Section {
  readonly pointer: string;
  readonly value: Members;
  readonly notes: Notes;
  readonly #read = new Set<string>();

  constructor(value: unknown, pointer: string, notes: Notes) {
    this.pointer = pointer;
    this.notes = notes;
    this.value = isObject(value) ? value : {};
    if (!isObject(value)) notes.fault(pointer, 'it must be an object');
  }

  at(key: string): string {
    return `${this.pointer}/${segment(key)}`;
  }

  /** The value as it stands; undefined where there is none. */
  raw(key: string): unknown {
    this.#read.add(key);
    return (Object.hasOwn(this.value, key) ? this.value[key] : undefined) ?? undefined;
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  /** Empty where it is absent. */
  text(key: string): string {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value ?? '';
    this.notes.fault(this.at(key), 'it must be text');
    return '';
  }

  flag(key: string, absent = false): boolean {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'boolean') return value ?? absent;
    this.notes.fault(this.at(key), 'it must be true or false');
    return absent;
  }

  integer(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
    this.notes.fault(this.at(key), 'it must be a whole number');
    return undefined;
  }

  texts(key: string): readonly string[] {
    return this.#list(key).flatMap((value, index) => {
      if (typeof value === 'string') return [value];
      this.notes.fault(`${this.at(key)}/${index}`, 'it must be text');
      return [];
    });
  }

  /** A list that is written as text with commas between. */
  commaList(key: string): readonly string[] {
    const parts = this.text(key).split(',');
    return parts.map((part) => part.trim()).filter((part) => part !== '');
  }

  section(key: string): Section | undefined {
    const value = this.raw(key);
    return value === undefined ? undefined : new Section(value, this.at(key), this.notes);
  }

  sections(key: string): readonly Section[] {
    return this.#list(key).map((value, index) => new Section(value, `${this.at(key)}/${index}`, this.notes));
  }

  /** Its keys with their values, all of them read. */
  entries(): ReadonlyArray<readonly [string, unknown]> {
    const entries = Object.entries(this.value);
    for (const [key] of entries) this.#read.add(key);
    return entries;
  }

  /** Tells the keys that nobody read. */
  end(): void {
    const known = new Map([...this.#read].map((key) => [key.toLowerCase(), key]));
    for (const key of Object.keys(this.value)) {
      if (this.#read.has(key)) continue;
      const meant = known.get(key.toLowerCase());
      if (meant !== undefined) this.notes.fault(this.at(key), `write it as \`${meant}\``);
      else
        this.notes.change(
          this.at(key),
          `Ratify knows no \`${key.slice(0, MAX_TOLD)}\` here and ignores it, as Verdict does.`,
        );
    }
  }

  #list(key: string): readonly unknown[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.length <= MAX_ELEMENTS) return value;
    this.notes.fault(
      this.at(key),
      Array.isArray(value) ? `it has more than ${MAX_ELEMENTS} elements` : 'it must be a list',
    );
    return [];
  }
}
