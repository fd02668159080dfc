import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../support/decide.ts';
import { DEMO, TestService } from '../support/service.ts';

let service: TestService;
beforeEach(async () => {
  service = await TestService.open();
});
afterEach(() => service.close());

/** Long enough for a policy to be compiled on a busy machine. */
const PATIENCE = { timeout: 25_000, interval: 100 };

const generation = (): Promise<number> => service.metric('verdict_policy_generation');
const reaches = (number: number): Promise<void> => expect.poll(generation, PATIENCE).toBe(number);
const told = (message: string): number => service.messages().filter((one) => one === message).length;
const failed = (times: number): Promise<void> =>
  expect.poll(() => told('the new configuration cannot be used: the old one stays'), PATIENCE).toBe(times);

/** In one step, as tools that mean it do. */
function put(name: string, text: string): void {
  service.write(`${name}.new`, text);
  renameSync(service.path(`${name}.new`), service.path(name));
}

const policy = (allow: string): string => `package verdict

import rego.v1

decision := {"allow": true} if ${allow}

else := {"allow": false, "violations": [{"code": "own.no", "msg": "no"}]}
`;
const NOBODY = 'count(input.artifacts) > 1000';
const SCANNED = 'count([s | s := input.artifacts[_].reports[_].signers[_]; s.trust.name == "acme-keys"]) > 0';
const SIGNED = 'count([signer | signer := input.artifacts[_].reports[_].signers[_]]) > 0';

describe('a running service', () => {
  it('takes up a policy whose source changes, and goes on with the old one while the new one is broken', async () => {
    put('policy.rego', policy(NOBODY));
    service.configure(`${DEMO.split('\npolicy')[0]}\npolicy: {sources: [policy.rego], accepts: [stranger]}`);
    await service.start();
    expect((await service.verify('allowed')).allow).toBe(false);
    put('policy.rego', policy(SIGNED));
    await reaches(2);
    expect((await service.verify('allowed')).allow).toBe(true);
    put('policy.rego', 'package verdict\n\nnonsense(');
    await failed(1);
    expect(await generation()).toBe(2);
    expect((await service.verify('allowed')).allow).toBe(true);
    expect(await service.metric('verdict_policy_reloads_total{outcome="failed"}')).toBe(1);
    const error = service.logged.findLast(({ level }) => level === 'error')?.error;
    expect(error).toMatchObject({ code: 'POLICY_INVALID', message: expect.stringContaining('policy.rego:3') });
    put('policy.rego', policy(NOBODY));
    await reaches(3);
    expect((await service.verify('allowed')).allow).toBe(false);
  });

  it('takes up trust whose files change, in a directory mounted as Kubernetes does too', async () => {
    const scanner = readFileSync(`${ROOT}examples/keys/scanner.pub`, 'utf8');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const stranger = String(publicKey.export({ type: 'spki', format: 'pem' }));
    const mount = (version: string, key: string): void => {
      mkdirSync(service.path(`keys/..${version}`), { recursive: true });
      service.write(`keys/..${version}/scanner.pub`, key);
      symlinkSync(`..${version}`, service.path('keys/..data_tmp'));
      renameSync(service.path('keys/..data_tmp'), service.path('keys/..data'));
    };
    mount('1', scanner);
    symlinkSync('..data/scanner.pub', service.path('keys/scanner.pub'));
    put('policy.rego', policy(SCANNED));
    const trust = (DEMO.split('\npolicy')[0] ?? '').replace(`${ROOT}examples/keys/scanner.pub`, 'keys');
    service.configure(`${trust}\npolicy: {sources: [policy.rego]}`);
    await service.start();
    expect((await service.verify('allowed')).allow).toBe(true);
    mount('2', scanner);
    unlinkSync(service.path('keys/..1/scanner.pub'));
    mount('3', stranger);
    await reaches(2);
    expect((await service.verify('allowed')).allow).toBe(false);
    put('keys/another.pub', scanner);
    await reaches(3);
    expect((await service.verify('allowed')).allow).toBe(true);
  });

  it('does not reload for a rewrite without change, nor for a neighbour', async () => {
    copyFileSync(`${ROOT}examples/keys/scanner.pub`, service.path('scanner.pub'));
    copyFileSync(`${ROOT}examples/keys/trusted_root.json`, service.path('root.json'));
    service.configure(
      DEMO.replace(`${ROOT}examples/keys/scanner.pub`, 'scanner.pub').replaceAll(
        `${ROOT}examples/keys/trusted_root.json`,
        'root.json',
      ),
    );
    await service.start();
    copyFileSync(`${ROOT}examples/keys/scanner.pub`, service.path('scanner.pub.new'));
    renameSync(service.path('scanner.pub.new'), service.path('scanner.pub'));
    copyFileSync(`${ROOT}examples/keys/trusted_root.json`, service.path('root.json'));
    service.write('neighbour.pub', 'x');
    copyFileSync(service.path('verdict.yaml'), service.path('verdict.new'));
    writeFileSync(service.path('verdict.new'), '\n', { flag: 'a' });
    // What is noticed at all is noticed in the order in which it happened.
    renameSync(service.path('verdict.new'), service.path('verdict.yaml'));
    await reaches(2);
    const paths = service.logged.flatMap((line) => (Array.isArray(line.paths) ? (line.paths as string[]) : []));
    expect(paths).toEqual([service.path('verdict.yaml')]);
  });

  it('watches what a new configuration names, and no longer what it does not', async () => {
    put('one.rego', policy(NOBODY));
    put('two.rego', policy(NOBODY));
    const trust = DEMO.split('\npolicy')[0] ?? '';
    const configure = (source: string): void =>
      service.configure(`${trust}\npolicy: {sources: [${source}], accepts: [stranger]}`);
    configure('one.rego');
    await service.start();
    configure('two.rego');
    await reaches(2);
    put('one.rego', policy(SIGNED));
    put('two.rego', policy(SIGNED));
    await reaches(3);
    expect((await service.verify('allowed')).allow).toBe(true);
    configure('none.rego');
    await failed(1);
    put('none.rego', policy(NOBODY));
    await reaches(4);
    expect((await service.verify('allowed')).allow).toBe(false);
    const paths = service.logged.flatMap((line) => (Array.isArray(line.paths) ? (line.paths as string[]) : []));
    expect(paths).not.toContain(service.path('one.rego'));
  });

  it('takes up a credential that is written while it runs', async () => {
    service.configure(DEMO);
    await service.start({ DOCKER_CONFIG: service.directory });
    put('config.json', '{"auths": {}}');
    await reaches(2);
  });
});
