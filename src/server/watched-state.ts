import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Dependency, FileChoice } from '../config/dependencies.ts';
import { isPassedOver } from '../config/sources.ts';
import { VerdictError } from '../errors.ts';
import { type FileStates, faultOf } from './file-state.ts';

/** What one look found. */
export interface WatchedState {
  /** Equal where no content and no listing changed. */
  readonly state: string;
  /** Where entries are renamed and content is written. */
  readonly directories: ReadonlySet<string>;
}

/** What looking at everything once is done with. */
export interface Look {
  readonly states: FileStates;
  /** Counts one file or directory entry. Throws LIMIT_EXCEEDED when there are too many. */
  readonly count: (path: string) => void;
}

/** A look that counts up to so many entries. */
export function lookOf(states: FileStates, maxEntries: number): Look {
  let left = maxEntries;
  states.begin();
  return {
    states,
    count: (path) => {
      left -= 1;
      if (left < 0) throw new VerdictError('LIMIT_EXCEEDED', `${path}: there are more than ${maxEntries} files`);
    },
  };
}

/** Looks at a file or directory. What is missing has a state too. Throws LIMIT_EXCEEDED. */
export async function watchedStateOf({ path, files }: Dependency, look: Look): Promise<WatchedState> {
  const directories = new Set<string>();
  await addPlaces(path, directories);
  if (files === undefined || !(await isDirectory(path))) {
    look.count(path);
    return { state: await look.states.of(path), directories };
  }
  const hash = createHash('sha256');
  await addDirectory(path, files, files.depth, { ...look, hash: (text) => hash.update(text), directories });
  return { state: `directory:${hash.digest('hex')}`, directories };
}

interface Looking extends Look {
  readonly hash: (text: string) => void;
  readonly directories: Set<string>;
}

/** In the order of names: the order of a directory means nothing. */
async function addDirectory(directory: string, files: FileChoice, depth: number, looking: Looking): Promise<void> {
  looking.directories.add(directory);
  try {
    const entries = await entriesOf(directory, looking);
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (depth > 0) await addDirectory(path, files, depth - 1, looking);
      } else if (files.takes(entry.name)) {
        if (entry.isSymbolicLink()) await addPlaces(path, looking.directories);
        looking.hash(JSON.stringify([path, await looking.states.of(path)]));
      }
    }
  } catch (thrown) {
    if (thrown instanceof VerdictError) throw thrown;
    looking.hash(JSON.stringify([directory, faultOf(thrown)]));
  }
}

async function entriesOf(directory: string, { count }: Look): Promise<readonly Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(directory)) {
    if (isPassedOver(entry.name)) continue;
    count(directory);
    entries.push(entry);
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** The directory of a name, and where the links that it stands for lead. */
async function addPlaces(path: string, directories: Set<string>): Promise<void> {
  const real = await realpath(path).catch(() => path);
  for (const directory of [dirname(path), dirname(real)]) {
    if (await isDirectory(directory)) directories.add(directory);
  }
}
