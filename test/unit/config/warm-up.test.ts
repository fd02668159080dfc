import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { openService } from '../../../src/config/service.ts';
import { isStable, WARM_UP_TIME, type WarmUpOptions, warmUp } from '../../../src/config/warm-up.ts';
import { createLogger } from '../../../src/server/log.ts';
import { serve } from '../../../src/server/serve.ts';
import { ROOT } from '../../support/decide.ts';
import { newKey } from '../../support/sigstore/keys.ts';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'verdict-warm-up-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** A clock that goes on by so many milliseconds each time it is looked at. */
const ticking = (step: number) => {
  let now = 0;
  return () => {
    now += step;
    return now;
  };
};

/** A service of a configuration, and what to warm it up with. */
async function ready(config: object, rego?: string): Promise<WarmUpOptions> {
  const home = directory();
  if (rego !== undefined) writeFileSync(join(home, 'own.rego'), rego);
  writeFileSync(join(home, 'verdict.json'), JSON.stringify(config));
  const loaded = await loadConfig(undefined, home);
  const asked: unknown[] = [];
  const service = await openService(loaded, {
    environment: { HOME: home },
    workers: { size: 1, spares: 1 },
    onRequest: (event) => void asked.push(event),
    observe: (verifier) => verifier,
    onCache: (...event) => void asked.push(event),
    onCacheFault: (fault) => void asked.push(fault),
    now: Date.now,
  });
  onTestFinished(async () => {
    await service.close();
    expect(asked).toEqual([]);
  });
  const { config: complete } = service;
  const { policy, means } = service.everybody;
  return { config: complete, policy, validate: means.validate, clock: ticking(1) };
}

const OTHER_KEY = Buffer.from(newKey('P-256').spki).toString('base64');
const OWN = (decision: string): string => `package verdict\n\nimport future.keywords.not\n\n${decision}\n`;

describe('warming up', () => {
  it('verifies the sample with every type of verifier until its time is stable', async () => {
    const { runs, stable } = await warmUp(await ready({}));
    expect({ runs, stable }).toEqual({ runs: 10, stable: true });
  });

  it('ends in time where it never gets stable', async () => {
    let step = 1;
    let now = 0;
    const clock = (): number => {
      step *= 1.5;
      now += step;
      return now;
    };
    const { runs, stable } = await warmUp({ ...(await ready({})), clock });
    expect(stable).toBe(false);
    expect(runs).toBeLessThan(10);
    expect((await warmUp({ ...(await ready({})), clock: ticking(WARM_UP_TIME) })).runs).toBe(1);
  });

  it('loads only verifiers that are configured', async () => {
    const options = await ready({ verifiers: [{ name: 'json', type: 'json' }] });
    expect((await warmUp(options)).runs).toBeGreaterThan(0);
  });

  it('refuses a policy that allows the sample, unless that was accepted', async () => {
    const allowing = { policy: { sources: ['own.rego'] } };
    const rego = OWN('decision := {"allow": true}');
    await expect(warmUp(await ready(allowing, rego))).rejects.toMatchObject({ code: 'CANARY_ALLOWED' });
    const accepted = { policy: { ...allowing.policy, accepts: ['unsigned'] } };
    expect((await warmUp(await ready(accepted, rego))).runs).toBeGreaterThan(0);
  });

  it('goes on with a policy that says nothing: that is a denial', async () => {
    const options = await ready({ policy: { sources: ['own.rego'] } }, OWN('decision := x if {\n\tx := input.none\n}'));
    expect((await warmUp(options)).runs).toBeGreaterThan(0);
  });

  it.each([
    ['expected', (text: string) => text.replace('"failed"', '"verified"'), /notation failed, not notation verified/],
    ['key', (text: string) => text.replace(/"key": "[^"]*"/, `"key": "${OTHER_KEY}"`), /not sigstore verified/],
    ['key', (text: string) => text.replace(/"key": "MFk/, '"key": "MFj'), /no public key/],
    ['time', (text: string) => text.replace('2026-07', '2046-07'), /not notation verified/],
  ])('fails where %s in the sample is another', async (_, change, message) => {
    const place = join(directory(), 'sample');
    cpSync(`${ROOT}samples/warm-up`, place, { recursive: true });
    const file = join(place, 'sample.json');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    await expect(warmUp({ ...(await ready({})), directory: place })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(message),
    });
  });

  it('fails where a content of the sample was altered', async () => {
    const place = join(directory(), 'sample');
    cpSync(`${ROOT}samples/warm-up`, place, { recursive: true });
    const { digest } = JSON.parse(readFileSync(join(place, 'sample.json'), 'utf8')) as { digest: string };
    writeFileSync(join(place, 'blobs', digest.replace(':', '/')), '{}');
    await expect(warmUp({ ...(await ready({})), directory: place })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('is seen neither in metrics nor in the log of decisions', async () => {
    const home = directory();
    writeFileSync(
      join(home, 'verdict.json'),
      JSON.stringify({ policy: { accepts: ['unsigned'] }, server: { port: 0 } }),
    );
    const logged: Array<{ readonly msg: string }> = [];
    const serving = await serve({
      load: () => loadConfig(undefined, home),
      environment: { HOME: home },
      log: createLogger({ level: 'debug', write: (text) => void logged.push(JSON.parse(text)), now: () => new Date() }),
      out: () => undefined,
      now: Date.now,
      processors: 2,
    });
    onTestFinished(() => serving.close());
    const text = await (await fetch(`${serving.url}/metrics`)).text();
    expect(text).not.toMatch(/^verdict_(?:decisions_total|verifier_duration_seconds_count|cache_events_total)\{/m);
    expect(text).toMatch(/^verdict_cache_entries\{cache="decision"\} 0$/m);
    expect(logged.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['warmed up', 'serving']));
    expect(logged.map(({ msg }) => msg)).not.toContain('decided');
  });
});

describe('a stable time', () => {
  it.each([
    [[1, 1, 1, 1, 1, 1, 1, 1, 1], false],
    [[9, 9, 9, 9, 9, 1, 1, 1, 1, 1], false],
    [[10, 10, 10, 10, 10, 11, 50, 9, 12, 10], true],
    [[99, 10, 10, 10, 10, 10, 9, 9, 9, 9, 9], true],
  ])('%j: %j', (times, expected) => {
    expect(isStable(times)).toBe(expected);
  });
});
