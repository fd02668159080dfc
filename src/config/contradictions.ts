import type { Config, Verifier } from '../generated/config.ts';
import type { SchemaFault } from '../schema-fault.ts';
import { readTrustPolicy } from '../verifiers/notation/trust-policy.ts';

/** Settings that only some types of verifiers have. */
const SETTINGS: Readonly<Record<string, ReadonlyArray<Verifier['type']>>> = {
  trust: ['sigstore', 'notation'],
  schemas: ['sigstore', 'json'],
  trustPolicy: ['notation'],
  blobTrustPolicy: ['notation'],
  command: ['plugin'],
  artifactTypes: ['plugin'],
  version: ['plugin'],
  config: ['plugin'],
  storeConfig: ['plugin'],
  environment: ['plugin'],
  timeout: ['plugin'],
};

/** What a verifier names that is not there, and what goes with another type. */
const misfits =
  (trusts: Config['trust']) =>
  (verifier: Verifier, index: number): readonly SchemaFault[] => {
    const given: Readonly<Record<string, unknown>> = {
      trust: verifier.trust.length > 0,
      schemas: Object.keys(verifier.schemas).length > 0,
      trustPolicy: verifier.trustPolicy,
      blobTrustPolicy: verifier.blobTrustPolicy,
      command: verifier.command,
      artifactTypes: verifier.artifactTypes.length > 0,
      version: verifier.version,
      config: Object.keys(verifier.config).length > 0,
      storeConfig: Object.keys(verifier.storeConfig).length > 0,
      environment: verifier.environment.length > 0,
      timeout: verifier.timeout,
    };
    const foreign = Object.entries(SETTINGS)
      .filter(([name, types]) => Boolean(given[name]) && !types.includes(verifier.type))
      .map(([name, types]) => ({
        pointer: `/verifiers/${index}/${name}`,
        message: `\`${name}\` goes with type ${types.join(' or ')}`,
      }));
    const unknown = verifier.trust.flatMap((name, at) =>
      Object.hasOwn(trusts, name)
        ? []
        : [{ pointer: `/verifiers/${index}/trust/${at}`, message: `there is no trust ${JSON.stringify(name)}` }],
    );
    return [...foreign, ...unknown];
  };

/** What a plugin needs; programs of others are run only where the configuration says so once for all. */
const pluginFaults =
  ({ enabled }: Config['plugins']) =>
  ({ type, command, artifactTypes }: Verifier, index: number): readonly SchemaFault[] => {
    if (type !== 'plugin') return [];
    const pointer = `/verifiers/${index}`;
    return [
      ...(enabled
        ? []
        : [{ pointer: `${pointer}/type`, message: 'plugins are not run unless `plugins: {enabled: true}` says so' }]),
      ...(command === undefined ? [{ pointer, message: 'type plugin needs `command`' }] : []),
      ...(artifactTypes.length === 0 ? [{ pointer, message: 'type plugin needs `artifactTypes`' }] : []),
    ];
  };

/** What does not go with a policy written for Ratify. */
function ratifyContradictions({ bundle, rules, sources, inline, config }: Config['policy']): readonly SchemaFault[] {
  const hasPolicy = bundle !== undefined || inline !== undefined || sources.length > 0;
  return [
    ...(rules.length === 0
      ? []
      : [
          {
            pointer: '/policy/rules',
            message: '`rules` extend the starter policy, not one of the convention `ratify`',
          },
        ]),
    ...(hasPolicy || config.kind !== 'rego'
      ? []
      : [
          {
            pointer: '/policy/sources',
            message: 'the kind `rego` needs a policy of package `ratify.policy`: give `sources` or `inline`',
          },
        ]),
  ];
}

/** A trust policy that stands in the configuration itself; one in a file is looked at when the file is read. */
function trustPolicyFaults({ trustPolicy }: Verifier, index: number): readonly SchemaFault[] {
  if (trustPolicy === undefined || typeof trustPolicy === 'string') return [];
  return readTrustPolicy(trustPolicy, 'oci').faults.map(({ pointer, message }) => ({
    pointer: `/verifiers/${index}/trustPolicy${pointer}`,
    message,
  }));
}

/** What would be shown to whatever host an image's name leads to. */
const SECRETS = ['credential', 'cert', 'key'] as const;

/** What a schema cannot say. */
export function contradictions(config: Config): readonly SchemaFault[] {
  const { policy, trust, verifiers, registries, plugins } = config;
  const faults: SchemaFault[] = [
    ...verifiers.flatMap(misfits(trust)),
    ...verifiers.flatMap(pluginFaults(plugins)),
    ...verifiers.flatMap(trustPolicyFaults),
  ];
  if (policy.bundle !== undefined && (policy.sources.length > 0 || policy.rules.length > 0)) {
    faults.push({
      pointer: '/policy/bundle',
      message: 'a compiled bundle stands alone: give it, or `rules`, or `sources`',
    });
  }
  if (policy.sources.length > 0 && policy.rules.length > 0) {
    faults.push({
      pointer: '/policy/sources',
      message: '`rules` extend the starter policy, `sources` replace it: give one of them',
    });
  }
  if (policy.convention === 'ratify') faults.push(...ratifyContradictions(policy));
  if (
    policy.inline !== undefined &&
    (policy.bundle !== undefined || policy.sources.length > 0 || policy.rules.length > 0)
  ) {
    faults.push({
      pointer: '/policy/inline',
      message: 'the policy stands here: leave `bundle`, `sources` and `rules` away',
    });
  }
  for (const name of SECRETS) {
    if (registries['*']?.[name] !== undefined) {
      faults.push({ pointer: `/registries/*/${name}`, message: `\`${name}\` goes with a host that is named` });
    }
  }
  for (const [index, { name }] of verifiers.entries()) {
    if (verifiers.findIndex((other) => other.name === name) < index) {
      faults.push({ pointer: `/verifiers/${index}/name`, message: `two verifiers are called ${JSON.stringify(name)}` });
    }
  }
  for (const [index, { take, count }] of config.collect.entries()) {
    if (take !== 'newest' && count > 1)
      faults.push({ pointer: `/collect/${index}/count`, message: '`count` goes with `take: newest`' });
  }
  for (const [name, { credential, cert, key }] of Object.entries(registries)) {
    const pointer = `/registries/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const { password, passwordEnv, passwordFile } = credential ?? {};
    if (
      credential !== undefined &&
      [password, passwordEnv, passwordFile].filter((one) => one !== undefined).length !== 1
    ) {
      faults.push({
        pointer: `${pointer}/credential`,
        message: 'give one of `password`, `passwordEnv`, `passwordFile`',
      });
    }
    if ((cert === undefined) !== (key === undefined)) faults.push({ pointer, message: '`cert` and `key` go together' });
  }
  return faults;
}
