import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, buildMeans } from '../../../../src/config/build.ts';
import { ConfigFaults, loadConfig } from '../../../../src/config/load.ts';
import { gather } from '../../../../src/evaluate.ts';
import { parseReference } from '../../../../src/reference.ts';
import { startRegistry, type TestRegistry } from '../../../support/registry/registry.ts';
import { Plugins } from './plugins.ts';

const SARIF = 'application/sarif+json';
const SBOM = 'application/spdx+json';
const TYPE = 'application/vnd.ratify.verifier-report+json';

let registry: TestRegistry;
let plugins: Plugins;
let subject: string;

beforeAll(async () => {
  registry = await startRegistry();
  plugins = new Plugins();
  const image = registry.image({ tag: '1' });
  for (const type of [SARIF, SBOM]) {
    const layers = [{ bytes: '{"a":1}', mediaType: type }];
    registry.attach(image.digest, { artifactType: type, layers });
  }
  subject = registry.reference(image.digest);
});
afterAll(async () => await Promise.all([registry.close(), plugins.close()]));

const plugin = (command: string, more: object = {}): object => ({
  name: 'scan',
  type: 'plugin',
  command,
  artifactTypes: [SARIF],
  ...more,
});

async function load(verifiers: readonly object[], enabled: object = { enabled: true }) {
  const path = plugins.path('verdict.json');
  const own = { plugins: enabled, verifiers: [...verifiers, { name: 'json', type: 'json' }] };
  writeFileSync(path, JSON.stringify({ ...own, registries: { [registry.host]: { plainHttp: true } } }));
  return (await loadConfig(path, plugins.directory)).config;
}

async function evidence(verifiers: readonly object[], environment: Readonly<Record<string, string>> = {}) {
  const reference = parseReference(subject);
  const built: Built = await buildMeans(await load(verifiers), reference, { evidence: [], environment });
  try {
    const request = { reference, time: new Date(), caller: 'cli', namespace: '', parameters: {} } as const;
    const { head, documents } = await gather(request, built.means);
    return {
      head,
      documents,
      reports: head.artifacts.flatMap(({ artifactType, reports }) => reports.map((one) => ({ artifactType, ...one }))),
    };
  } finally {
    await built.close();
  }
}

async function faults(verifiers: readonly object[], enabled?: object): Promise<string> {
  try {
    await load(verifiers, enabled);
    return '';
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown;
    return thrown.faults.map(({ message }) => message).join('\n');
  }
}

describe('a configured plugin', () => {
  it('speaks of its types, before the JSON verifier, which has all others', async () => {
    const command = plugins.shell(
      'scan',
      `echo "{\\"isSuccess\\":true,\\"subject\\":\\"$RATIFY_VERIFIER_SUBJECT\\",\\"token\\":\\"$TOKEN$SECRET\\"}"`,
    );
    const environment = { PATH: process.env.PATH ?? '', TOKEN: 'handed-on', SECRET: 'kept' };
    const { head, documents, reports } = await evidence(
      [plugin(command, { environment: ['TOKEN', 'NOT_SET'] })],
      environment,
    );
    expect(head.complete).toBe(true);
    const byType = Object.fromEntries(reports.map((one) => [one.artifactType, one]));
    expect(byType).toMatchObject({
      [SARIF]: { verifier: { name: 'scan', type: 'plugin' }, outcome: 'present', type: TYPE },
      [SBOM]: { verifier: { name: 'json', type: 'json' }, outcome: 'present', type: SBOM },
    });
    const said = documents.get(byType[SARIF]?.document ?? '');
    expect(JSON.parse(Buffer.from(said ?? []).toString())).toEqual({
      isSuccess: true,
      subject,
      token: 'handed-on',
    });
  });

  it('that fails leaves the evidence incomplete', async () => {
    const command = plugins.shell('fails', 'exit 1');
    const { head, reports } = await evidence([plugin(command, { artifactTypes: ['*'] })]);
    expect(head.complete).toBe(false);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['errored', 'errored']);
  });

  it('may have a second one beside it', async () => {
    const command = plugins.shell('both', `echo '{"isSuccess":true}'`);
    const { reports } = await evidence([plugin(command), plugin(command, { name: 'other' })]);
    const names = reports.filter(({ artifactType }) => artifactType === SARIF).map(({ verifier }) => verifier.name);
    expect(names).toEqual(['other', 'scan']);
  });
});

describe('the configuration of plugins', () => {
  it('is a fault unless plugins are enabled, and says how', async () => {
    const said = await faults([plugin('/bin/true')], {});
    expect(said).toContain('/verifiers/0/type: plugins are not run unless `plugins: {enabled: true}` says so');
    expect(await faults([plugin('/bin/true')])).toBe('');
  });

  it.each([
    [{ command: undefined }, 'needs `command`'],
    [{ artifactTypes: [] }, 'needs `artifactTypes`'],
    [{ command: 'relative/scan' }, 'pattern'],
    [{ environment: ['A=B'] }, 'pattern'],
    [{ timeout: 1 }, 'must be >= 100'],
    [{ trust: ['public-good'] }, '`trust` goes with type sigstore or notation'],
    [{ type: 'notation' }, '`command` goes with type plugin'],
  ])('%j is a fault', async (more, reason) => {
    expect(await faults([plugin('/bin/true', more)])).toContain(reason);
  });

  it('whose program may not be run is refused when it is built', async () => {
    const config = await load([plugin(plugins.path('none'))]);
    const built = buildMeans(config, parseReference(subject), { evidence: [], environment: {} });
    await expect(built).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
