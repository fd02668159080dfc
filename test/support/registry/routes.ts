import { digestOf, MEDIA_TYPES } from '../../../src/descriptor.ts';
import { toBytes } from './content.ts';
import type { Fault, Faults, Route } from './faults.ts';
import { listBytes, type Shelf } from './shelf.ts';
import { type AuthOptions, basic, type Tokens } from './tokens.ts';

/** A request as it came in. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly route: Route;
  readonly repository: string;
  readonly reference: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connection: number;
}

/** What goes out. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Send only so many bytes of the body (-1: not even the head), then close the connection or fall silent. */
  readonly stop?: { readonly after: number; readonly closes: boolean };
}

/** Everything that a registry answers from. */
export interface World {
  readonly shelves: ReadonlyMap<string, Shelf>;
  readonly files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly contentType: string }>;
  readonly faults: Faults;
  readonly auth: AuthOptions;
  readonly tokens: Tokens;
  readonly referrersApi: boolean;
  readonly pageSize: number;
}

const API = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/;
const ROUTES: Readonly<Record<string, Route>> = { manifests: 'manifest', blobs: 'blob', referrers: 'referrers' };

/** What a path asks for. */
export function routeOf(path: string): Pick<Incoming, 'route' | 'repository' | 'reference'> {
  const { pathname } = new URL(path, 'http://registry.test');
  const nothing = { repository: '', reference: '' };
  if (pathname === '/v2/' || pathname === '/v2') return { route: 'base', ...nothing };
  if (pathname === '/token') return { route: 'token', ...nothing };
  if (!pathname.startsWith('/v2/')) return { route: 'file', ...nothing };
  const [, repository = '', kind = '', reference = ''] = API.exec(decodeURIComponent(pathname)) ?? [];
  return { route: ROUTES[kind] ?? 'unknown', repository, reference };
}

