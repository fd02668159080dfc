import type { Gatekeeper } from '../gatekeeper/client.ts';
import type { ExternalData } from '../gatekeeper/external-data.ts';
import { type Expected, KNOWN, type Known, type Site, UNDECIDED } from './site.ts';

/** What many clients were told. */
export interface Heard {
  readonly asked: number;
  /** Images that were allowed and may be. */
  readonly allowed: number;
  readonly denied: number;
  /** Requests that were told to come again. */
  readonly undecided: number;
  /** What was allowed and must not be. */
  readonly wrongAllows: readonly string[];
  /** Images that may run and were denied, or answered with an error that a client keeps. */
  readonly wrongDenials: readonly string[];
  /** Answers that no provider may give: keys that are missing, doubled, out of order, or kept beside a fault. */
  readonly malformed: readonly string[];
  /** Requests without an answer. */
  readonly lost: readonly string[];
}

export interface CrowdOptions {
  readonly site: Site;
  readonly url: string;
  /** Default 16. */
  readonly clients?: number;
  /** Default: whatever is to be allowed, denied, undecided or absent. */
  readonly images?: readonly Known[];
  /** One of so many questions is about images of which the service knows nothing; default 8. */
  readonly freshShare?: number;
}

const CLIENTS = 16;
/** Of so many requests one has an image that cannot be decided: it takes all the time there is. */
const UNDECIDED_SHARE = 40;
const FRESH_SHARE = 8;
const MAX_KEYS = 3;

/** Clients that ask without a pause, with one to three keys, until they are told to stop. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #clients: readonly Gatekeeper[];
  readonly #heard = {
    asked: 0,
    allowed: 0,
    denied: 0,
    undecided: 0,
    wrongAllows: [] as string[],
    wrongDenials: [] as string[],
    malformed: [] as string[],
    lost: [] as string[],
  };
  readonly #working: readonly Promise<void>[];
  #isEnding = false;
  #next = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    const { site, url, clients = CLIENTS } = options;
    this.#clients = Array.from({ length: clients }, () => site.gatekeeper(url));
    this.#working = this.#clients.map((client) => this.#work(client));
  }

  /** What was heard so far. */
  get heard(): Heard {
    return this.#heard;
  }

  /** Resolves once every question under way has its answer. */
  async stop(): Promise<Heard> {
    this.#isEnding = true;
    await Promise.all(this.#working);
    for (const client of this.#clients) client.close();
    return this.#heard;
  }

  async #work(client: Gatekeeper): Promise<void> {
    while (!this.#isEnding) {
      const asked = this.#choose();
      this.#heard.asked++;
      this.#judge(await client.externalData([...asked.keys()]), asked);
    }
  }

  /** Keys with what is to be said of them. */
  #choose(): ReadonlyMap<string, Expected> {
    const { site, images = KNOWN, freshShare = FRESH_SHARE } = this.#options;
    const at = this.#next++;
    if (at % UNDECIDED_SHARE === UNDECIDED_SHARE - 1) return new Map([[site.fresh(UNDECIDED), 'undecided']]);
    const chosen = Array.from({ length: 1 + (at % MAX_KEYS) }, (_, index) => images[(at + index) % images.length]);
    const key = (one: Known): string => (at % freshShare === 0 ? site.fresh(one) : site.known(one));
    return new Map(chosen.filter((one) => one !== undefined).map((one) => [key(one), one.expected]));
  }

  #judge(answer: ExternalData, asked: ReadonlyMap<string, Expected>): void {
    const heard = this.#heard;
    const { responses, errors, system_error: fault, status_code: status } = answer;
    if (responses === null || errors === null) {
      heard.lost.push(fault);
      return;
    }
    const told = [...responses, ...errors].map(([key]) => key);
    const isWhole = fault === '' ? isSame(told, [...asked.keys()]) && inOrder(answer, asked) : told.length === 0;
    if (!isWhole || status !== 200) heard.malformed.push(JSON.stringify({ asked: [...asked], answer }));
    if (fault !== '') heard.undecided++;
    for (const [key, value] of responses) this.#count(key, asked.get(key), value as { allow?: unknown });
    // An error of a key is kept as a denial is.
    for (const [key, error] of errors) if (asked.get(key) === 'allowed') heard.wrongDenials.push(`${key}: ${error}`);
  }

  #count(key: string, expected: Expected | undefined, value: { readonly allow?: unknown }): void {
    const heard = this.#heard;
    const isAllowed = value.allow === true;
    if (isAllowed && expected === 'allowed') heard.allowed++;
    else if (isAllowed) heard.wrongAllows.push(key);
    else if (expected === 'allowed') heard.wrongDenials.push(`${key}: ${JSON.stringify(value)}`);
    else heard.denied++;
  }
}

const isSame = (told: readonly string[], asked: readonly string[]): boolean =>
  told.length === asked.length && asked.every((key) => told.includes(key));

/** Gatekeeper's library parts items with errors from the others; each part keeps the order of the keys. */
function inOrder({ responses, errors }: ExternalData, asked: ReadonlyMap<string, Expected>): boolean {
  const order = [...asked.keys()];
  return [responses ?? [], errors ?? []].every((items) => {
    const places = items.map(([key]) => order.indexOf(key));
    return places.every((place, at) => at === 0 || place > (places[at - 1] ?? 0));
  });
}
