/** The kinds of request that a registry answers. */
export type Route = 'base' | 'manifest' | 'blob' | 'referrers' | 'token' | 'file' | 'unknown';

/** Which requests a fault is for; what is left out fits every request. */
export interface Matcher {
  readonly route?: Route;
  readonly method?: string;
  readonly repository?: string;
  /** Tag or digest of the request. */
  readonly reference?: string;
}

/** How a registry misbehaves. Bodies and headers that a fault does not speak of stay true. */
export type Fault =
  /** Another answer altogether; an empty header is not sent. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: Uint8Array | string;
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 429, with `Retry-After` if given. */
  | { readonly kind: 'rate-limit'; readonly retryAfter?: string }
  /** 401 whatever credential is sent; by default with the registry's own challenge, or a made one. */
  | { readonly kind: 'unauthorized'; readonly challenge?: string }
  /** 200 with a web page. */
  | { readonly kind: 'html' }
  /** The true answer with other headers; an empty value takes a header away. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /** Other bytes of the same length. */
  | { readonly kind: 'altered' }
  /** One byte less, or more, than there is, correctly framed. */
  | { readonly kind: 'short' }
  | { readonly kind: 'long' }
  /** Closes the connection before the head, or after so many bytes of the body. */
  | { readonly kind: 'reset'; readonly after?: number }
  /** Never answers, or stops after so many bytes of the body. */
  | { readonly kind: 'hang'; readonly after?: number }
  /** Sends the client elsewhere: an absolute URL, or a path. */
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** A list whose every page names itself, or always another, as the next one. */
  | { readonly kind: 'pages'; readonly form: 'loop' | 'endless' };

/** How often a fault strikes. */
export interface FaultOptions {
  /** Then the registry behaves again; default: always. */
  readonly times?: number;
  /** Leave so many matching requests alone first (those that another fault strikes do not count); default 0. */
  readonly after?: number;
}

/** What is known of a request when faults are looked up. */
export interface Asked {
  readonly method: string;
  readonly route: Route;
  readonly repository: string;
  readonly reference: string;
}

interface Armed {
  readonly matcher: Matcher;
  readonly fault: Fault;
  skip: number;
  left: number;
}

/** The faults of one registry; the one armed last that fits strikes. */
export class Faults {
  #armed: Armed[] = [];

  arm(matcher: Matcher, fault: Fault, { times = Number.POSITIVE_INFINITY, after = 0 }: FaultOptions = {}): void {
    this.#armed.unshift({ matcher, fault, skip: after, left: times });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault for a request, counted down. */
  take(asked: Asked): Fault | undefined {
    for (const one of this.#armed) {
      if (one.left <= 0 || !fits(one.matcher, asked)) continue;
      if (one.skip > 0) {
        one.skip--;
        continue;
      }
      one.left--;
      return one.fault;
    }
    return undefined;
  }
}

const fits = (matcher: Matcher, asked: Asked): boolean =>
  (matcher.route ?? asked.route) === asked.route &&
  (matcher.method ?? asked.method) === asked.method &&
  (matcher.repository ?? asked.repository) === asked.repository &&
  (matcher.reference ?? asked.reference) === asked.reference;
