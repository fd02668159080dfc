import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../../src/cli/commands/doctor.ts';
import type { Finding, Machine } from '../../../src/cli/doctor/check.ts';
import { thisMachine } from '../../../src/cli/doctor/machine.ts';
import { configuredRegistries } from '../../../src/config/probe.ts';
import type { Config } from '../../../src/generated/config.ts';
import { ROOT } from '../../support/decide.ts';
import { makeTestCa } from '../../support/gatekeeper/pki.ts';
import { putLayout } from '../../support/registry/from-layout.ts';
import {
  startRegistry,
  TEST_TLS,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../support/registry/registry.ts';

const NOW = new Date('2026-11-21T13:00:00Z');
const MIB = 1024 * 1024;

/** A machine on which all is well. */
const well: Machine = {
  nodeVersion: '24.21.0',
  processors: 2,
  memory: { total: 16_384 * MIB, free: 8_192 * MIB },
  tryWriting: async () => undefined,
  tryListening: async () => undefined,
};

interface Told {
  readonly code: number;
  readonly text: string;
  readonly err: string;
  /** Findings that are not ok, as `check level text`. */
  readonly troubles: readonly string[];
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
}

interface Visit {
  readonly image?: string;
  readonly now?: Date;
  readonly machine?: Partial<Machine>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly output?: 'text' | 'json';
  /** Beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** By default nobody need have signed: the canaries tell of that. */
const CALM = { policy: { accepts: ['unsigned'] } };

/** The doctor in a directory of its own. */
async function doctor(config: unknown, visit: Visit = {}): Promise<Told> {
  const home = mkdtempSync(join(tmpdir(), 'verdict-doctor-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, 'cache'));
  writeFileSync(
    join(home, 'verdict.yaml'),
    typeof config === 'string' ? config : JSON.stringify({ ...CALM, ...(config as object) }),
  );
  for (const [name, text] of Object.entries(visit.files ?? {})) writeFileSync(join(home, name), text);
  const out: string[] = [];
  const err: string[] = [];
  const { output = 'json', machine, environment, image, now = NOW } = visit;
  const code = await run(
    image === undefined ? [] : [image],
    { output },
    {
      out: (text) => void out.push(String(text)),
      err: (text) => void err.push(text),
      colour: false,
      progress: false,
      directory: home,
      environment: { HOME: home, VERDICT_CACHE_DIR: join(home, 'cache'), ...environment },
      now: () => now,
    },
    { ...well, ...machine },
  );
  const text = out.join('');
  const checks =
    output === 'json' ? (JSON.parse(text) as { checks: Array<{ name: string; findings: Finding[] }> }).checks : [];
  const troubles = checks.flatMap(({ name, findings }) =>
    findings.filter(({ level }) => level !== 'ok').map(({ level, text: what }) => `${name} ${level} ${what}`),
  );
  return { code, text, err: err.join(''), troubles, findings: new Map(checks.map((one) => [one.name, one.findings])) };
}

const texts = ({ findings }: Told, name: string): readonly string[] =>
  (findings.get(name) ?? []).map(({ text }) => text);

async function open(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  return registry;
}

/** What decides the example images. */
const demo = (registry: TestRegistry, settings: object = { plainHttp: true }): object => ({
  trust: {
    acme: { type: 'sigstore', root: `${ROOT}examples/keys/trusted_root.json` },
    'acme-keys': {
      type: 'keys',
      keys: [`${ROOT}examples/keys/scanner.pub`],
      root: `${ROOT}examples/keys/trusted_root.json`,
    },
  },
  policy: { config: { profile: 'demo', provenance: { repositories: ['https://github.com/acme/*'] } } },
  registries: { [registry.host]: settings },
});

/** The registry's clock as ours: answers else carry the real time. */
const inTime = (registry: TestRegistry, date = NOW): void =>
  registry.fault({}, { kind: 'headers', headers: { date: date.toUTCString() } });

describe('verdict doctor without an image', () => {
  it('finds a default configuration well, and asks no network', async () => {
    const told = await doctor({});
    expect(told).toMatchObject({ code: 0, troubles: [], err: '' });
    expect([...told.findings.keys()]).toEqual([
      'configuration',
      'environment',
      'trust',
      'verifiers',
      'policy',
      'server',
      'registries',
      'clock',
      'image',
    ]);
    expect(texts(told, 'registries')).toEqual([]);
    expect(texts(told, 'policy')[0]).toMatch(/^starter .*loads: sha256:.*entrypoints verdict\/decision/);
  });

  it('tells a person line by line, with what to do next', async () => {
    const { text, code } = await doctor('registries: 5\nlimits: {depth: x}\n', { output: 'text' });
    expect(code).toBe(64);
    expect(text).toMatch(/✗ .*verdict\.yaml:1:\d+: \/registries/);
    expect(text).toMatch(/✗ .*verdict\.yaml:2:\d+: \/limits\/depth/);
    expect(text).toContain('    → Mend the places listed');
    expect(text).toMatch(/\n2 faults, 0 warnings\n$/);
  });

  it('needs a machine with memory and a cache, and says what is missing', async () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const told = await doctor(
      {},
      {
        machine: {
          memory: { total: 512 * MIB, free: 100 * MIB },
          tryWriting: () => Promise.reject(denied),
          tryListening: () => Promise.reject(Object.assign(new Error('in use'), { code: 'EADDRINUSE' })),
        },
      },
    );
    expect(told.code).toBe(0);
    expect(told.troubles).toEqual([
      expect.stringMatching(/^environment warning 512\.0 MiB of memory; one policy may take 2048\.0 MiB/),
      expect.stringMatching(/^environment warning the cache directory .* cannot be written: EACCES/),
      'server warning 127.0.0.1:6001 is taken',
    ]);
  });

  it('tells every fault of trust', async () => {
    const told = await doctor({
      trust: { a: { type: 'keys', keys: ['env://NOT_SET'] }, b: { type: 'keys', keys: ['missing.pub'] } },
    });
    expect(told.code).toBe(64);
    expect(texts(told, 'trust')).toEqual([
      expect.stringMatching(/^\/trust\/a\/keys\/0: /),
      expect.stringMatching(/^\/trust\/b\/keys\/0: /),
    ]);
  });

  it('tells of a verifier whose files cannot be used', async () => {
    const told = await doctor({
      verifiers: [
        { name: 'notation', type: 'notation', trustPolicy: 'policy.json' },
        { name: 'rest', type: 'json' },
      ],
    });
    expect(told.code).toBe(64);
    expect(told.troubles).toEqual([expect.stringMatching(/^verifiers fault cannot read .*policy\.json/)]);
  });

  it('warns of trusted certificates that end soon or have ended', async () => {
    const { ca } = makeTestCa();
    const config = { trust: { own: { type: 'certificates', ca: ['ca.pem'] } } };
    const files = { 'ca.pem': ca };
    expect((await doctor(config, { files })).troubles).toEqual([]);
    const soon = await doctor(config, { files, now: new Date('2039-12-29T00:00:00Z') });
    expect(soon.troubles).toEqual([expect.stringMatching(/^trust warning own: .* expires on 2040-01-01.*in 3 days/)]);
    const late = await doctor(config, { files, now: new Date('2040-12-29T00:00:00Z') });
    expect(late.troubles).toEqual([expect.stringMatching(/^trust warning own: .* has expired on 2040-01-01/)]);
    expect(late.code).toBe(0);
  });

  it('tells of a policy that does not compile, and of one that allows what nobody vouched for', async () => {
    const broken = await doctor(
      { policy: { sources: ['own.rego'] } },
      { files: { 'own.rego': 'package verdict\n\ndecision := {' } },
    );
    expect(broken.code).toBe(64);
    expect(broken.troubles).toEqual([expect.stringMatching(/^policy fault own\.rego:3/)]);
    const missing = await doctor({ policy: { bundle: 'none.tar.gz' } });
    expect(missing.code).toBe(64);
    const lax = await doctor(
      { policy: { sources: ['own.rego'] } },
      { files: { 'own.rego': 'package verdict\n\ndecision := {"allow": true}\n' } },
    );
    expect(lax.code).toBe(0);
    expect(lax.troubles.length).toBeGreaterThan(3);
    expect(lax.troubles[0]).toMatch(/^policy warning it allows made-up evidence: nothing is attached \(empty\)/);
  });

  it('looks at the TLS material of the service', async () => {
    const authority = makeTestCa();
    const one = authority.server(['127.0.0.1'], { notAfter: new Date('2026-11-30T00:00:00Z') });
    const other = authority.client();
    const config = { server: { tls: { cert: 'tls.crt', key: 'tls.key', clientCa: 'ca.crt' } } };
    const files = { 'tls.crt': one.cert, 'tls.key': one.key, 'ca.crt': authority.ca };
    const soon = await doctor(config, { files });
    expect(soon).toMatchObject({ code: 0 });
    expect(soon.troubles).toEqual([
      expect.stringMatching(/^server warning the server certificate CN=provider expires on 2026-11-30.* in 8 days/),
    ]);
    const misfit = await doctor(config, { files: { ...files, 'tls.key': other.key } });
    expect(misfit.code).toBe(64);
    expect(misfit.troubles).toEqual([expect.stringContaining('is not the key of the certificate')]);
  });

  it('really tries the port and the directory', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const machine = thisMachine();
    await expect(machine.tryListening('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await machine.tryListening('127.0.0.1', 0);
    await expect(machine.tryWriting(join(import.meta.filename, 'none'))).rejects.toThrow();
    expect(machine.memory.total).toBeGreaterThan(machine.memory.free);
  });
});

describe('verdict doctor and registries', () => {
  it('asks none where all are allowed and none is named', () => {
    const registries = { '*': {}, 'r.example/team': {}, 'r.example': {}, 's.example:5000': {} };
    expect(configuredRegistries({ registries } as unknown as Pick<Config, 'registries'>)).toEqual([
      'r.example',
      's.example:5000',
    ]);
  });

  it('tells name, answer, login and clock of a registry that is well', async () => {
    const registry = await open({ tls: true });
    inTime(registry);
    const told = await doctor(
      { registries: { [registry.host]: { ca: 'ca.pem' } } },
      { files: { 'ca.pem': TEST_TLS.ca } },
    );
    expect(told).toMatchObject({ code: 0, troubles: [] });
    expect(texts(told, 'registries')).toEqual([
      `${registry.host} lies at 127.0.0.1 (loopback)`,
      `${registry.host} speaks TLSv1.3 with a certificate from Verdict test authority`,
      `${registry.host} answers`,
      `${registry.host} lets us in: as anybody`,
    ]);
    expect(texts(told, 'clock')).toEqual([`the clock agrees with ${registry.host} (0 s)`]);
  });

  it('tells whose certificate is not trusted, and sends such a host nothing', async () => {
    const registry = await open({ tls: true });
    const told = await doctor({ registries: { [registry.host]: { tls: true } } });
    expect(told.code).toBe(2);
    expect(told.troubles).toEqual([
      expect.stringMatching(/^registries fault .*its certificate from Verdict test authority is not trusted: /),
    ]);
    expect(registry.requests).toEqual([]);
  });

  it('warns of certificates that end soon', async () => {
    const registry = await open({ tls: true });
    inTime(registry, new Date('2126-07-01T00:00:00Z'));
    const config = { registries: { [registry.host]: { ca: 'ca.pem' } } };
    const told = await doctor(config, { files: { 'ca.pem': TEST_TLS.ca }, now: new Date('2200-01-01T00:00:00Z') });
    expect(told.troubles.filter((line) => line.includes('has expired'))).toHaveLength(2);
  });

  it.each([
    ['ahead of', new Date(NOW.getTime() - 31_500)],
    ['behind', new Date(NOW.getTime() + 31_500)],
  ])('warns of a clock that is %s the registry’s', async (how, date) => {
    const registry = await open();
    inTime(registry, date);
    const told = await doctor({ registries: { [registry.host]: { plainHttp: true } } });
    expect(told.code).toBe(0);
    expect(told.troubles).toContainEqual(
      expect.stringMatching(new RegExp(`^clock warning the clock is 3[12] s ${how} that of ${registry.host}$`)),
    );
  });

  it('says which credential was used, never the secret', async () => {
    const registry = await open({ auth: { kind: 'basic', username: 'ann', password: 'hunter-2' } });
    inTime(registry);
    const config = { registries: { [registry.host]: { plainHttp: true } } };
    const auth = Buffer.from('ann:hunter-2').toString('base64');
    const nobody = await doctor(config);
    expect(nobody.code).toBe(2);
    expect(nobody.troubles).toContainEqual(expect.stringContaining('asks for a user name and a password'));
    const directory = mkdtempSync(join(tmpdir(), 'verdict-login-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const known = await doctor(config, { environment: { DOCKER_CONFIG: directory } });
    expect(known.code).toBe(0);
    expect(texts(known, 'registries')).toContain(
      `${registry.host} lets us in: with the basic credential of ${join(directory, 'config.json')}`,
    );
    const credential = { username: 'ann', passwordEnv: 'PASS' };
    const configured = await doctor(
      { registries: { [registry.host]: { plainHttp: true, credential } } },
      { environment: { PASS: 'hunter-2' } },
    );
    expect(texts(configured, 'registries')).toContain(
      `${registry.host} lets us in: with the basic credential of the configuration`,
    );
    for (const { text } of [nobody, known, configured]) {
      expect(text).not.toContain('hunter-2');
      expect(text).not.toContain(auth);
    }
  });

  it('gets tokens as anybody, and tells of a token server that refuses', async () => {
    const registry = await open({ auth: { kind: 'bearer' } });
    inTime(registry);
    const config = { registries: { [registry.host]: { plainHttp: true } } };
    const told = await doctor(config, { image: registry.reference('none') });
    expect(texts(told, 'registries').at(-1)).toBe(`${registry.host} lets us in: as anybody`);
    const closed = await open({ auth: { kind: 'bearer', username: 'ann', password: 'x', anonymous: false } });
    const refused = await doctor({ registries: { [closed.host]: { plainHttp: true } } });
    expect(refused.code).toBe(2);
    expect(refused.troubles).toContainEqual(expect.stringMatching(/^registries fault .*401/));
  });

  it.each([
    ['is not there', { kind: 'reset' }, 'REGISTRY_UNAVAILABLE'],
    ['fails', { kind: 'answer', status: 503 }, 'REGISTRY_UNAVAILABLE'],
    ['is a website', { kind: 'answer', status: 404, body: '<html>' }, 'REGISTRY_INVALID_RESPONSE'],
    ['wants fewer requests', { kind: 'rate-limit', retryAfter: '3600' }, 'REGISTRY_RATE_LIMITED'],
  ] as const)('tells of a registry that %s, after one attempt', async (_, fault, code) => {
    const registry = await open();
    registry.fault({ route: 'base' }, fault);
    const told = await doctor({ registries: { [registry.host]: { plainHttp: true } } });
    expect(told.code).toBe(2);
    expect((told.findings.get('registries') ?? []).at(-1)).toMatchObject({ level: 'fault', code });
    expect(registry.requests).toHaveLength(1);
  });

  it('tells of a name that does not exist', async () => {
    const told = await doctor({ registries: { 'registry.invalid': {} } });
    expect(told.code).toBe(2);
    expect(told.troubles).toEqual([expect.stringMatching(/^registries fault registry\.invalid/)]);
  });
});

describe('verdict doctor IMAGE', () => {
  it('follows an image to its decision', async () => {
    const registry = await open();
    inTime(registry);
    putLayout(registry, `${ROOT}examples/images`);
    const told = await doctor(demo(registry), { image: registry.reference('allowed') });
    expect(told.code).toBe(0);
    const lines = texts(told, 'image');
    expect(lines[0]).toMatch(new RegExp(`^${registry.reference('allowed')} is sha256:`));
    expect(lines).toContain('its registry has the Referrers API');
    expect(lines).toContain('6 artifacts attached');
    expect(lines).toContainEqual(expect.stringMatching(/sigstore says verified: signed by/));
    expect(lines.at(-1)).toBe('allowed by policy starter');
  });

  it('says why an image is denied, and what to do', async () => {
    const registry = await open({ referrersApi: false });
    inTime(registry);
    putLayout(registry, `${ROOT}examples/images`);
    const told = await doctor(demo(registry), { image: registry.reference('unsigned') });
    expect(told.code).toBe(1);
    expect(texts(told, 'image')).toContainEqual(expect.stringContaining('has no Referrers API'));
    expect(told.findings.get('image')).toContainEqual({
      level: 'fault',
      code: 'DENIED',
      text: expect.stringContaining('denied: signature.present'),
      next: expect.stringContaining('Sign it'),
    });
  });

  it('decides nothing where the image is not there', async () => {
    const registry = await open();
    inTime(registry);
    const told = await doctor({}, { image: registry.reference('none') });
    expect(told.code).toBe(2);
    expect((told.findings.get('image') ?? []).at(-1)).toMatchObject({ level: 'fault', code: 'NOT_FOUND' });
    expect(told.troubles).toContainEqual(expect.stringMatching(/^registries warning `verdict serve` would not ask it/));
  });

  it('lets a fault of the configuration count for more than a denial', async () => {
    const registry = await open();
    inTime(registry);
    putLayout(registry, `${ROOT}examples/images`);
    const config = { ...demo(registry), server: { tls: { cert: 'none.crt', key: 'none.key' } } };
    const told = await doctor(config, { image: registry.reference('unsigned') });
    expect(told.code).toBe(64);
    expect(told.findings.get('image')).toContainEqual(expect.objectContaining({ code: 'DENIED' }));
  });
});
