import type { Config, Scope } from '../generated/config.ts';
import type { SchemaFault } from '../schema-fault.ts';
import type { TrustScope } from '../trust.ts';
import { trustPointer } from './trust/contradictions.ts';

/** The configuration as one policy sees it. */
export interface Side {
  /** How decisions call its policy; empty: as the policy is called itself. */
  readonly name: string;
  readonly scope: TrustScope;
  /** With the scope's policy, trust and verifiers in their places. */
  readonly config: Config;
  /** Trusts that a namespace brought: no other policy sees what they vouch for. */
  readonly ownTrusts: readonly string[];
  /** An image it is for. */
  readonly example: Place;
}

/** What is asked about, and for whom; all empty for what has none: a file has no registry. */
export interface Place {
  readonly registry: string;
  readonly repository: string;
  readonly namespace: string;
}

/** Those who decide: one for everybody, and one of the namespace where it has any. Both must allow. */
export type Sides = readonly [everybody: Side, own?: Side];

/** Whom no scope is for. */
export const everybody = (config: Config): Side => ({
  name: '',
  scope: 'cluster',
  config,
  ownTrusts: [],
  example: ANYWHERE,
});

const ANYWHERE: Place = { registry: 'registry.example', repository: 'canary', namespace: '' };

/** Who decides about an image for a namespace. */
export function sidesFor(config: Config, place: Place): Sides {
  const base = longest(config.scopes.filter(isForEverybody), place);
  const own = longest(
    config.scopes.filter(({ namespaces }) => namespaces.includes(place.namespace)),
    place,
  );
  const first = baseSide(config, base);
  return own === undefined ? [first] : [first, namespaceSide(first, own)];
}

/** Every pair of scopes that may decide together, each once: what has to be proved before a configuration is used. */
export function allSides(config: Config): readonly Sides[] {
  const bases = [undefined, ...config.scopes.filter(isForEverybody)];
  return bases.flatMap((base): Sides[] => {
    const first = baseSide(config, base);
    const own = config.scopes.filter((scope) => !isForEverybody(scope) && overlap(base, scope));
    return [[first], ...own.map((scope): Sides => [first, namespaceSide(first, scope)])];
  });
}

/** The configuration as a scope sees it, beside what is for everybody at the top. */
export const sideOf = (config: Config, scope: Scope): Side =>
  isForEverybody(scope) ? baseSide(config, scope) : namespaceSide(everybody(config), scope);

/** All trusts of a configuration; those of a scope are called `scope/name`. */
export const everyTrust = ({ trust, scopes }: Config): Config['trust'] =>
  Object.fromEntries([
    ...Object.entries(trust),
    ...scopes.flatMap((scope) =>
      Object.entries(scope.trust ?? {}).map(([name, one]) => [`${scope.name}/${name}`, one] as const),
    ),
  ]);

/** Names a pair of sides within one configuration. */
export const sidesName = (sides: Sides): string => JSON.stringify(sides.map((side) => side?.name));

const isForEverybody = ({ namespaces }: Scope): boolean => namespaces.length === 0;

function baseSide(config: Config, scope: Scope | undefined): Side {
  if (scope === undefined) return everybody(config);
  const { name, policy, trust, verifiers } = scope;
  const own = { ...(policy && { policy }), ...(trust && { trust }), ...(verifiers && { verifiers }) };
  return { name, scope: 'cluster', config: { ...config, ...own }, ownTrusts: [], example: exampleOf(scope, ANYWHERE) };
}

/** Beside what everybody's policy sees, so that it can only ask for more. Its own verifiers come first. */
function namespaceSide({ config: base, example }: Side, scope: Scope): Side {
  const { name, policy, trust = {}, verifiers = [] } = scope;
  const config = {
    ...base,
    ...(policy && { policy }),
    trust: { ...base.trust, ...trust },
    verifiers: [...verifiers, ...base.verifiers],
  };
  return { name, scope: 'namespace', config, ownTrusts: Object.keys(trust), example: exampleOf(scope, example) };
}

function exampleOf({ repositories: [prefix], namespaces: [namespace = ''] }: Scope, otherwise: Place): Place {
  if (prefix === undefined) return { ...otherwise, namespace };
  const [registry = '', ...path] = prefix.split('/');
  return { registry, repository: path.join('/') || otherwise.repository, namespace };
}

/** A host, which has a dot or a port or is `localhost`, and components of a path. */
const IS_PREFIX = /^(?:localhost|[a-z0-9.[\]:-]*[.:][a-z0-9.[\]:-]*)(?:\/[a-z0-9._-]+)*$/i;

/** Names of Docker Hub that have the same content; a reference is called by the first, unless a port hides it. */
const DOCKER_HUB: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/**
 * One spelling for a registry, the one that is connected to: nobody gets another policy by writing a host in capitals, or
 * its port, with zeros before it or not.
 */
const canonical = (name: string): string => {
  const [written = '', ...path] = name.split('/');
  const host = URL.parse(`https://${written}`)?.host ?? written.toLowerCase();
  return [DOCKER_HUB.includes(host) ? 'docker.io' : host, ...path].join('/');
};

/** A prefix in whole components: `registry.example/team` is not about `registry.example/teams`. */
const isWithin = (name: string, prefix: string): boolean =>
  canonical(name) === canonical(prefix) || canonical(name).startsWith(`${canonical(prefix)}/`);

