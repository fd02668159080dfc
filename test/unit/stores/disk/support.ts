import { mkdtempSync, realpathSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../../../src/descriptor.ts';
import type { VerdictError } from '../../../../src/errors.ts';
import { Disk, type DiskEvent, type DiskOptions } from '../../../../src/stores/disk/disk.ts';
import type { FileSystem } from '../../../../src/stores/disk/file-system.ts';
import { fileNameOf } from '../../../../src/stores/disk/names.ts';

export const PLACE = ['registry', 'registry.example', 'team/app'];
export const MIB = 1024 * 1024;

export const makeDirectory = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'verdict-disk-')));

/** A content with what it is asked for by. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly wanted: { readonly digest: string; readonly size: number };
  readonly name: string;
}

export function sampleOf(content: string | Uint8Array, algorithm = 'sha256', place: readonly string[] = PLACE): Sample {
  const bytes = Buffer.from(content);
  const digest = digestOf(bytes, algorithm);
  return { bytes, wanted: { digest, size: bytes.length }, name: fileNameOf(place, digest) ?? '' };
}

export interface Opened {
  readonly disk: Disk;
  readonly events: DiskEvent[];
  readonly faults: VerdictError[];
  readonly count: (event: DiskEvent) => number;
}

export function openDisk(directory: string, options: Partial<DiskOptions> = {}): Opened {
  const events: DiskEvent[] = [];
  const faults: VerdictError[] = [];
  const disk = new Disk({
    directory,
    maxBytes: 64 * MIB,
    now: Date.now,
    onEvent: (event) => void events.push(event),
    onFault: (error) => void faults.push(error),
    ...options,
  });
  return { disk, events, faults, count: (event) => events.filter((one) => one === event).length };
}

/** Keeps contents with a disk of its own that has written them all when this returns. */
export async function keepAll(directory: string, samples: readonly Sample[]): Promise<void> {
  const { disk } = openDisk(directory);
  for (const { name, bytes, wanted } of samples) {
    disk.keep(name, bytes, wanted);
    await settled(directory, name);
  }
  await disk.close();
}

/** Waits until a file is there. */
export async function settled(directory: string, name: string): Promise<void> {
  while (!(await promises.readdir(directory).catch(() => [] as string[])).includes(name))
    await new Promise((resolve) => setTimeout(resolve, 2));
}

export const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** The real file system, with some of its calls replaced. */
export const filesWith = (replaced: Partial<FileSystem>): FileSystem => ({ ...promises, ...replaced });
