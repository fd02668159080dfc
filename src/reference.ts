import { isDigest, parseDigest } from './descriptor.ts';
import { VerdictError } from './errors.ts';

/** A subject as a person writes it, before anything was resolved. */
export type Reference =
  | {
      readonly kind: 'registry';
      readonly requested: string;
      /** Host and port as in image names, `docker.io` for Docker Hub. */
      readonly registry: string;
      readonly repository: string;
      /** Empty where only a digest was given; `latest` where nothing was. */
      readonly tag: string;
      /** Empty where none was given; with both, the digest decides and the tag only informs. */
      readonly digest: string;
    }
  | {
      readonly kind: 'layout';
      readonly requested: string;
      /** An image layout as a directory, or as a tar archive. */
      readonly form: 'directory' | 'archive';
      readonly path: string;
      /** `org.opencontainers.image.ref.name` of the entry; empty: the only entry, or by digest. */
      readonly tag: string;
      readonly digest: string;
    }
  | { readonly kind: 'file'; readonly requested: string; readonly path: string }
  /** A file of which only the digest is known: enough where statements or signatures name it. */
  | { readonly kind: 'digest'; readonly requested: string; readonly digest: string };

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/;

/** Many registries and clients take no longer name (host and repository together). */
const MAX_NAME_LENGTH = 255;
/** Longest reference looked at: name, tag, digest, and room for a long path. */
const MAX_REFERENCE_LENGTH = 4096;

const invalid = (requested: string, why: string): VerdictError =>
  new VerdictError('REFERENCE_INVALID', `${JSON.stringify(requested.slice(0, 200))}: ${why}`);

/**
 * Reads `registry/repository[:tag][@digest]` (with Docker's short names), `oci:DIR[:tag|@digest]`,
 * `oci-archive:FILE[:tag|@digest]`, `file:PATH` or `sha256:HEX`. Throws REFERENCE_INVALID.
 */
export function parseReference(requested: string): Reference {
  if (requested === '' || requested.length > MAX_REFERENCE_LENGTH) throw invalid(requested, 'empty or too long');
  if (requested.includes('\0')) throw invalid(requested, 'a NUL cannot be part of it');
  if (requested.startsWith('file:')) return parseFile(requested);
  if (requested.startsWith('oci:')) return parseLayout(requested, 'directory', requested.slice('oci:'.length));
  if (requested.startsWith('oci-archive:'))
    return parseLayout(requested, 'archive', requested.slice('oci-archive:'.length));
  if (isDigest(requested)) return { kind: 'digest', requested, digest: requested };
  return parseImage(requested);
}

function parseFile(requested: string): Reference {
  const path = requested.slice('file:'.length);
  if (path === '') throw invalid(requested, 'file: needs a path');
  return { kind: 'file', requested, path };
}

function splitDigest(requested: string, text: string): { rest: string; digest: string } {
  const at = text.indexOf('@');
  if (at < 0) return { rest: text, digest: '' };
  const digest = text.slice(at + 1);
  try {
    parseDigest(digest);
  } catch (cause) {
    throw new VerdictError('REFERENCE_INVALID', invalid(requested, (cause as Error).message).message, { cause });
  }
  return { rest: text.slice(0, at), digest };
}

function parseLayout(requested: string, form: 'directory' | 'archive', text: string): Reference {
  // A path may hold an '@' of its own: only a well-formed digest at the very end is one.
  const pinned = /^(.*)@([a-z0-9]+:[0-9a-f]+)$/s.exec(text);
  const { digest } = pinned ? splitDigest(requested, `@${pinned[2]}`) : { digest: '' };
  const rest = pinned ? (pinned[1] ?? '') : text;
  // At the first colon, as skopeo splits it: names of references may hold colons and slashes.
  const colon = rest.indexOf(':');
  const [path, tag] = colon < 0 ? [rest, ''] : [rest.slice(0, colon), rest.slice(colon + 1)];
  if (path === '') throw invalid(requested, 'a path to the layout is missing');
  return { kind: 'layout', requested, form, path, tag, digest };
}

function parseImage(requested: string): Reference {
  if (/[^\x21-\x7e]/.test(requested)) throw invalid(requested, 'only printable ASCII without spaces can be part of it');
  const { rest, digest } = splitDigest(requested, requested);
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  const name = tagged ? rest.slice(0, colon) : rest;
  const tag = tagged ? rest.slice(colon + 1) : '';
  if (tagged && !TAG.test(tag)) throw invalid(requested, `${JSON.stringify(tag)} is not a tag`);
  const { registry, repository } = splitName(requested, name);
  return {
    kind: 'registry',
    requested,
    registry,
    repository,
    tag: tag === '' && digest === '' ? 'latest' : tag,
    digest,
  };
}

/** Docker's rule: the first component is a host if it has a dot or a port, or is `localhost`. */
function splitName(requested: string, name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost' || /[A-Z]/.test(first);
  const host = hasHost ? first.toLowerCase() : 'docker.io';
  const path = hasHost ? name.slice(slash + 1) : name;
  const registry = host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  if (!HOST.test(registry)) throw invalid(requested, `${JSON.stringify(registry)} is not a host`);
  if (!repository.split('/').every((component) => COMPONENT.test(component))) {
    throw invalid(requested, `${JSON.stringify(repository)} is not a repository name (lower case, separated by "/")`);
  }
  if (registry.length + 1 + repository.length > MAX_NAME_LENGTH) {
    throw invalid(requested, `host and repository have more than ${MAX_NAME_LENGTH} characters`);
  }
  return { registry, repository };
}

/** The digest that the reference is pinned to; empty where it names a tag or a file. */
export const requestedDigest = (reference: Reference): string => (reference.kind === 'file' ? '' : reference.digest);

/** `registry/repository` of an image in a registry; empty for layouts and files. */
export const placeOf = (reference: Reference): string =>
  reference.kind === 'registry' ? `${reference.registry}/${reference.repository}` : '';
