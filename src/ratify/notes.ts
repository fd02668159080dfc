import type { SchemaFault } from '../schema-fault.ts';

/** What is different under Verdict, or has to be done by hand, in a sentence. */
export interface Change {
  /** JSON Pointer (RFC 6901) of the setting of Ratify's configuration that it is about. */
  readonly pointer: string;
  readonly message: string;
}

/** What is found while a configuration is translated. */
export class Notes {
  readonly faults: SchemaFault[] = [];
  readonly changes: Change[] = [];

  fault(pointer: string, message: string): void {
    this.faults.push({ pointer, message });
  }

  change(pointer: string, message: string): void {
    this.changes.push({ pointer, message });
  }
}

/** From which settings others were made, so that faults of these are told at those. */
export class Origins {
  readonly #origins = new Map<string, { readonly pointer: string; readonly isTree: boolean }>();

  /** The setting at `made`, with all below it, comes from the one at `from`. */
  set(made: string, from: string): void {
    this.#origins.set(made, { pointer: from, isTree: false });
  }

  /** What stands at `from` stands unchanged at `made`. */
  copy(made: string, from: string): void {
    this.#origins.set(made, { pointer: from, isTree: true });
  }

  /** Where a setting comes from: that of the nearest setting above it that is known; empty where none is. */
  of(made: string): string {
    for (let above = made; above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
      const origin = this.#origins.get(above);
      if (origin !== undefined) return origin.isTree ? `${origin.pointer}${made.slice(above.length)}` : origin.pointer;
    }
    return '';
  }
}

/** One segment of a JSON pointer. */
export const segment = (name: string | number): string => String(name).replaceAll('~', '~0').replaceAll('/', '~1');
