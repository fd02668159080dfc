import type { CosignPolicy } from '../generated/ratify.ts';
import type { TrustDocument } from './document.ts';
import type { Making } from './making.ts';
import { trustName } from './names.ts';
import { segment } from './notes.ts';
import { scopeFaults } from './scopes.ts';
import type { Section } from './section.ts';
import { pathOf } from './surroundings.ts';

/** What a verifier of cosign's signatures comes to. */
export interface Cosign {
  /** Its name under `verifiers`. */
  readonly verifier: string;
  readonly trustPolicies: readonly CosignPolicy[];
  readonly legacy: boolean;
}

const PUBLIC_LOG = 'https://rekor.sigstore.dev';
const VERSION = '1.0.0';
/** Cosign matches anywhere in a name, Verdict from end to end. */
const anywhere = (pattern: string): string => `(?s:.*)(?:${pattern})(?s:.*)`;

/** A verifier of cosign's signatures: each of its trust policies becomes a trust. */
export function cosign(section: Section, name: string, making: Making): Cosign {
  const { notes } = section;
  const policies = section.sections('trustPolicies');
  const isLegacy = !section.has('trustPolicies');
  const key = section.text('key');
  const log = section.text('rekorURL');
  if (!isLegacy && (key !== '' || log !== '')) {
    notes.fault(section.at('trustPolicies'), 'they replace `key` and `rekorURL`: leave these away');
  }
  if (!isLegacy && policies.length === 0) notes.fault(section.at('trustPolicies'), 'give a trust policy');
  const trustPolicies = isLegacy
    ? [legacyPolicy(section, name, { key, log }, making)]
    : policies.map((policy) => trustPolicy(policy, name, making));
  for (const { index, message } of scopeFaults(trustPolicies))
    notes.fault(policies[index]?.at('scopes') ?? '', message);
  const trust = trustPolicies.flatMap((policy) => policy.trust);
  return {
    verifier: making.verifier(name, { type: 'sigstore', trust: [...new Set(trust)] }, section.pointer),
    trustPolicies,
    legacy: isLegacy,
  };
}

/** Without trust policies: one key, or anybody whom the public-good instance identifies. */
function legacyPolicy(
  section: Section,
  name: string,
  { key, log }: { readonly key: string; readonly log: string },
  making: Making,
): CosignPolicy {
  if (key === '') {
    section.notes.change(
      section.pointer,
      'Everybody who can sign with the public-good Sigstore counts here: give `trustPolicies` with an identity.',
    );
  }
  otherLog(section, log);
  const unlogged = log === '' ? ({ transparencyLog: 0, timestamp: 0, sct: 0 } as const) : {};
  const trust: TrustDocument =
    key === ''
      ? { type: 'sigstore', root: 'public-good', ...unlogged }
      : { type: 'keys', keys: [pathOf(key, making.surroundings)], ...(log === '' ? {} : { root: 'public-good' }) };
  return { name: 'legacy', scopes: ['*'], trust: [claim(name, trust, section, making, [section.at('key')])] };
}

function trustPolicy(policy: Section, verifier: string, making: Making): CosignPolicy {
  const { notes } = policy;
  const name = policy.text('name');
  const version = policy.text('version') || VERSION;
  const scopes = policy.texts('scopes');
  const keys = policy.sections('keys');
  const keyless = policy.section('keyless');
  const hasKeyless = keyless !== undefined && Object.keys(keyless.value).length > 0;
  const isLogged = policy.flag('tLogVerify', true);
  otherLog(policy, policy.text('rekorURL'));
  if (name === '') notes.fault(policy.pointer, 'give it a `name`');
  if (version !== VERSION) notes.fault(policy.at('version'), `it must be "${VERSION}"`);
  if (keys.length > 0 === hasKeyless) notes.fault(policy.pointer, 'give `keys` or `keyless`');
  policy.end();
  const settings = keys.map((key) => keySetting(key, making));
  const trust: TrustDocument = hasKeyless
    ? keylessTrust(keyless, isLogged)
    : { type: 'keys', keys: settings, ...(isLogged ? { root: 'public-good' } : {}) };
  const origins = keys.map(({ pointer }) => pointer);
  return { name, scopes, trust: [claim(`${verifier}-${name}`, trust, policy, making, origins)] };
}

function keySetting(key: Section, { providers, surroundings }: Making): string {
  const { notes } = key;
  const file = key.text('file');
  const provider = key.text('provider');
  const name = key.text('name');
  const version = key.text('version');
  key.end();
  if ((file === '') === (provider === '')) notes.fault(key.pointer, 'give `file` or `provider`');
  if (version !== '' && name === '') notes.fault(key.pointer, 'give the `name` of the key too');
  return file === ''
    ? providers.setting([provider, name, version].filter((part) => part !== '').join('/'), 'key', key.at('provider'))
    : pathOf(file, surroundings);
}

function keylessTrust(keyless: Section, isLogged: boolean): TrustDocument {
  const isSeen = keyless.flag('ctLogVerify', true);
  const identity = either(keyless, 'certificateIdentity', 'certificateIdentityRegExp');
  const issuer = either(keyless, 'certificateOIDCIssuer', 'certificateOIDCIssuerRegExp');
  keyless.end();
  return {
    type: 'sigstore',
    root: 'public-good',
    identities: [
      {
        ...(identity.kind === 'exact' ? { identity: identity.value } : { identityPattern: identity.value }),
        ...(issuer.kind === 'exact' ? { issuer: issuer.value } : { issuerPattern: issuer.value }),
      },
    ],
    ...(isLogged ? {} : { transparencyLog: 0, timestamp: 0 }),
    ...(isSeen ? {} : { sct: 0 }),
  };
}

/** A text, exactly or as a pattern. */
function either(
  section: Section,
  exact: string,
  pattern: string,
): { readonly kind: 'exact' | 'pattern'; readonly value: string } {
  const value = section.text(exact);
  const expression = section.text(pattern);
  if ((value === '') === (expression === ''))
    section.notes.fault(section.pointer, `give \`${exact}\` or \`${pattern}\``);
  if (!isClosed(expression)) section.notes.fault(section.at(pattern), 'its brackets do not match');
  return expression === '' ? { kind: 'exact', value } : { kind: 'pattern', value: anywhere(expression) };
}

/** Whether a group put around a pattern ends with it: `a)|(b` would end it before. */
function isClosed(pattern: string): boolean {
  let depth = 0;
  const plain = pattern.replaceAll(/\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]/gs, '');
  for (const character of plain) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function otherLog(section: Section, url: string): void {
  if (url === '' || url.replace(/\/+$/, '') === PUBLIC_LOG) return;
  section.notes.change(
    section.at('rekorURL'),
    'Only logs of the public-good Sigstore count until you give the trusted_root.json of yours as `root` of the trust.',
  );
}

function claim(
  wish: string,
  trust: TrustDocument,
  { pointer }: Section,
  { trusts, origins }: Making,
  keys: readonly string[],
): string {
  const name = trusts.claim(trustName(wish), trust);
  const made = `/trust/${segment(name)}`;
  origins.set(made, pointer);
  for (const [index, from] of keys.entries()) origins.set(`${made}/keys/${index}`, from);
  return name;
}
