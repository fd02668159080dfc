import type { Surroundings } from '../../../src/ratify/surroundings.ts';
import { type Translation, translate } from '../../../src/ratify/translate.ts';

export const NOTATION = 'application/vnd.cncf.notary.signature';
export const COSIGN = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** A machine with nothing on it. */
const MACHINE: Surroundings = {
  home: '/home/user',
  directory: '/srv/here',
  configDirectory: '/etc/ratify',
  environment: {},
  exists: () => false,
  names: () => [],
};

export const on = (value: unknown, machine: Partial<Surroundings> = {}): Translation =>
  translate(value, { ...MACHINE, ...machine });

/** A configuration with these verifiers, and what else is said. */
export const ratify = (plugins: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): object => ({
  store: { version: '1.0.0', plugins: [{ name: 'oras' }] },
  policy: { version: '1.0.0', plugin: { name: 'configPolicy' } },
  verifier: { version: '1.0.0', plugins },
  ...more,
});

export const trustPolicyDoc = (trustStores: readonly string[]): object => ({
  version: '1.0',
  trustPolicies: [
    {
      name: 'default',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores,
      trustedIdentities: ['*'],
    },
  ],
});

export const sbom = { name: 'sbom', artifactTypes: 'application/spdx+json' };

/** Faults or changes, one line each. */
export const lines = (all: ReadonlyArray<{ readonly pointer: string; readonly message: string }>): readonly string[] =>
  all.map(({ pointer, message }) => `${pointer}: ${message}`);
