import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Fault, Matcher } from '../registry/registry.ts';
import { expectHealthy, expectSound } from './expect.ts';
import type { ServiceProcess } from './process.ts';
import type { Site } from './site.ts';

interface Run {
  readonly name: string;
  readonly begin: (site: Site) => void;
  /** Called again and again. */
  readonly beat?: (site: Site, at: number) => void;
  /** Whether good images may be denied for good: the registry says things about them. */
  readonly lies?: boolean;
}

const all =
  (fault: Fault, matcher: Matcher = {}) =>
  (site: Site): void =>
    site.registry.fault(matcher, fault);

/** Referrers of one image are listed for another. */
function mixLists({ registry }: Site): void {
  const { lists, tags } = registry.content();
  const entries = lists.get(tags.get('allowed') ?? '') ?? [];
  const bytes = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
  registry.fault({ route: 'referrers' }, { kind: 'answer', status: 200, body: bytes, contentType: INDEX });
}

const INDEX = 'application/vnd.oci.image.index.v1+json';
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;
const BEATS = 8;

const RUNS: readonly Run[] = [
  { name: 'is silent', begin: all({ kind: 'hang' }) },
  { name: 'falls silent in the middle', begin: all({ kind: 'hang', after: 20 }) },
  { name: 'is down', begin: all({ kind: 'reset' }) },
  { name: 'breaks off', begin: all({ kind: 'reset', after: 20 }) },
  { name: 'fails', begin: all({ kind: 'answer', status: 503 }) },
  {
    name: 'comes and goes',
    begin: all({ kind: 'reset' }),
    beat: (site, at) => (at % 2 === 0 ? site.calm() : site.registry.fault({}, { kind: 'reset' })),
  },
  { name: 'asks for patience', begin: all({ kind: 'rate-limit', retryAfter: '1' }) },
  { name: 'asks for more patience than there is', begin: all({ kind: 'rate-limit', retryAfter: '86400' }) },
  { name: 'alters bytes', begin: all({ kind: 'altered' }), lies: true },
  { name: 'cuts bodies short', begin: all({ kind: 'short' }), lies: true },
  {
    name: 'names another digest',
    begin: all({ kind: 'headers', headers: { 'docker-content-digest': OTHER_DIGEST } }, { route: 'manifest' }),
    lies: true,
  },
  { name: "lists another image's evidence", begin: mixLists, lies: true },
  {
    name: 'sends everybody to a metadata server',
    begin: all({ kind: 'redirect', to: 'http://169.254.169.254/latest/meta-data' }),
    lies: true,
  },
];

/** A registry that misbehaves while many ask; each for `duration` milliseconds. */
export function registryRuns(service: () => ServiceProcess, duration: number): void {
  describe.each(RUNS)('a registry that $name', ({ begin, beat, lies = false }) => {
    it('leads to no wrong allow, and leaves nothing behind', async () => {
      const running = service();
      const rss = running.rss;
      const happen = async (): Promise<void> => {
        begin(running.site);
        for (let at = 0; beat !== undefined && at < BEATS; at++) {
          await sleep(duration / BEATS);
          beat(running.site, at);
        }
      };
      const heard = await running.under(beat === undefined ? duration : 0, happen, { freshShare: 2 });
      expectSound(heard);
      // A registry that says nothing is no reason to deny for good.
      if (!lies) expect(heard.wrongDenials).toEqual([]);
      await expectHealthy(running, rss);
    });
  });
}