const answer = (
  status: number,
  body: Uint8Array | string,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => {
  const bytes = toBytes(body);
  const framed = { 'content-type': contentType, 'content-length': String(bytes.byteLength) };
  return withHeaders({ status, headers: framed, body: bytes }, headers);
};
const refusal = (status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) =>
  answer(status, JSON.stringify({ errors: [{ code, message }] }), 'application/json', headers);

/** The answer to a request, misbehaviour included. `self`: the registry's own URL. */
export function answerRequest(asked: Incoming, world: World, self: string): Answer {
  const fault = world.faults.take(asked);
  const truth = (): Answer => honest(asked, world, self);
  return fault === undefined ? truth() : misbehave(fault, asked, truth, () => challenge(asked, world, self));
}

function honest(asked: Incoming, world: World, self: string): Answer {
  if (asked.route === 'token') return tokenAnswer(asked, world, self);
  if (asked.route === 'file') return fileAnswer(asked, world);
  if (!isWelcome(asked, world)) {
    return refusal(401, 'UNAUTHORIZED', 'authentication required', {
      'www-authenticate': challenge(asked, world, self),
    });
  }
  const shelf = world.shelves.get(asked.repository);
  switch (asked.route) {
    case 'base':
      return answer(200, '{}', 'application/json');
    case 'manifest':
      return manifestAnswer(asked, shelf);
    case 'blob':
      return blobAnswer(asked, shelf);
    case 'referrers':
      return referrersAnswer(asked, shelf, world, self);
    case 'unknown':
      return refusal(404, 'UNSUPPORTED', 'no such endpoint');
  }
}

function isWelcome(asked: Incoming, { auth, tokens }: World): boolean {
  const authorization = asked.headers.authorization ?? '';
  switch (auth.kind) {
    case 'none':
      return true;
    case 'basic':
      return authorization === basic(auth.username, auth.password);
    case 'bearer':
      return tokens.allows(authorization, auth.scope ?? `repository:${asked.repository}:pull`);
  }
}

function challenge(asked: Incoming, { auth }: World, self: string): string {
  if (auth.kind !== 'bearer') return 'Basic realm="test registry"';
  const scope = auth.scope ?? `repository:${asked.repository}:pull`;
  return `Bearer realm="${auth.realm ?? `${self}/token`}",service="${auth.service ?? 'test.registry'}",scope="${scope}"`;
}

function tokenAnswer(asked: Incoming, { tokens }: World, self: string): Answer {
  const { status, body } = tokens.answer({
    method: asked.method,
    url: new URL(asked.path, self),
    authorization: asked.headers.authorization ?? '',
    form: new URLSearchParams(asked.body),
  });
  return answer(status, JSON.stringify(body), 'application/json');
}

function fileAnswer(asked: Incoming, { files }: World): Answer {
  const file = files.get(new URL(asked.path, 'http://registry.test').pathname);
  if (file === undefined) return answer(404, 'no such file', 'text/plain');
  return ranged(asked, answer(200, file.bytes, file.contentType));
}

function manifestAnswer(asked: Incoming, shelf: Shelf | undefined): Answer {
  const found = shelf?.manifest(asked.reference);
  if (found === undefined) return refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  if (!(asked.headers.accept ?? '').includes(found.mediaType)) {
    return refusal(404, 'MANIFEST_UNKNOWN', 'manifest found, but the accept header does not support its type');
  }
  return answer(200, found.bytes, found.mediaType, { 'docker-content-digest': found.digest });
}

function blobAnswer(asked: Incoming, shelf: Shelf | undefined): Answer {
  const bytes = shelf?.blobs.get(asked.reference);
  if (bytes === undefined) return refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  return ranged(asked, answer(200, bytes, MEDIA_TYPES.octetStream, { 'docker-content-digest': digestOf(bytes) }));
}

/** `Range: bytes=N-` only. */
function ranged(asked: Incoming, whole: Answer): Answer {
  const from = Number(/^bytes=(\d+)-$/.exec(asked.headers.range ?? '')?.[1] ?? 'NaN');
  const size = whole.body.byteLength;
  if (Number.isNaN(from)) return whole;
  if (from >= size) return answer(416, '', 'text/plain', { 'content-range': `bytes */${size}` });
  const range = { 'content-range': `bytes ${from}-${size - 1}/${size}` };
  return answer(206, whole.body.subarray(from), whole.headers['content-type'] ?? '', range);
}

function referrersAnswer(asked: Incoming, shelf: Shelf | undefined, world: World, self: string): Answer {
  if (!world.referrersApi) return answer(404, '404 page not found', 'text/plain');
  const all = shelf?.lists.get(asked.reference) ?? [];
  const url = new URL(asked.path, self);
  const from = Number(url.searchParams.get('from') ?? 0);
  const until = world.pageSize === 0 ? all.length : from + world.pageSize;
  url.searchParams.set('from', String(until));
  const link = until < all.length ? { link: `<${url.pathname}${url.search}>; rel="next"` } : {};
  return answer(200, listBytes(all.slice(from, until)), MEDIA_TYPES.ociIndex, link);
}

function misbehave(fault: Fault, asked: Incoming, truth: () => Answer, ownChallenge: () => string): Answer {
  switch (fault.kind) {
    case 'answer':
      return answer(fault.status, fault.body ?? '', fault.contentType ?? 'text/plain', fault.headers);
    case 'rate-limit': {
      const wait = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      return refusal(429, 'TOOMANYREQUESTS', 'slow down', wait);
    }
    case 'unauthorized':
      return refusal(401, 'UNAUTHORIZED', 'never', { 'www-authenticate': fault.challenge ?? ownChallenge() });
    case 'html':
      return answer(200, '<!doctype html><title>Please log in</title>', 'text/html; charset=utf-8');
    case 'headers':
      return withHeaders(truth(), fault.headers);
    case 'altered':
      return withBody(truth(), (body) => body.map((byte, index) => (index === 0 ? byte ^ 1 : byte)));
    case 'short':
      return withBody(truth(), (body) => body.subarray(0, -1));
    case 'long':
      return withBody(truth(), (body) => Buffer.concat([body, Buffer.from(' ')]));
    case 'reset':
      return { ...truth(), stop: { after: fault.after ?? -1, closes: true } };
    case 'hang':
      return { ...truth(), stop: { after: fault.after ?? -1, closes: false } };
    case 'redirect':
      return answer(fault.status ?? 307, '', 'text/plain', { location: fault.to });
    case 'pages':
      return withHeaders(truth(), { link: `<${nextPage(asked.path, fault.form)}>; rel="next"` });
  }
}

function nextPage(path: string, form: 'loop' | 'endless'): string {
  if (form === 'loop') return path;
  const url = new URL(path, 'http://registry.test');
  url.searchParams.set('page', String(Number(url.searchParams.get('page') ?? 0) + 1));
  return `${url.pathname}${url.search}`;
}

function withBody(one: Answer, change: (body: Uint8Array) => Uint8Array): Answer {
  const body = change(one.body);
  return { ...one, body, headers: { ...one.headers, 'content-length': String(body.byteLength) } };
}

function withHeaders(one: Answer, changed: Readonly<Record<string, string>>): Answer {
  const headers = Object.entries({ ...one.headers, ...changed }).filter(([, value]) => value !== '');
  return { ...one, headers: Object.fromEntries(headers) };
}
