/** What a path of the Data API asks for. */
export type Selection =
  /** `rest` leads from the entrypoint's value to what is asked for. */
  | { readonly kind: 'entrypoint'; readonly name: string; readonly rest: readonly string[] }
  /** A package: every entrypoint below the path, with the names that lead from the path to it. */
  | { readonly kind: 'package'; readonly members: readonly PackageMember[] }
  | { readonly kind: 'missing' };

export interface PackageMember {
  readonly name: string;
  readonly segments: readonly string[];
}

/**
 * The names of a path, as OPA takes them apart: empty ones do not count, each is decoded for itself, so that an encoded
 * slash is part of a name and never a separator. A dot is a name like any other.
 *
 * @param path as it was sent, without query
 */
export function segmentsOf(path: string): readonly string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decoded);
}

/** What is wrongly encoded stays as it is (https://github.com/open-policy-agent/opa/blob/v1.22.0/v1/server/server.go#L2810). */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * The entrypoint that a path names or leads into, the longest first; else those of the package that it names. An
 * entrypoint below another one is part of that one's value already.
 */
export function select(entrypoints: readonly string[], path: readonly string[]): Selection {
  const all = entrypoints.map((name) => ({ name, segments: segmentsOf(name) }));
  const [longest] = all
    .filter(({ segments }) => startsWith(path, segments))
    .sort((a, b) => b.segments.length - a.segments.length);
  if (longest !== undefined) {
    return { kind: 'entrypoint', name: longest.name, rest: path.slice(longest.segments.length) };
  }
  const below = all.filter(({ segments }) => startsWith(segments, path));
  const isInner = (inner: readonly string[]): boolean =>
    below.some(({ segments }) => segments.length < inner.length && startsWith(inner, segments));
  const members = below
    .filter(({ segments }) => !isInner(segments))
    .map(({ name, segments }) => ({ name, segments: segments.slice(path.length) }));
  return members.length === 0 ? { kind: 'missing' } : { kind: 'package', members };
}

const startsWith = (segments: readonly string[], start: readonly string[]): boolean =>
  start.length <= segments.length && start.every((segment, index) => segments[index] === segment);

const PLAIN_NAME = /^[A-Za-z_]\w*$/;

/** A path as Rego writes it: `data.verdict.decision`, `data["a b"]`. */
export const referenceOf = (path: readonly string[]): string =>
  `data${path.map((name) => (PLAIN_NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`)).join('')}`;

/** A path as events name it: without a leading slash, each name encoded, so that no two paths look alike. */
export const pathText = (path: readonly string[]): string =>
  path.map((name) => encodeURIComponent(name.toWellFormed())).join('/');
