/** What a server was asked since it was last asked for this. */
export interface Counts {
  readonly requests: number;
  /** Bytes of answers' bodies. */
  readonly bytes: number;
  /** Answers with a status of 400 or above. */
  readonly refused: number;
  /** Most requests at once. */
  readonly most: number;
  /** Requests one after another: those under way together count as one. Means something where answers are delayed. */
  readonly rounds: number;
}

/** A request under way. */
export interface Counted {
  /** Call it once, before anything of the answer leaves: who gets it may ask the next question at once. */
  readonly answer: (status: number) => void;
  readonly add: (bytes: number) => void;
}

/** Counts the requests of a server. */
export class Tally {
  #counts: { -readonly [Member in keyof Counts]: Counts[Member] } = empty();
  /** The greatest round of all requests that were answered. */
  #answered = 0;
  #open = 0;

  begin(): Counted {
    const counts = this.#counts;
    const round = this.#answered + 1;
    counts.requests++;
    counts.most = Math.max(counts.most, ++this.#open);
    counts.rounds = Math.max(counts.rounds, round);
    return {
      answer: (status) => {
        this.#open--;
        if (status >= 400) counts.refused++;
        if (counts === this.#counts) this.#answered = Math.max(this.#answered, round);
      },
      add: (bytes) => {
        counts.bytes += bytes;
      },
    };
  }

  /** The counts so far; begins anew. */
  take(): Counts {
    const counts = this.#counts;
    this.#counts = empty();
    this.#answered = 0;
    return counts;
  }
}

const empty = (): Counts => ({ requests: 0, bytes: 0, refused: 0, most: 0, rounds: 0 });

/** What two measurements counted together. */
export const sum = (a: Counts, b: Counts): Counts => ({
  requests: a.requests + b.requests,
  bytes: a.bytes + b.bytes,
  refused: a.refused + b.refused,
  most: Math.max(a.most, b.most),
  rounds: a.rounds + b.rounds,
});
