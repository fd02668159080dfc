/** Most faults told of one document: a hostile one may have a fault in every value. */
const MAX_FAULTS = 1_000;

/** One way in which a document does not fit, in the words of OPA's library. */
export interface Fault {
  /** The kind: `required`, `invalid_type`, `enum` … */
  readonly type: string;
  /** Where: keys and indexes joined by dots, `(Root)` for the document itself. */
  readonly field: string;
  readonly desc: string;
}

/** Where in a document: the names on the way from the root. */
export interface Place {
  readonly name: string;
  readonly outer: Place | undefined;
}

export const ROOT: Place = { name: '(Root)', outer: undefined };

/** What one schema says of one value. The score tells how near it came, to choose what to tell of alternatives. */
export class Result {
  readonly faults: Fault[] = [];
  valid = true;
  score = 0;

  fail(type: string, place: Place, desc: string): void {
    this.valid = false;
    this.score -= 2;
    if (this.faults.length < MAX_FAULTS) this.faults.push({ type, field: fieldOf(place), desc });
  }

  merge(other: Result): void {
    this.valid &&= other.valid;
    this.score += other.score;
    for (const fault of other.faults.slice(0, MAX_FAULTS - this.faults.length)) this.faults.push(fault);
  }
}

export function fieldOf(place: Place): string {
  const names: string[] = [];
  for (let at: Place | undefined = place; at?.outer !== undefined; at = at.outer) names.push(at.name);
  return names.length === 0 ? ROOT.name : names.reverse().join('.');
}
