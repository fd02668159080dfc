import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/server/metrics.ts';

/** Value of one series, as in the text; undefined where there is none. */
async function seriesOf(metrics: { text(): Promise<string> }, series: string): Promise<number | undefined> {
  const line = (await metrics.text()).split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

async function labelValues(metrics: { text(): Promise<string> }, name: string, label: string): Promise<Set<string>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return new Set(lines.map((line) => new RegExp(`${label}="([^"]*)"`).exec(line)?.[1] ?? ''));
}

describe('metrics', () => {
  it('count requests by route and class of status, and time them', async () => {
    const metrics = createMetrics();
    metrics.request('/verify', 200, 0.02);
    metrics.request('/verify', 204, 4);
    metrics.request('', 404, 0);
    expect(await seriesOf(metrics, 'verdict_http_requests_total{route="/verify",status="2xx"}')).toBe(2);
    expect(await seriesOf(metrics, 'verdict_http_requests_total{route="none",status="4xx"}')).toBe(1);
    const bucket = 'verdict_http_request_duration_seconds_bucket';
    expect(await seriesOf(metrics, `${bucket}{le="0.025",route="/verify"}`)).toBe(1);
    expect(await seriesOf(metrics, `${bucket}{le="5",route="/verify"}`)).toBe(2);
    expect(await seriesOf(metrics, 'verdict_http_request_duration_seconds_sum{route="/verify"}')).toBe(4.02);
  });

  it('count decisions by policy, outcome and first code', async () => {
    const metrics = createMetrics();
    metrics.decision('starter', 'allow', '');
    metrics.decision('starter', 'deny', 'licence.disallowed');
    metrics.decision('starter', 'error', 'POLICY_TIMEOUT');
    const name = 'verdict_decisions_total';
    expect(await seriesOf(metrics, `${name}{policy="starter",outcome="allow",code=""}`)).toBe(1);
    expect(await seriesOf(metrics, `${name}{policy="starter",outcome="deny",code="licence.disallowed"}`)).toBe(1);
    expect(await seriesOf(metrics, `${name}{policy="starter",outcome="error",code="POLICY_TIMEOUT"}`)).toBe(1);
  });

  it('keep 200 codes of rules; the codes of the catalogue always have a label', async () => {
    const metrics = createMetrics();
    for (let index = 0; index < 1000; index++) metrics.decision('p', 'deny', `rule.${index}`);
    metrics.decision('p', 'error', 'POLICY_MEMORY');
    const codes = await labelValues(metrics, 'verdict_decisions_total', 'code');
    expect(codes.size).toBe(202);
    expect(codes).toContain('rule.199');
    expect(codes).not.toContain('rule.200');
    expect(codes).toContain('POLICY_MEMORY');
    expect(await seriesOf(metrics, 'verdict_decisions_total{policy="p",outcome="deny",code="other"}')).toBe(800);
  });

  it('keep 100 hosts, and configured ones whoever came first', async () => {
    const metrics = createMetrics({ hosts: ['ours.example'] });
    for (let index = 0; index < 500; index++) metrics.registryRequest({ host: `h${index}.example`, status: 200 });
    metrics.registryRequest({ host: 'ours.example', status: 0 });
    const hosts = await labelValues(metrics, 'verdict_registry_requests_total', 'host');
    expect(hosts.size).toBe(102);
    expect(hosts).not.toContain('h100.example');
    expect(await seriesOf(metrics, 'verdict_registry_requests_total{host="other",status="2xx"}')).toBe(400);
    expect(await seriesOf(metrics, 'verdict_registry_requests_total{host="ours.example",status="none"}')).toBe(1);
  });

  it('keep policies, verifiers and routes within bounds', async () => {
    const metrics = createMetrics();
    for (let index = 0; index < 300; index++) {
      metrics.decision(`p${index}`, 'allow', '');
      metrics.verifier({ name: `v${index}`, seconds: 1, outcome: 'present' });
      metrics.request(`/r${index}`, 200, 1);
    }
    expect((await labelValues(metrics, 'verdict_decisions_total', 'policy')).size).toBe(101);
    expect((await labelValues(metrics, 'verdict_verifier_duration_seconds_count', 'verifier')).size).toBe(101);
    expect((await labelValues(metrics, 'verdict_http_requests_total', 'route')).size).toBe(51);
  });

  it('cannot be forged by what a label holds', async () => {
    const metrics = createMetrics();
    metrics.decision('p', 'deny', 'a"} 1\nverdict_decisions_total{policy="q",outcome="allow",code=""} 99\n\\');
    metrics.decision('p', 'deny', 'x'.repeat(10_000));
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('verdict_decisions_total{'));
    expect(lines).toHaveLength(2);
    expect(lines.every((line) => line.startsWith('verdict_decisions_total{policy="p",outcome="deny"'))).toBe(true);
    expect(lines[0]).toContain('code="a\\"} 1\\n');
    expect(lines[1]).toContain('code="other"');
  });

  it('take a time that is no number, and a status that is none', async () => {
    const metrics = createMetrics();
    for (const seconds of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
      metrics.request('/', 1e9, seconds, 'mutation');
      metrics.stage('policy', seconds);
      metrics.verifier({ name: 'v', seconds, outcome: 'failed' });
    }
    metrics.registryRequest({ host: 'h', status: Number.NaN });
    expect(await seriesOf(metrics, 'verdict_http_requests_total{route="/",status="other"}')).toBe(3);
    expect(await seriesOf(metrics, 'verdict_stage_duration_seconds_sum{stage="policy"}')).toBe(0);
  });

  it('show caches, flights, deadlines, reloads and the generation', async () => {
    const metrics = createMetrics();
    metrics.cache('decision', 'hit');
    metrics.cache('decision', 'joined');
    metrics.cacheSize('decision', { entries: 3, bytes: 4096 });
    metrics.flights(5);
    metrics.flights(4);
    metrics.deadlineMissed();
    metrics.systemError('DEADLINE_EXCEEDED');
    metrics.reload('failed');
    metrics.generation(7);
    expect(await seriesOf(metrics, 'verdict_cache_events_total{cache="decision",event="hit"}')).toBe(1);
    expect(await seriesOf(metrics, 'verdict_cache_events_total{cache="decision",event="joined"}')).toBe(1);
    expect(await seriesOf(metrics, 'verdict_cache_entries{cache="decision"}')).toBe(3);
    expect(await seriesOf(metrics, 'verdict_cache_bytes{cache="decision"}')).toBe(4096);
    expect(await seriesOf(metrics, 'verdict_flights')).toBe(4);
    expect(await seriesOf(metrics, 'verdict_deadlines_missed_total')).toBe(1);
    expect(await seriesOf(metrics, 'verdict_system_errors_total{code="DEADLINE_EXCEEDED"}')).toBe(1);
    expect(await seriesOf(metrics, 'verdict_policy_reloads_total{outcome="failed"}')).toBe(1);
    expect(await seriesOf(metrics, 'verdict_policy_generation')).toBe(7);
  });

  it('show the first expiry of each role, and forget certificates that are used no more', async () => {
    const metrics = createMetrics();
    const name = 'verdict_certificate_expiry_timestamp_seconds';
    metrics.certificates([
      { role: 'server', notAfter: new Date(3_000_000) },
      { role: 'server', notAfter: new Date(2_000_000) },
      { role: 'client-ca', notAfter: new Date(9_000_000) },
    ]);
    expect(await seriesOf(metrics, `${name}{role="server"}`)).toBe(2000);
    expect(await seriesOf(metrics, `${name}{role="client-ca"}`)).toBe(9000);
    metrics.certificates([{ role: 'server', notAfter: new Date(5_000_000) }]);
    expect(await seriesOf(metrics, `${name}{role="server"}`)).toBe(5000);
    expect(await seriesOf(metrics, `${name}{role="client-ca"}`)).toBeUndefined();
  });

  it("stand under Ratify's names too, in milliseconds", async () => {
    const metrics = createMetrics();
    metrics.request('/v', 200, 0.15, 'verification');
    metrics.request('/m', 200, 0.02, 'mutation');
    metrics.verifier({ name: 'notation', seconds: 0.3, outcome: 'verified' });
    metrics.systemError('REGISTRY_UNAVAILABLE');
    metrics.registryRequest({ host: 'r.example', status: 429 });
    for (const event of ['hit', 'miss', 'joined'] as const) metrics.cache('content', event);
    metrics.cache('decision', 'hit');
    expect(await seriesOf(metrics, 'ratify_verification_request_sum')).toBe(150);
    expect(await seriesOf(metrics, 'ratify_verification_request_bucket{le="200"}')).toBe(1);
    expect(await seriesOf(metrics, 'ratify_verification_request_bucket{le="100"}')).toBe(0);
    expect(await seriesOf(metrics, 'ratify_mutation_request_count')).toBe(1);
    const verifier = '{verifier="notation",success="true"}';
    expect(await seriesOf(metrics, `ratify_verifier_duration_sum${verifier}`)).toBe(300);
    expect(await seriesOf(metrics, 'ratify_system_error_count_total{error="REGISTRY_UNAVAILABLE"}')).toBe(1);
    const registry = '{status_code="429",registry_host="r.example"}';
    expect(await seriesOf(metrics, `ratify_registry_request_count_total${registry}`)).toBe(1);
    expect(await seriesOf(metrics, 'ratify_blob_cache_count_total{hit="true"}')).toBe(1);
    expect(await seriesOf(metrics, 'ratify_blob_cache_count_total{hit="false"}')).toBe(2);
  });

  it('share nothing between two instances, and say their format', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.deadlineMissed();
    expect(await seriesOf(other, 'verdict_deadlines_missed_total')).toBe(0);
    expect(one.contentType).toContain('text/plain; version=0.0.4');
    expect(await one.text()).not.toContain('nodejs_');
  });
});
