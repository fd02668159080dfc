import { parseReference, type Reference } from '../../../src/reference.ts';
import type { RegistryOptions } from '../../../src/registry/options.ts';
import { createRegistryStore } from '../../../src/registry/store.ts';
import type { RequestEvent } from '../../../src/request-event.ts';
import type { Store } from '../../../src/store.ts';
import type { TestRegistry } from './registry.ts';

/** A store over test registries, cut off from the machine: no credential files, no proxies, no real waiting. */
export interface OpenStore {
  readonly store: Store;
  readonly events: readonly RequestEvent[];
  /** Milliseconds of every wait between attempts. */
  readonly waits: readonly number[];
  /** Time passes only when a test says so. */
  advance(milliseconds: number): void;
}

/** Opens a store; close it when done. */
export function openStore(options: RegistryOptions = {}): OpenStore {
  const events: RequestEvent[] = [];
  const waits: number[] = [];
  let now = Date.UTC(2026, 10, 21, 10);
  const store = createRegistryStore({
    onRequest: (event) => events.push(event),
    ...options,
    surroundings: {
      now: () => now,
      random: () => 0.5,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        now += milliseconds;
      },
      environment: { HOME: '/nonexistent' },
      ...options.surroundings,
    },
  });
  const advance = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { store, events, waits, advance };
}

/** A reference to something in a test registry's own repository. */
export const referenceTo = (registry: TestRegistry, tagOrDigest: string, repository?: string): Reference =>
  parseReference(registry.reference(tagOrDigest, repository));

/** Never aborted. */
export const patience = (): AbortSignal => new AbortController().signal;
