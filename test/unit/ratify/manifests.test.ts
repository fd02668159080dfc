import { describe, expect, it } from 'vitest';
import { foldManifests } from '../../../src/ratify/manifests.ts';
import { lines } from './support.ts';

const manifest = (kind: string, spec: object, metadata: object = {}, version = 'v1beta1'): object => ({
  apiVersion: `config.ratify.deislabs.io/${version}`,
  kind,
  metadata: { name: `a-${kind.toLowerCase()}`, ...metadata },
  spec,
});

describe('custom resources', () => {
  it('become the blocks of config.json, with places', () => {
    const { value, origin, faults } = foldManifests([
      manifest('Store', { name: 'oras', parameters: { useHttp: true } }),
      {
        kind: 'List',
        items: [
          manifest('Verifier', { name: 'notation', version: '1.0.0', artifactTypes: 'a/b', parameters: { key: 'k' } }),
          manifest('Verifier', { name: 'old', type: 'cosign', artifactTypes: 'c/d' }),
        ],
      },
      manifest('Policy', { type: 'config-policy', parameters: { artifactVerificationPolicies: {} } }),
    ]);
    expect(faults).toEqual([]);
    expect(value).toMatchObject({
      store: { plugins: [{ name: 'oras', useHttp: true }] },
      verifier: {
        plugins: [
          { name: 'a-verifier', type: 'notation', version: '1.0.0', artifactTypes: 'a/b', key: 'k' },
          { name: 'a-verifier', type: 'cosign', artifactTypes: 'c/d' },
        ],
      },
      policy: { plugin: { name: 'config-policy', artifactVerificationPolicies: {} } },
    });
    expect(origin('/verifier/plugins/0/key')).toBe('/1/items/0/spec/parameters/key');
    expect(origin('/verifier/plugins/1/artifactTypes')).toBe('/1/items/1/spec');
    expect(origin('/policy/plugin/artifactVerificationPolicies/x')).toBe(
      '/2/spec/parameters/artifactVerificationPolicies/x',
    );
  });

  it('of the older version name the policy by their own name', () => {
    const { value } = foldManifests([manifest('Policy', { parameters: {} }, { name: 'configpolicy' }, 'v1alpha1')]);
    expect(value.policy).toEqual({ plugin: { name: 'configpolicy' } });
  });

  it('may be two policies, of which nobody knows which is meant', () => {
    const { faults } = foldManifests([manifest('Policy', { type: 'a' }), manifest('Policy', { type: 'b' })]);
    expect(faults.map(({ message }) => message)).toEqual(['there is more than one Policy']);
  });

  it('have keys and certificates under every name that verifiers may use', () => {
    const parameters = { contentType: 'key', value: 'PEM' };
    const { value } = foldManifests([
      manifest('KeyManagementProvider', { type: 'inline', parameters }, { name: 'a' }),
      manifest('NamespacedKeyManagementProvider', { type: 'inline', parameters }, { name: 'b', namespace: 'team' }),
      manifest(
        'CertificateStore',
        { provider: 'inline', parameters: { value: 'PEM' } },
        { name: 'c', namespace: 'old' },
      ),
    ]);
    const certificate = { contentType: 'certificate', value: 'PEM' };
    expect(value.keyManagementProviders).toEqual([
      { name: 'a', type: 'inline', parameters },
      { name: 'team/b', type: 'inline', parameters },
      { name: 'c', type: 'inline', parameters: certificate },
      { name: 'old/c', type: 'inline', parameters: certificate },
    ]);
  });

  it('of a namespace are left out, and said to be', () => {
    const { value, changes } = foldManifests([
      manifest('NamespacedVerifier', { name: 'sbom' }, { namespace: 'team' }),
      manifest('NamespacedPolicy', { type: 'config-policy' }, { namespace: 'team' }),
    ]);
    expect(value).toMatchObject({ verifier: {}, policy: {} });
    expect(changes.map(({ message }) => message.split(':')[0])).toEqual([
      'NamespacedVerifier team/a-namespacedverifier holds for a namespace',
      'NamespacedPolicy team/a-namespacedpolicy holds for a namespace',
    ]);
  });

  it('stand among others, which are left alone', () => {
    const { changes, faults } = foldManifests([
      { apiVersion: 'v1', kind: 'Secret', data: { password: 'c2VjcmV0' } },
      manifest('Storage', { name: 'oras' }),
      'text',
    ]);
    expect(lines(changes)).toEqual([
      '/0: A Secret is no configuration of Ratify v1, and left alone.',
      '/2: A document is no configuration of Ratify v1, and left alone.',
    ]);
    expect(lines(faults)).toEqual(['/1/kind: there is no Storage in Ratify v1', '/2: it must be an object']);
  });

  it('go with a config.json, of which clusters read three blocks', () => {
    const config = { executor: { verificationRequestTimeout: 1000 }, logger: {}, store: { plugins: [] } };
    const { value, origin } = foldManifests([config, manifest('Store', { name: 'oras' })]);
    expect(value).toMatchObject({ executor: config.executor, logger: {}, store: { plugins: [{ name: 'oras' }] } });
    expect(origin('/executor/verificationRequestTimeout')).toBe('/0/executor/verificationRequestTimeout');
  });
});
