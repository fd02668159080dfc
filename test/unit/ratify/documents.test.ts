import { describe, expect, it } from 'vitest';
import { lines, on, ratify, sbom } from './support.ts';

const SARIF = 'application/sarif+json';
const judge = (plugin: object) => on(ratify([plugin])).config.policy.config.verifiers[0];
const schemas = (...plugins: object[]) => on(ratify(plugins)).config.verifiers.find(({ type }) => type === 'json');
const validator = (given: unknown): object => ({ name: 'schemavalidator', artifactTypes: 'x/y', schemas: given });
const report = (more: object = {}): object => ({
  name: 'v',
  type: 'vulnerabilityreport',
  artifactTypes: SARIF,
  ...more,
});

describe('an SBOM', () => {
  it('may not list these licences and packages', () => {
    const lists = {
      disallowedLicenses: ['AGPL'],
      disallowedPackages: [{ name: 'log4j', version: '2.13.0' }, { name: 'zlib' }],
    };
    expect(judge({ ...sbom, ...lists })).toEqual({
      name: 'sbom',
      type: 'sbom',
      kind: 'sbom',
      artifactTypes: ['application/spdx+json'],
      ...lists,
    });
    expect(lines(on(ratify([{ ...sbom, disallowedPackages: [{ version: '1' }] }])).faults)[0]).toContain(
      'give a `name`',
    );
    expect(lines(on(ratify([{ ...sbom, disallowedLicenses: 'AGPL' }])).faults)[0]).toContain('it must be a list');
  });
});

describe('a list of licences', () => {
  it('is exactly what packages may have', () => {
    const plugin = { name: 'licensechecker', artifactTypes: 'a/b', allowedLicenses: ['MIT', 'MPL-2.0 AND MIT', ''] };
    expect(judge(plugin)).toMatchObject({ kind: 'licensechecker', allowedLicenses: ['MIT', 'MPL-2.0 AND MIT', ''] });
  });
});

describe('a report of vulnerabilities', () => {
  it('has its limits', () => {
    const plugin = report({
      maximumAge: '24h',
      disallowedSeverities: ['high'],
      denylistCVEs: ['CVE-1'],
      createdAnnotationName: 'x',
      passthrough: true,
    });
    expect(judge(plugin)).toEqual({
      name: 'v',
      type: 'vulnerabilityreport',
      kind: 'vulnerabilityreport',
      artifactTypes: [SARIF],
      createdAnnotation: 'x',
      maximumAge: 86_400_000_000_000,
      disallowedSeverities: ['high'],
      denylistCVEs: ['CVE-1'],
      passthrough: true,
    });
  });

  it('is checked against SARIF’s schema, or a file', () => {
    expect(schemas(report())).toMatchObject({ schemas: { [SARIF]: 'starter' } });
    expect(schemas(report({ schemaURL: 'https://json.schemastore.org/sarif-2.1.0.json' }))).toMatchObject({
      schemas: { [SARIF]: 'starter' },
    });
    expect(schemas(report({ schemaURL: 'file:///s.json' }), report({ schemaURL: '' }))).toMatchObject({
      schemas: { [SARIF]: '/s.json' },
    });
    expect(lines(on(ratify([report({ schemaURL: 'https://x.example/own.json' })])).faults)[0]).toContain('download it');
  });

  it.each(['1d', '-1h', 'soon', '24'])('has no age like %s', (maximumAge) => {
    expect(lines(on(ratify([report({ maximumAge })])).faults)[0]).toContain('it must be a duration such as 24h');
  });
});

describe('a schema', () => {
  it('is a file', () => {
    const given = { [SARIF]: 'file:///schemas/sarif.json', 'a/b': '/b.json' };
    expect(schemas(validator(given))).toMatchObject({ schemas: { [SARIF]: '/schemas/sarif.json', 'a/b': '/b.json' } });
    expect(judge(validator(given))).toMatchObject({ kind: 'schemavalidator', mediaTypes: [SARIF, 'a/b'] });
    expect(on(ratify([validator({ 'a/b': '/b.json' })])).origin('/verifiers/0/schemas/a~1b')).toBe(
      '/verifier/plugins/0/schemas/a~1b',
    );
  });

  it.each(['https://json.schemastore.org/sarif-2.1.0-rtm.5.json', 'file://host/s.json', 'file:///a%2Fb.json', ''])(
    'at %s is not fetched: nothing passes under it',
    (url) => {
      const { config, changes } = on(ratify([validator({ [SARIF]: url })]));
      expect(config.policy.config.verifiers[0]?.mediaTypes).toBeUndefined();
      expect(config.verifiers[0]).toMatchObject({ type: 'json', schemas: {} });
      expect(lines(changes)[0]).toContain('never passes until you download it');
    },
  );

  it('of a media type is one: a second never passes, and goes before the one that comes with Verdict', () => {
    const { config, changes } = on(
      ratify([
        validator({ 'a/b': '/1.json' }),
        { ...validator({ 'a/b': '/2.json' }), name: 'n', type: 'schemavalidator' },
      ]),
    );
    expect(config.policy.config.verifiers.map(({ mediaTypes }) => mediaTypes)).toEqual([['a/b'], undefined]);
    expect(lines(changes)[0]).toContain('has another schema already, and never passes under this one');
    expect(schemas(report(), validator({ [SARIF]: '/own.json' }))).toMatchObject({ schemas: { [SARIF]: '/own.json' } });
    expect(schemas(validator({ [SARIF]: '/own.json' }), report())).toMatchObject({ schemas: { [SARIF]: '/own.json' } });
  });

  it('must be given', () => {
    expect(lines(on(ratify([validator(undefined)])).faults)[0]).toContain('give schemas by media type');
  });
});
