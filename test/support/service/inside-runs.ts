import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { Gatekeeper } from '../gatekeeper/client.ts';
import { bundle, bytesOf } from '../sigstore/bundle.ts';
import { newKey } from '../sigstore/keys.ts';
import { recover, under } from './asking.ts';
import { expectSound } from './expect.ts';
import { Inside } from './inside.ts';
import { type Configured, KNOWN, type Known, type Site } from './site.ts';

const HOUR = 3_600_000;
/** What the defaults of `server.cache` let a decision live: `allow` and `stale`. */
const LONGEST_LIFE = 360_000;
const DEFAULT_CACHE = '{}';
const KILLS = 25;
const SIGSTORE_BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** More signatures of one image than are verified without threads. */
const MANY = 60;

const BOUNDS = /^POLICY_(TIMEOUT|MEMORY)$/;

/** Allows what Acme's workflow signed; misbehaves for three tags. */
const TREACHEROUS = `package verdict

import future.keywords.not

default decision := {"allow": false, "violations": ["not signed"]}

signed if {
	some artifact in input.artifacts
	some report in artifact.reports
	report.outcome == "verified"
	some signer in report.signers
	signer.trust.name == "acme"
	some name in signer.san
	name.value == "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
}

decision := {"allow": true} if {
	signed
	input.subject.tag in {"allowed", "conflict"}
}

# Two rules that disagree: the module stops.
decision := {"allow": false} if input.subject.tag == "conflict"

# 27,000,000,000 combinations.
decision := {"allow": true} if {
	input.subject.tag == "endless"
	range := numbers.range(1, 3000)
	count([1 | a := range[_]; b := range[_]; c := range[_]; (a + b) + c < 0]) == 0
}

# A million texts.
decision := {"allow": true} if {
	input.subject.tag == "hungry"
	count({text | some i in numbers.range(1, 1000000); text := concat("-", [input.subject.digest, format_int(i, 10)])}) > 0
}
`;

/** Faults that can only be made within the service's own process; each for `duration` milliseconds. */
export function insideRuns(site: () => Site, duration: number): void {
  let inside: Inside | undefined;
  afterEach(async () => {
    await inside?.close();
    inside = undefined;
    site().configure();
    site().calm();
  });

  async function start(configured: Configured = {}): Promise<Inside> {
    site().configure(configured);
    inside = await Inside.start(site());
    await recover(inside);
    return inside;
  }

  it('a clock that jumps makes no decision live longer than it may', async () => {
    const running = await start({ cache: DEFAULT_CACHE });
    const client = site().gatekeeper(running.url);
    for (const hours of [0, 2, 1, -3, 0.02, 0.09, -0.01, 24 * 30, -24 * 60]) {
      running.now += hours * HOUR;
      for (const { tag, expected } of KNOWN) {
        const said = await decided(client, site().registry.reference(tag));
        if (said === undefined) expect(expected).toBe('absent');
        else {
          expect([tag, said.allow]).toEqual([tag, expected === 'allowed']);
          const age = running.now - Date.parse(said.time);
          expect(age).toBeGreaterThanOrEqual(0);
          expect(age).toBeLessThan(LONGEST_LIFE);
        }
      }
    }
    client.close();
  });

  it.each([
    ['forwards', HOUR],
    ['back', -HOUR],
  ])('a clock that jumps %s brings no old decision about what has changed', async (_, jump) => {
    const running = await start({ cache: DEFAULT_CACHE });
    const client = site().gatekeeper(running.url);
    const key = site().registry.reference('allowed');
    expect((await decided(client, key))?.allow).toBe(true);
    const { lists, tags } = site().registry.content();
    const digest = tags.get('allowed') ?? '';
    const evidence = lists.get(digest) ?? [];
    lists.delete(digest);
    try {
      expect((await decided(client, key))?.allow).toBe(true);
      running.now += jump;
      expect((await decided(client, key))?.allow).toBe(false);
    } finally {
      lists.set(digest, evidence);
      client.close();
    }
  });

  it('policy workers that are killed lead to no wrong answer, and are replaced', async () => {
    const running = await start();
    let killed = 0;
    const heard = await under(running, 0, async () => {
      for (let at = 0; at < KILLS; at++) {
        await sleep(duration / KILLS);
        killed += await running.killThreads();
      }
    });
    expect(killed).toBeGreaterThan(0);
    expectSound(heard);
    expect(heard.wrongDenials).toEqual([]);
    await recover(running);
  });

  it('a policy that stops, runs for ever or eats memory denies, and others are decided', async () => {
    site().put('treacherous.rego', TREACHEROUS);
    const { tags } = site().registry.content();
    const images: Known[] = ['conflict', 'hungry', 'endless'].map((tag) => {
      tags.set(tag, tags.get('allowed') ?? '');
      return { tag, expected: 'denied' };
    });
    const good = KNOWN.filter(({ tag }) => ['allowed', 'unsigned', 'wrong-signer'].includes(tag));
    const running = await start({
      policy: '{sources: [treacherous.rego]}',
      more: 'limits: {policyTime: 1500, policyMemory: 67108864}',
    });
    const heard = await under(running, 4 * duration, () => undefined, { images: [...good, ...good, ...images] });
    expectSound(heard);
    await recover(running);
    const client = site().gatekeeper(running.url);
    // What never ends eats memory on the way: a module has no garbage collection.
    const codes = { conflict: /^POLICY_ABORTED$/, hungry: BOUNDS, endless: BOUNDS };
    for (const [tag, code] of Object.entries(codes)) {
      const said = await decided(client, site().registry.reference(tag));
      expect(said).toMatchObject({ allow: false, violations: [{ code: expect.stringMatching(code) }] });
    }
    client.close();
    for (const { tag } of images) tags.delete(tag);
  });

  it('threads for signatures that are killed lead to no wrong answer, and are replaced', async () => {
    const { registry } = site();
    const { tags, lists } = registry.content();
    const digest = tags.get('allowed') ?? '';
    const before = lists.get(digest) ?? [];
    const statement = Buffer.from(
      JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { sha256: digest.slice('sha256:'.length) } }],
        predicateType: 'https://sigstore.dev/cosign/sign/v1',
        predicate: {},
      }),
    );
    // Of nobody who is known: they change nothing, but each must be verified.
    for (let at = 0; at < MANY; at++) {
      const bytes = bytesOf(bundle({ signer: newKey(), payload: statement }));
      registry.attach(digest, { artifactType: SIGSTORE_BUNDLE, layers: [{ mediaType: SIGSTORE_BUNDLE, bytes }] });
    }
    try {
      const running = await start();
      let most = 0;
      const killAll = async (): Promise<void> => {
        for (let at = 0; at < KILLS; at++) {
          await sleep(2 * (duration / KILLS));
          most = Math.max(most, await running.killThreads());
        }
      };
      const heard = await under(running, duration, killAll, { clients: 4, freshShare: 1 });
      expectSound(heard);
      expect(heard.wrongDenials).toEqual([]);
      expect(most).toBeGreaterThan(2);
      lists.set(digest, before);
      await recover(running);
    } finally {
      lists.set(digest, before);
    }
  });
}

interface Said {
  readonly allow: boolean;
  readonly time: string;
  readonly violations: ReadonlyArray<{ readonly code: string }>;
}

/** What is said of an image, once it is; undefined: that there is none. */
async function decided(client: Gatekeeper, key: string): Promise<Said | undefined> {
  for (;;) {
    const { responses, errors } = await client.externalData([key]);
    if (errors?.length === 1) return undefined;
    const [, value] = responses?.[0] ?? [];
    if (value !== undefined) return value as Said;
  }
}
