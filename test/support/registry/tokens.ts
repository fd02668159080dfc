/** How a test registry asks who is there. */
export type AuthOptions =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly kind: 'bearer';
      /** The one account; without it only anonymous tokens are issued. */
      readonly username?: string;
      readonly password?: string;
      /** Refresh token that the token server exchanges (OAuth 2 POST). */
      readonly identityToken?: string;
      /** Whether POST is served; default true. Without it: 405. */
      readonly post?: boolean;
      /** Whether a request without credentials gets a token; default: only where there is no account. */
      readonly anonymous?: boolean;
      /** `expires_in` of the answer, in seconds; default 300. Tokens end when `revoke` is called, not by time. */
      readonly expiresIn?: number;
      /** Default: `/token` of the registry itself. */
      readonly realm?: string;
      readonly service?: string;
      /** Asks for this scope instead of pulling from the repository at hand. */
      readonly scope?: string;
    };

/** What came to the token server. */
export interface TokenRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  readonly form: URLSearchParams;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: unknown;
}

const REFUSED: TokenAnswer = { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'who are you?' }] } };

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Issues tokens and knows which are good; one may serve several registries. */
export class Tokens {
  readonly #auth: AuthOptions;
  readonly #issued = new Map<string, readonly string[]>();
  #count = 0;

  constructor(auth: AuthOptions) {
    this.#auth = auth;
  }

  /** Makes every token issued so far worthless. */
  revoke(): void {
    this.#issued.clear();
  }

  /** Whether the token opens something that needs the scope. */
  allows(authorization: string, scope: string): boolean {
    const token = /^Bearer (.+)$/.exec(authorization)?.[1] ?? '';
    return this.#issued.get(token)?.some((granted) => granted === scope) ?? false;
  }

  answer(request: TokenRequest): TokenAnswer {
    const auth = this.#auth;
    if (auth.kind !== 'bearer') return { status: 404, body: {} };
    if (request.method === 'POST') return this.#exchange(auth, request);
    const isNobody = request.authorization === '';
    const anonymous = auth.anonymous ?? auth.username === undefined;
    const known = auth.username !== undefined && request.authorization === basic(auth.username, auth.password ?? '');
    const byIdentity =
      auth.identityToken !== undefined && request.authorization === basic(auth.username ?? '', auth.identityToken);
    if (!(isNobody ? anonymous : known || byIdentity)) return REFUSED;
    return this.#issue(auth.expiresIn, request.url.searchParams.getAll('scope'), 'token');
  }

  #exchange(auth: Extract<AuthOptions, { kind: 'bearer' }>, { form }: TokenRequest): TokenAnswer {
    if (auth.post === false) return { status: 405, body: {} };
    const isKnown = form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === auth.identityToken;
    if (!isKnown) return REFUSED;
    return this.#issue(auth.expiresIn, (form.get('scope') ?? '').split(' '), 'access_token');
  }

  #issue(expiresIn: number | undefined, scopes: readonly string[], member: 'token' | 'access_token'): TokenAnswer {
    const token = `test-token-${++this.#count}`;
    this.#issued.set(token, scopes);
    return { status: 200, body: { [member]: token, expires_in: expiresIn ?? 300 } };
  }
}
