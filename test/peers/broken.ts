import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SigstoreFixture } from '../support/sigstore-made.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly subject?: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A signature taken out of a layout: the layer that carries it, with its annotations. */
export interface Taken {
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An image with its first signature, out of a layout, ready to be put into another with the signature broken. */
export class SignedImage {
  readonly taken: Taken;
  readonly #directory: string;
  readonly #subject: Descriptor;
  readonly #manifest: Manifest;
  readonly #tag: string | undefined;
  readonly #type: string;

  constructor(directory: string, { subject, form, command }: SigstoreFixture) {
    this.#directory = directory;
    const index = this.#json<{ manifests: readonly Descriptor[] }>(join(directory, 'index.json'));
    const suffix = command === 'verify-attestation' ? 'att' : 'sig';
    const tag = form === 'legacy' ? `${subject.replace(':', '-')}.${suffix}` : undefined;
    const named = ({ annotations }: Descriptor): string | undefined =>
      annotations?.['org.opencontainers.image.ref.name'];
    const [found] = index.manifests.flatMap((entry) => {
      const manifest = this.#json<Manifest>(this.#path(entry.digest));
      const isIt = tag === undefined ? manifest.subject?.digest === subject : named(entry) === tag;
      return isIt ? [{ entry, manifest }] : [];
    });
    const image = index.manifests.find(({ digest }) => digest === subject);
    const layer = found?.manifest.layers[0];
    if (found === undefined || image === undefined || layer === undefined)
      throw new Error(`${subject} has no signature`);
    this.#subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
    this.#manifest = found.manifest;
    this.#type = found.entry.mediaType;
    this.#tag = tag;
    this.taken = { bytes: readFileSync(this.#path(layer.digest)), annotations: layer.annotations ?? {} };
  }

  /** Writes a layout that holds the image and its signature so changed, every digest right. */
  write(directory: string, { bytes, annotations }: Taken): void {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
    const put = (content: Uint8Array | string): Pick<Descriptor, 'digest' | 'size'> => {
      const data = Buffer.from(content);
      const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`;
      writeFileSync(join(directory, 'blobs', digest.replace(':', '/')), data);
      return { digest, size: data.byteLength };
    };
    const image = this.#json<Manifest>(this.#path(this.#subject.digest));
    const parts = [this.#subject, image.config, ...image.layers, this.#manifest.config];
    for (const { digest } of parts) {
      put(readFileSync(this.#path(digest)));
    }
    const [layer, ...others] = this.#manifest.layers;
    for (const { digest } of others) put(readFileSync(this.#path(digest)));
    const layers = [{ ...layer, ...put(bytes), annotations }, ...others];
    const signature = { mediaType: this.#type, ...put(JSON.stringify({ ...this.#manifest, layers })) };
    const name = (tag: string) => ({ annotations: { 'org.opencontainers.image.ref.name': tag } });
    const manifests = [
      { ...this.#subject, ...name('broken') },
      { ...signature, ...(this.#tag === undefined ? {} : name(this.#tag)) },
    ];
    writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  }

  #path(digest: string): string {
    return join(this.#directory, 'blobs', digest.replace(':', '/'));
  }

  #json<T>(path: string): T {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  }
}

/** A JSON value changed in one place, and what was done to it. */
export interface Broken<T> {
  readonly what: string;
  readonly value: T;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const BASE64 = /^[A-Za-z0-9+/]{8,}={0,2}$/;

/** The value with each of its leaves changed in turn, and each member and item left out, and each list's items doubled. */
export function breakJson(value: Json, path = ''): Broken<Json>[] {
  if (typeof value === 'string') {
    const changed = BASE64.test(value)
      ? flip(Buffer.from(value, 'base64')).toString('base64')
      : (digits(value) ?? `${value}x`);
    return [
      { what: `${path} changed`, value: changed },
      { what: `${path} emptied`, value: '' },
    ];
  }
  if (typeof value === 'number') return [{ what: `${path} plus 1`, value: value + 1 }];
  if (typeof value === 'boolean' || value === null) return [];
  if (isList(value)) {
    const inside = value.flatMap((item, place) =>
      breakJson(item, `${path}/${place}`).map(({ what, value: broken }) => ({
        what,
        value: value.with(place, broken),
      })),
    );
    const whole: Broken<Json>[] = [{ what: `${path} emptied`, value: [] }];
    return value.length === 0
      ? inside
      : [...inside, ...whole, { what: `${path} doubled`, value: [...value, ...value] }];
  }
  return Object.entries(value).flatMap(([key, member]) => {
    const { [key]: _left, ...rest } = value;
    const inside = breakJson(member, `${path}/${key}`);
    return [
      ...inside.map(({ what, value: broken }) => ({ what, value: { ...value, [key]: broken } })),
      { what: `${path}/${key} left out`, value: rest },
    ];
  });
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Numbers that JSON carries as text, one more. */
const digits = (text: string): string | undefined => (/^\d+$/.test(text) ? String(Number(text) + 1) : undefined);

/** The bytes with one bit flipped in the middle. */
export function flip(bytes: Uint8Array): Buffer {
  const flipped = Buffer.from(bytes);
  const place = flipped.byteLength >> 1;
  flipped[place] = (flipped[place] ?? 0) ^ 1;
  return flipped;
}
