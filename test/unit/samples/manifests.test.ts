import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createToolchain, type Toolchain } from '../../../src/rego/toolchain.ts';
import { readTemplate, sourcesOf } from '../../support/gatekeeper/template.ts';
import { openApp, providerRequest } from '../../support/server/open-app.ts';
import { CACHE } from '../rego/support.ts';

const SAMPLES = new URL('../../../charts/verdict/samples/', import.meta.url);
const NAMES = readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
const TEMPLATES = NAMES.filter((name) => name.endsWith('template.yaml'));

/** Named by Ratify's own templates and Assign objects. */
const RATIFY_PROVIDERS = ['ratify-provider', 'ratify-mutation-provider'];

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

const textOf = (name: string): string => readFileSync(new URL(name, SAMPLES), 'utf8');
const manifests = (name: string): readonly Manifest[] =>
  parseAllDocuments(textOf(name)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
const all = NAMES.flatMap(manifests);
const ofKind = (kind: string): readonly Manifest[] => all.filter((manifest) => manifest.kind === kind);

let toolchain: Toolchain;
beforeAll(() => {
  toolchain = createToolchain({ cacheDirectory: CACHE });
});
afterAll(() => toolchain.close());

describe('the samples', () => {
  it('are these', () => {
    expect(NAMES.toSorted()).toEqual([
      'assign.yaml',
      'enforce/constraint.yaml',
      'enforce/template.yaml',
      'passthrough/constraint.yaml',
      'passthrough/provider.yaml',
      'passthrough/template.yaml',
      'provider-mutation.yaml',
      'provider.yaml',
      'ratify/provider-mutation.yaml',
      'ratify/provider.yaml',
    ]);
  });

  it.each(NAMES)('%s begins by saying what it is for', (name) => {
    expect(textOf(name)).toMatch(/^# [A-Z]/);
  });

  it('have a name of their own each', () => {
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('name Providers and templates that are among them', () => {
    const providers = ofKind('Provider').map(({ metadata }) => metadata.name);
    const named = ofKind('Assign').map(
      ({ spec }) =>
        (spec.parameters as { assign: { externalData: { provider: string } } }).assign.externalData.provider,
    );
    const constraints = all.filter(({ apiVersion }) => apiVersion.startsWith('constraints.'));
    const asked = constraints.map(({ spec }) => (spec.parameters as { provider: string }).provider);
    expect([...new Set([...named, ...asked, ...RATIFY_PROVIDERS])].toSorted()).toEqual(providers.toSorted());
    expect(constraints.map(({ kind }) => kind.toLowerCase()).toSorted()).toEqual(
      ofKind('ConstraintTemplate')
        .map(({ metadata }) => metadata.name)
        .toSorted(),
    );
  });
});

describe('a Provider', () => {
  it.each([
    ['verdict', 2],
    ['verdict-mutation', 1],
    ['verdict-passthrough', 2],
    ['ratify-provider', 2],
    ['ratify-mutation-provider', 1],
  ])('%s is asked over HTTPS and waits %d s, never 0 and less than the webhook', (name, timeout) => {
    const provider = ofKind('Provider').find(({ metadata }) => metadata.name === name);
    expect(provider?.spec.url).toMatch(/^https:\/\//);
    expect(provider?.spec.timeout).toBe(timeout);
  });

  it('has a route of the service behind its URL', async () => {
    const { app } = openApp({});
    for (const { spec } of ofKind('Provider')) {
      const { pathname, search } = new URL(String(spec.url));
      const url = `${pathname}${search}`;
      const payload = JSON.stringify(providerRequest('r.example/app:1'));
      const reply = await app.inject({ method: 'POST', url, payload });
      expect(reply.json(), url).toMatchObject({
        kind: 'ProviderResponse',
        response: { items: [{ value: expect.anything() }] },
      });
    }
    await app.close();
  });
});

describe('the Assign set', () => {
  it('names every list of containers of Pods, of workloads and of CronJobs once', () => {
    const locations = ofKind('Assign').map(({ spec }) => spec.location);
    const lists = ['containers', 'initContainers', 'ephemeralContainers'];
    expect(locations).toEqual(
      ['spec', 'spec.template.spec', 'spec.jobTemplate.spec.template.spec'].flatMap((path) =>
        lists.map((list) => `${path}.${list}[name: *].image`),
      ),
    );
  });

  it('fails where the provider does, and replaces what stands there', () => {
    const data = ofKind('Assign').map(({ spec }) => (spec.parameters as { assign: { externalData: object } }).assign);
    expect(data).toHaveLength(9);
    for (const { externalData } of data) {
      expect(externalData).toMatchObject({ dataSource: 'ValueAtLocation', failurePolicy: 'Fail' });
    }
  });

  it('leaves no kind out that the constraints judge', () => {
    const mutated = ofKind('Assign').flatMap(({ spec }) =>
      (spec.applyTo as ReadonlyArray<{ kinds: readonly string[] }>).flatMap(({ kinds }) => kinds),
    );
    const judged = all
      .filter(({ apiVersion }) => apiVersion.startsWith('constraints.'))
      .flatMap(({ spec }) => (spec.match as { kinds: ReadonlyArray<{ kinds: readonly string[] }> }).kinds)
      .flatMap(({ kinds }) => kinds);
    expect(new Set(mutated)).toEqual(new Set(judged));
  });
});

describe('a template', () => {
  it.each(TEMPLATES)('%s is formatted and compiles strictly', async (name) => {
    const template = readTemplate(new URL(name, SAMPLES));
    const formatted = await toolchain.format({ files: [{ path: 'template.rego', text: template.rego }] });
    expect(formatted.ok && formatted.files).toMatchObject([{ changed: false }]);
    expect(await toolchain.check({ files: sourcesOf(template) })).toEqual([]);
  });

  it.each(TEMPLATES)('%s uses nothing that Gatekeeper’s OPA does not have', (name) => {
    const { rego } = readTemplate(new URL(name, SAMPLES));
    expect(rego).not.toMatch(/^import /m);
    expect(rego).not.toMatch(/\bdata\./);
  });

  it.each(TEMPLATES)('%s is called as its package', (name) => {
    const template = readTemplate(new URL(name, SAMPLES));
    expect(template.rego.split('\n')[0]).toBe(`package ${template.name}`);
  });

  it('reads objects and answers as the other does', () => {
    const shared = TEMPLATES.map(
      (name) => readTemplate(new URL(name, SAMPLES)).rego.split('# Shared by the samples')[1],
    );
    expect(shared[0]?.length).toBeGreaterThan(1000);
    expect(shared[0]).toBe(shared[1]);
  });
});