/** How much of the image's name the scope names; undefined: it is not for it. */
function reach({ repositories }: Scope, { registry, repository }: Place): number | undefined {
  if (repositories.length === 0) return 0;
  const prefixes = repositories.filter((prefix) => isWithin(`${registry}/${repository}`, prefix));
  return prefixes.length === 0 ? undefined : Math.max(...prefixes.map((prefix) => prefix.length));
}

function longest(scopes: readonly Scope[], place: Place): Scope | undefined {
  const reaches = scopes.map((scope) => ({ scope, length: reach(scope, place) }));
  return reaches.reduce<{ scope?: Scope; length: number }>(
    (best, { scope, length = -1 }) => (length > best.length ? { scope, length } : best),
    { length: -1 },
  ).scope;
}

/** Whether there is an image that both are for. */
function overlap(base: Scope | undefined, scope: Scope): boolean {
  if (base === undefined || scope.repositories.length === 0) return true;
  return base.repositories.some((one) =>
    scope.repositories.some((other) => isWithin(one, other) || isWithin(other, one)),
  );
}

/**
 * Faults of a scope's side that are the scope's doing, at their places in the file: what it says itself, and what is
 * said above of trusts that it took away.
 */
export function withinScope<T extends SchemaFault>(scope: Scope, index: number, faults: readonly T[]): readonly T[] {
  return faults.flatMap((fault) => {
    if (isOwn(scope, fault.pointer)) return [{ ...fault, pointer: `/scopes/${index}${fault.pointer}` }];
    const isOrphan = isForEverybody(scope) && scope.trust !== undefined && !fault.pointer.startsWith('/trust/');
    const message = `${fault.pointer} goes on for this scope: ${fault.message}`;
    return isOrphan ? [{ ...fault, pointer: `/scopes/${index}/trust`, message }] : [];
  });
}

function isOwn({ policy, trust = {}, verifiers = [] }: Scope, pointer: string): boolean {
  const [, part = '', name = ''] = pointer.split('/');
  switch (part) {
    case 'policy':
      return policy !== undefined;
    case 'trust':
      return Object.keys(trust).some((own) => trustPointer(own) === `/trust/${name}`);
    case 'verifiers':
      return Number(name) < verifiers.length;
    default:
      return false;
  }
}

/** What is wrong with the scopes as such: what is in them is looked at as everywhere. */
export function scopeFaults({ scopes, trust, verifiers }: Config): readonly SchemaFault[] {
  return scopes.flatMap((scope, index) => {
    const fault = (pointer: string, message: string): SchemaFault => ({
      pointer: `/scopes/${index}${pointer}`,
      message,
    });
    const faults: SchemaFault[] = [];
    const earlier = scopes.slice(0, index);
    if (earlier.some(({ name }) => name === scope.name)) {
      faults.push(fault('/name', `two scopes are called ${JSON.stringify(scope.name)}`));
    }
    for (const other of earlier) faults.push(...claims(scope, other).map((message) => fault('', message)));
    for (const [at, prefix] of scope.repositories.entries()) {
      if (!IS_PREFIX.test(prefix)) {
        faults.push(
          fault(`/repositories/${at}`, 'write a registry, or a prefix of repositories such as `registry.example/team`'),
        );
      }
    }
    if (isForEverybody(scope)) {
      if (scope.repositories.length === 0) faults.push(fault('', 'give `repositories`, or `namespaces`, or both'));
      return faults;
    }
    if (scope.policy === undefined) {
      faults.push(
        fault('', 'a scope of namespaces has a policy of its own, which decides beside the other: give `policy`'),
      );
    }
    const bases = [{ trust, verifiers }, ...scopes.filter(isForEverybody)];
    for (const base of bases) faults.push(...collisions(scope, base).map((one) => fault(one.pointer, one.message)));
    return faults;
  });
}

/** Two scopes for the same images and namespaces: which of them should count? */
function claims(scope: Scope, other: Scope): readonly string[] {
  const repositories = (one: Scope): readonly string[] => (one.repositories.length === 0 ? [''] : one.repositories);
  const namespaces = (one: Scope): readonly string[] => (isForEverybody(one) ? [''] : one.namespaces);
  const both = <T>(a: readonly T[], b: readonly T[]): readonly T[] => a.filter((one) => b.includes(one));
  if (isForEverybody(scope) !== isForEverybody(other)) return [];
  return both(namespaces(scope), namespaces(other)).flatMap((namespace) =>
    both(repositories(scope), repositories(other)).map((repository) => {
      const where = [repository, namespace && `namespace ${namespace}`].filter((part) => part !== '').join(', ');
      return `the scope ${JSON.stringify(other.name)} is for ${where || 'the same images'} too`;
    }),
  );
}

/** What a namespace calls by the name of something that is everybody's: reports could not tell the two apart. */
function collisions(scope: Scope, base: Pick<Scope, 'trust' | 'verifiers'>): readonly SchemaFault[] {
  const trusts = Object.keys(scope.trust ?? {}).filter((name) => Object.hasOwn(base.trust ?? {}, name));
  const names = (base.verifiers ?? []).map(({ name }) => name);
  const taken = (scope.verifiers ?? [])
    .map(({ name }, at) => ({ name, at }))
    .filter(({ name }) => names.includes(name));
  return [
    ...trusts.map((name) => ({
      pointer: trustPointer(name),
      message: `${JSON.stringify(name)} is the name of a trust for everybody`,
    })),
    ...taken.map(({ name, at }) => ({
      pointer: `/verifiers/${at}/name`,
      message: `${JSON.stringify(name)} is the name of a verifier for everybody`,
    })),
  ];
}
