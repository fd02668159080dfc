import type { TrustDocument, VerifierDocument } from './document.ts';
import { Named, verifierName } from './names.ts';
import { type Notes, Origins } from './notes.ts';
import type { Providers } from './providers.ts';
import type { Surroundings } from './surroundings.ts';

type Unnamed<T> = T extends unknown ? Omit<T, 'name'> : never;

/** The configuration while it is made: what Ratify's verifiers add to it. */
export class Making {
  readonly surroundings: Surroundings;
  readonly notes: Notes;
  readonly providers: Providers;
  readonly origins = new Origins();
  readonly trusts = new Named<TrustDocument>();
  /** JSON Schemas by media type: `starter` or a file, and where it comes from. */
  readonly schemas = new Map<string, { readonly source: string; readonly pointer: string }>();
  readonly verifiers: VerifierDocument[] = [];
  readonly #names = new Named<number>();

  constructor(surroundings: Surroundings, notes: Notes, providers: Providers) {
    this.surroundings = surroundings;
    this.notes = notes;
    this.providers = providers;
  }

  /**
   * Adds a verifier under a name like the one wished for, which it returns. `pointer`: where it comes from. `copies`:
   * where what stands below it comes from, by pointer.
   */
  verifier(
    wish: string,
    verifier: Unnamed<VerifierDocument>,
    pointer: string,
    copies: Readonly<Record<string, string>> = {},
  ): string {
    const index = this.verifiers.length;
    const name = this.#names.claim(verifierName(wish), index);
    this.verifiers.push({ name, ...verifier });
    this.origins.set(`/verifiers/${index}`, pointer);
    for (const [below, from] of Object.entries(copies)) this.origins.copy(`/verifiers/${index}${below}`, from);
    return name;
  }
}
