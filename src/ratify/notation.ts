import { isObject } from '../json.ts';
import type { Making } from './making.ts';
import { trustName } from './names.ts';
import { segment } from './notes.ts';
import type { Section } from './section.ts';
import { certificateDirectory, pathOf, type Surroundings } from './surroundings.ts';

type StoreType = 'ca' | 'signingAuthority' | 'tsa';

/** Certificates as a trust is given them, each with the setting it comes from. */
type Certificates = ReadonlyArray<{ readonly setting: string; readonly pointer: string }>;

const STORE = /^(ca|signingAuthority|tsa):([A-Za-z0-9_.-]+)$/;
/** Files with certificates. */
const CERTIFICATE = /\.(?:pem|crt|cer|der|p12|pfx)$/i;

/** A verifier of Notary Project signatures: its trust stores become trusts. */
export function notation(section: Section, name: string, making: Making): string {
  const { notes } = section;
  const policy = section.raw('trustPolicyDoc');
  const groups = certificateGroups(section, making);
  const files = certificateFiles(section, making.surroundings);
  if (!isObject(policy)) notes.fault(section.at('trustPolicyDoc'), 'give a trust policy document');
  const named = storesOf(policy);
  const trusts = new Map(
    [...named].map(([store, uses]) => {
      const stored = Object.fromEntries(uses.map(({ type }) => [type, groups.get(`${type}:${store}`) ?? files]));
      const pointer = `${section.at('trustPolicyDoc')}${uses[0]?.pointer ?? ''}`;
      for (const { type, pointer: use } of uses) {
        if ((stored[type] ?? []).length > 0) continue;
        const message = `nobody is in the store ${type}:${store}: give \`verificationCerts\``;
        notes.fault(`${section.at('trustPolicyDoc')}${use}`, message);
      }
      return [store, trustOf(store, stored, pointer, making)] as const;
    }),
  );
  return making.verifier(
    name,
    {
      type: 'notation',
      trust: [...new Set(trusts.values())],
      ...(isObject(policy) ? { trustPolicy: renamed(policy, trusts) } : {}),
      revocation: { network: true },
    },
    section.pointer,
    { '/trustPolicy': section.at('trustPolicyDoc') },
  );
}

function trustOf(
  store: string,
  stored: Readonly<Record<string, Certificates>>,
  pointer: string,
  { trusts, origins }: Making,
): string {
  const settings = Object.entries(stored).map(([type, all]) => [type, all.map(({ setting }) => setting)] as const);
  const name = trusts.claim(trustName(store), {
    type: 'certificates',
    anchorsOnly: true,
    ...Object.fromEntries(settings),
  });
  origins.set(`/trust/${segment(name)}`, pointer);
  for (const [type, all] of Object.entries(stored)) {
    for (const [index, one] of all.entries()) origins.set(`/trust/${segment(name)}/${type}/${index}`, one.pointer);
  }
  return name;
}

/** `verificationCerts`, and what Ratify always trusts besides. */
function certificateFiles(section: Section, surroundings: Surroundings): Certificates {
  const pointer = section.at('verificationCerts');
  const files = section
    .texts('verificationCerts')
    .map((path, index) => ({ setting: pathOf(path, surroundings), pointer: `${pointer}/${index}` }));
  const usual = certificateDirectory(surroundings);
  const isFilled = surroundings.names(usual).some((name) => CERTIFICATE.test(name));
  return isFilled ? [...files, { setting: usual, pointer }] : files;
}

/** `verificationCertStores`, by `type:name`. The older form has no types: all are `ca`. */
function certificateGroups(section: Section, { providers }: Making): ReadonlyMap<string, Certificates> {
  const stores = section.section('verificationCertStores');
  const entries = stores?.entries() ?? [];
  if (stores === undefined || entries.length === 0) return new Map();
  const isOld = entries.map(([, value]) => Array.isArray(value));
  if (isOld.includes(true) && isOld.includes(false)) {
    stores.notes.fault(stores.pointer, 'give lists, or lists by type (`ca`, `signingAuthority`, `tsa`), not both');
    return new Map();
  }
  const typed =
    isOld[0] === true ? [['ca', stores] as const] : entries.map(([type]) => [type, stores.section(type)] as const);
  return new Map(
    typed.flatMap(([type, group]) =>
      (group?.entries() ?? []).map(([store]) => {
        if (!STORE.test(`${type}:${store}`)) group?.notes.fault(group.at(store), `there is no store ${type}:${store}`);
        const pointer = group?.at(store) ?? '';
        const certificates = (group?.texts(store) ?? []).map((name, index) => ({
          setting: providers.setting(name, 'certificate', `${pointer}/${index}`),
          pointer: `${pointer}/${index}`,
        }));
        return [`${type}:${store}`, certificates] as const;
      }),
    ),
  );
}

/** The stores that a trust policy names, by name, each with its types and where it is named. */
function storesOf(policy: unknown): ReadonlyMap<string, ReadonlyArray<{ type: StoreType; pointer: string }>> {
  const named = new Map<string, Array<{ type: StoreType; pointer: string }>>();
  for (const [at, statement] of statementsOf(policy).entries()) {
    for (const [index, text] of textsOf(statement.trustStores).entries()) {
      const [, type, name = ''] = STORE.exec(text) ?? [];
      if (type === undefined) continue;
      const uses = named.get(name) ?? [];
      const pointer = `/trustPolicies/${at}/trustStores/${index}`;
      if (!uses.some((use) => use.type === type)) uses.push({ type: type as StoreType, pointer });
      named.set(name, uses);
    }
  }
  return named;
}

/** The document with the names that the trusts got. */
function renamed(
  policy: Readonly<Record<string, unknown>>,
  trusts: ReadonlyMap<string, string>,
): Readonly<Record<string, unknown>> {
  const rename = (text: unknown): unknown => {
    const [, type, store = ''] = typeof text === 'string' ? (STORE.exec(text) ?? []) : [];
    const name = trusts.get(store);
    return type === undefined || name === undefined ? text : `${type}:${name}`;
  };
  const statements = (Array.isArray(policy.trustPolicies) ? policy.trustPolicies : []).map((statement: unknown) =>
    isObject(statement) && Array.isArray(statement.trustStores)
      ? { ...statement, trustStores: statement.trustStores.map(rename) }
      : statement,
  );
  return Array.isArray(policy.trustPolicies) ? { ...policy, trustPolicies: statements } : policy;
}

const statementsOf = (policy: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  isObject(policy) && Array.isArray(policy.trustPolicies)
    ? policy.trustPolicies.map((one: unknown) => (isObject(one) ? one : {}))
    : [];

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : '')) : [];
