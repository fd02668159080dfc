import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type Descriptor, descriptor, digestOf, MEDIA_TYPES } from '../../../src/descriptor.ts';
import { parseReference, type Reference } from '../../../src/reference.ts';

/** A directory that is removed when the test file is done. */
export function scratch(): string {
  const path = mkdtempSync(join(tmpdir(), 'verdict-layout-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const never = new AbortController().signal;

export const bytesOf = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** What descriptors look like in JSON: without what is empty. */
const written = ({ mediaType, digest, size, artifactType, annotations, platform }: Descriptor): unknown => ({
  mediaType,
  digest,
  size,
  ...(artifactType === '' ? {} : { artifactType }),
  ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  ...(platform === undefined ? {} : { platform }),
});

export interface ImageOptions {
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly layers?: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly algorithm?: string;
  /** Members that overwrite the manifest's own. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

export const REF_NAME = 'org.opencontainers.image.ref.name';

/** A layout in the making: files by path, written as a directory or a tar archive. */
export class LayoutDraft {
  readonly files = new Map<string, Buffer>();
  readonly entries: unknown[] = [];

  constructor() {
    this.files.set('oci-layout', bytesOf({ imageLayoutVersion: '1.0.0' }));
  }

  blob(content: unknown, mediaType: string = MEDIA_TYPES.octetStream, algorithm = 'sha256'): Descriptor {
    const bytes = Buffer.isBuffer(content) ? content : bytesOf(content);
    const digest = digestOf(bytes, algorithm);
    this.files.set(pathOf(digest), bytes);
    return descriptor(mediaType, digest, bytes.length);
  }

  image(options: ImageOptions = {}): Descriptor {
    const { subject, artifactType, layers = [], annotations, algorithm, raw = {} } = options;
    const config = this.blob('{}', artifactType === undefined ? MEDIA_TYPES.ociConfig : MEDIA_TYPES.ociEmpty);
    const manifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      artifactType,
      config: written(config),
      layers: layers.map(written),
      subject: subject && written(subject),
      annotations,
      ...raw,
    };
    return this.blob(manifest, MEDIA_TYPES.ociManifest, algorithm);
  }

  index(manifests: readonly Descriptor[], raw: Readonly<Record<string, unknown>> = {}): Descriptor {
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: manifests.map(written), ...raw };
    return this.blob(index, MEDIA_TYPES.ociIndex);
  }

  /** Lists something in index.json. */
  entry(entry: Descriptor, annotations: Readonly<Record<string, string>> = {}): this {
    this.entries.push(written({ ...entry, annotations }));
    return this;
  }

  tag(entry: Descriptor, name: string): this {
    return this.entry(entry, { [REF_NAME]: name });
  }

  /** Every file, index.json included unless there is one already. */
  all(): Map<string, Buffer> {
    const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: this.entries };
    return new Map([['index.json', bytesOf(index)], ...this.files]);
  }

  /** Writes a directory and returns it. */
  write(directory: string): string {
    for (const [path, bytes] of this.all()) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), bytes);
    }
    return directory;
  }
}

export const pathOf = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

export const directoryAt = (path: string, rest = ''): Reference => parseReference(`oci:${path}${rest}`);
export const archiveAt = (path: string, rest = ''): Reference => parseReference(`oci-archive:${path}${rest}`);

export interface TarHeader {
  readonly path: string;
  readonly type?: string;
  /** Size that the header says, if not the content's. */
  readonly size?: number;
  readonly prefix?: string;
  /** Size field as text or bytes. */
  readonly sizeField?: Buffer;
  readonly checksum?: number;
  readonly magic?: string;
}

/** One entry of a tar archive, as bytes. */
export function tarEntry(header: TarHeader, content: Buffer = Buffer.alloc(0)): Buffer {
  const block = Buffer.alloc(512);
  block.write(header.path, 0, 100, 'utf8');
  block.write('0000644\0', 100);
  block.write(`${(header.size ?? content.length).toString(8).padStart(11, '0')} `, 124);
  header.sizeField?.copy(block, 124);
  block.write('00000000000 ', 136);
  block.write('        ', 148);
  block.write(header.type ?? '0', 156);
  block.write(header.magic ?? 'ustar\u000000', 257, 'latin1');
  block.write(header.prefix ?? '', 345);
  const sum = header.checksum ?? block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

export const TAR_END: Buffer = Buffer.alloc(1024);

/** Longer names need an extended header. */
const MAX_NAME = 100;

const plainEntry = (path: string, bytes: Buffer): Buffer =>
  path.length <= MAX_NAME
    ? tarEntry({ path }, bytes)
    : Buffer.concat([
        tarEntry({ path: 'x', type: 'x' }, bytesOf(paxRecord('path', path))),
        tarEntry({ path: 'y' }, bytes),
      ]);

export const tarOf = (files: Iterable<readonly [string, Buffer]>): Buffer =>
  Buffer.concat([...[...files].map(([path, bytes]) => plainEntry(path, bytes)), TAR_END]);

/** One record of a pax extended header. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (Buffer.byteLength(`${length}${rest}`) !== length) length++;
  return `${length}${rest}`;
}
