import type { Shelf } from './shelf.ts';

/** A registry to push to. */
export interface Target {
  /** Without a slash at the end. */
  readonly url: string;
  readonly repository: string;
  /** Value of `Authorization` for a push to the repository; empty: none. */
  readonly authorization?: string;
}

/** Pushes everything in a repository of a test registry to a real one. Throws where that refuses. */
export async function pushAll(content: Shelf, target: Target): Promise<void> {
  for (const [digest, bytes] of content.blobs) await pushBlob(target, digest, bytes);
  const isIndex = (mediaType: string): boolean => /index|list/.test(mediaType);
  const manifests = [...content.manifests].sort(
    ([, a], [, b]) => Number(isIndex(a.mediaType)) - Number(isIndex(b.mediaType)),
  );
  for (const [digest, { mediaType, bytes }] of manifests) await pushManifest(target, digest, mediaType, bytes);
  for (const [tag, digest] of content.tags) {
    const manifest = content.manifests.get(digest);
    if (manifest !== undefined) await pushManifest(target, tag, manifest.mediaType, manifest.bytes);
  }
}

async function pushBlob(target: Target, digest: string, bytes: Uint8Array): Promise<void> {
  const begun = await send(target, 'POST', `${target.url}/v2/${target.repository}/blobs/uploads/`);
  const location = new URL(begun.headers.get('location') ?? '', target.url);
  location.searchParams.set('digest', digest);
  await send(target, 'PUT', location.href, bytes, 'application/octet-stream');
}

async function pushManifest(target: Target, reference: string, mediaType: string, bytes: Uint8Array): Promise<void> {
  await send(target, 'PUT', `${target.url}/v2/${target.repository}/manifests/${reference}`, bytes, mediaType);
}

async function send(
  { authorization = '' }: Target,
  method: string,
  url: string,
  bytes?: Uint8Array,
  type?: string,
): Promise<Response> {
  const headers = { ...(type && { 'content-type': type }), ...(authorization && { authorization }) };
  const response = await fetch(url, { method, headers, ...(bytes && { body: Buffer.from(bytes) }) });
  if (response.ok) return response;
  throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
}
