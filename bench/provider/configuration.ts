import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAYLOAD_TYPE } from '../../test/support/notation/envelopes.ts';
import { CA, SIGNER } from './authorities.ts';

/** What a scenario needs of the server that it measures. */
export type Setup =
  /** Notary Project signatures, found by the Referrers API; verdicts are kept. */
  | 'signatures'
  /** The same, no verdict is kept. */
  | 'uncached'
  /** Asks for cosign's tags too. */
  | 'cosign-tags'
  /** Denies licences in SBOMs, which every image needs. */
  | 'sboms';

export interface Place {
  /** That of the authorities. */
  readonly directory: string;
  /** Ports of the service itself (0: a free one), the registry, and the proxy before it. */
  readonly port: number;
  readonly registry: number;
  readonly proxy: number;
}

/** `verdict.yaml`. */
export function verdictConfig(setup: Setup, { directory, port, registry, proxy }: Place): string {
  const hosts = [registry, proxy].map((one) => `"127.0.0.1:${one}": {plainHttp: true}`).join(', ');
  const cache = setup === 'uncached' ? ', cache: {allow: 0, deny: 0, incomplete: 0, stale: 0}' : '';
  return `trust: {acme: {type: certificates, ca: ["${join(directory, CA)}"]}}
policy:
  config:
    profile: ${setup === 'sboms' ? 'bench' : 'signed'}
    identities: [{name: acme, types: ["${PAYLOAD_TYPE}"], trust: acme, kind: certificate, identity: "${SIGNER}"}]
    licences: {deny: [AGPL-3.0-only]}
    profiles:
      bench:
        required: [signature.present, sbom.present, sbom.read]
        prohibited: [licence.disallowed, evidence.failed, evidence.incomplete]
        unsigned: [sbom.present, sbom.read]
${setup === 'cosign-tags' ? '' : 'sources: [referrers-api]\n'}registries: {${hosts}}
server: {port: ${port}, verifyTimeout: 60000${cache}}
`;
}

/** Ratify v1's default Rego policy, in Rego v0: every report is good, and every artifact has one. */
const RATIFY_POLICY = `package ratify.policy

default valid = false

valid {
  not failed_verify(input)
}

failed_verify(reports) {
  [path, value] := walk(reports)
  value == false
  path[count(path) - 1] == "isSuccess"
}

failed_verify(reports) {
  [path, value] := walk(reports)
  count(value) == 0
  path[count(path) - 1] == "verifierReports"
}
`;

const plugin = (members: object): object => ({ version: '1.0.0', plugins: [members] });

/** Ratify v1's `config.json`, for the same images. Its verifier of SBOMs is a program of its own. */
export function ratifyConfig(setup: Setup, { directory }: Pick<Place, 'directory'>): object {
  const notation = {
    name: 'verifier-notation',
    type: 'notation',
    artifactTypes: 'application/vnd.cncf.notary.signature',
    verificationCerts: [join(directory, 'certs')],
    trustPolicyDoc: {
      version: '1.0',
      trustPolicies: [
        {
          name: 'default',
          registryScopes: ['*'],
          signatureVerification: { level: 'strict' },
          trustStores: ['ca:certs'],
          trustedIdentities: ['*'],
        },
      ],
    },
  };
  const sbom = {
    name: 'verifier-sbom',
    type: 'sbom',
    version: '2.0.0-alpha.1',
    artifactTypes: 'application/spdx+json',
    disallowedLicenses: ['AGPL-3.0-only'],
  };
  return {
    executor: { verificationRequestTimeout: 60_000, mutationRequestTimeout: 10_000 },
    logger: { formatter: 'json' },
    crl: { cache: { enabled: false } },
    store: plugin({
      name: 'oras',
      useHttp: true,
      cosignEnabled: setup === 'cosign-tags',
      localCachePath: join(directory, 'oras-cache'),
      cacheEnabled: false,
      ttl: 10,
    }),
    policy: {
      version: '1.0.0',
      plugin: { name: 'regoPolicy', policyPath: join(directory, 'policy.rego'), passthroughEnabled: false },
    },
    verifier: { version: '1.0.0', plugins: setup === 'sboms' ? [notation, sbom] : [notation] },
  };
}

/** Writes what servers started by hand need, and says how to start and to measure them. */
export function writeConfigurations(setup: Setup, place: Place): string {
  const { directory, port, registry, proxy } = place;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'verdict.yaml'), verdictConfig(setup, place));
  writeFileSync(join(directory, 'config.json'), `${JSON.stringify(ratifyConfig(setup, place), undefined, 2)}\n`);
  writeFileSync(join(directory, 'policy.rego'), RATIFY_POLICY);
  const cached = setup === 'uncached' ? '--cache-enabled=false' : '--cache-enabled --cache-type ristretto';
  const measure = `node bench/provider.ts --directory ${directory} --registry-port ${registry} --proxy-port ${proxy}`;
  return `Verdict:
  node dist/cli/main.js serve --config ${join(directory, 'verdict.yaml')} --log-level error
  ${measure} --url http://127.0.0.1:${port}/v1/gatekeeper/validate

Ratify v1:
  RATIFY_CONFIG=${directory} HOME=${directory} RATIFY_LOG_LEVEL=error \\
    ratify serve --http 127.0.0.1:${port} -c ${join(directory, 'config.json')} ${cached}
  ${measure} --url http://127.0.0.1:${port}/ratify/gatekeeper/v1/verify
`;
}
