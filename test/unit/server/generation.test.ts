import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { openGeneration } from '../../../src/server/generation.ts';
import { createLogger } from '../../../src/server/log.ts';
import { createMetrics } from '../../../src/server/metrics.ts';
import { createTracing } from '../../../src/server/tracing.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-generation-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

async function open(policy: Record<string, unknown>, text: string) {
  const lines: string[] = [];
  writeFileSync(join(directory, 'policy.rego'), text);
  writeFileSync(
    join(directory, 'verdict.json'),
    JSON.stringify({ trust: {}, policy: { ...policy, sources: ['policy.rego'] } }),
  );
  const loaded = await loadConfig('verdict.json', directory);
  const now = (): number => Date.UTC(2026, 10, 21);
  const log = createLogger({ level: 'warn', write: (line) => lines.push(line), now: () => new Date(now()) });
  const generation = await openGeneration(loaded, 1, {
    environment: {},
    now,
    processors: 1,
    metrics: createMetrics(),
    log,
    tracing: createTracing(undefined),
    load: { isOverloaded: () => false, onShed: () => undefined },
  });
  await generation.service.close();
  return lines.map((line) => JSON.parse(line));
}

describe('a policy that trusts what nobody vouched for', () => {
  it('is refused if it is written for Verdict', async () => {
    const policy = 'package verdict\n\ndecision := {"allow": true}\n';
    await expect(open({}, policy)).rejects.toMatchObject({ code: 'CANARY_ALLOWED' });
  });

  it('is told of and runs if it is written for Ratify', async () => {
    const policy = 'package ratify.policy\n\nvalid = true\n';
    const said = await open({ convention: 'ratify', config: { kind: 'rego' } }, policy);
    expect(said).toMatchObject([
      { level: 'warn', code: 'CANARY_ALLOWED', msg: expect.stringContaining('nothing is attached (empty)') },
    ]);
  });
});
