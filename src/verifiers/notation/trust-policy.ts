import { VerdictError } from '../../errors.ts';
import { isObject } from '../../json.ts';
import type { SchemaFault } from '../../schema-fault.ts';
import { isWithin, parseSubjectPattern, type SubjectPattern } from './policy/identity.ts';
import { type Action, type Actions, isLevel, LEVELS, type Level, OVERRIDES, VALIDATIONS } from './policy/level.ts';
import { STORE_TYPES, type Statement, type StoreName, type TrustPolicy } from './policy/statement.ts';

export type { TrustPolicy };

/** What a trust policy is about: `trustpolicy.oci.json` or `trustpolicy.blob.json`. */
export type Flavour = 'oci' | 'blob';

/** Faults told in one message; the rest comes to light when these are mended. */
const MAX_FAULTS_TOLD = 20;
const SUBJECT_PREFIX = 'x509.subject:';
const STORE = new RegExp(`^(${STORE_TYPES.join('|')}):([A-Za-z0-9_.-]+)$`);
/** A repository with its registry, nothing left out. */
const SCOPE = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+$/;
const KEYS: Readonly<Record<Flavour, readonly string[]>> = {
  oci: ['name', 'registryScopes', 'signatureVerification', 'trustStores', 'trustedIdentities'],
  blob: ['name', 'globalPolicy', 'signatureVerification', 'trustStores', 'trustedIdentities'],
};

/**
 * Reads a trust policy document, version 1.0, out of a JSON value. Throws CONFIG_INVALID with all its faults, each with its
 * place.
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trust-policy
 */
export function parseTrustPolicy(value: unknown, flavour: Flavour): TrustPolicy {
  const { policy, faults } = readTrustPolicy(value, flavour);
  if (faults.length === 0) return policy;
  const told = faults.slice(0, MAX_FAULTS_TOLD).map(({ pointer, message }) => `${pointer || '(root)'} ${message}`);
  const more = faults.length > told.length ? `; and ${faults.length - told.length} more` : '';
  throw new VerdictError('CONFIG_INVALID', `the trust policy cannot be used: ${told.join('; ')}${more}`);
}

/** As {@link parseTrustPolicy}, with the faults for whoever knows lines and columns; unusable if there are any. */
export function readTrustPolicy(
  value: unknown,
  flavour: Flavour,
): { readonly policy: TrustPolicy; readonly faults: readonly SchemaFault[] } {
  const reader = new PolicyReader(flavour);
  reader.document(value);
  return { policy: { scoped: reader.scoped, global: reader.global }, faults: reader.faults };
}

class PolicyReader {
  readonly faults: SchemaFault[] = [];
  readonly scoped = new Map<string, Statement>();
  global: Statement | undefined;
  readonly #names = new Set<string>();
  readonly #flavour: Flavour;

  constructor(flavour: Flavour) {
    this.#flavour = flavour;
  }

  document(value: unknown): void {
    const document = this.#object('', value, ['version', 'trustPolicies']);
    if (document.version !== '1.0') this.#fault('/version', 'must be "1.0"');
    const statements = document.trustPolicies;
    if (!Array.isArray(statements) || statements.length === 0) {
      this.#fault('/trustPolicies', 'must be a list of one statement or more');
      return;
    }
    for (const [index, statement] of statements.entries()) this.#statement(`/trustPolicies/${index}`, statement);
  }

  #statement(pointer: string, value: unknown): void {
    const statement = this.#object(pointer, value, KEYS[this.#flavour]);
    const name = typeof statement.name === 'string' ? statement.name : '';
    if (name === '') this.#fault(`${pointer}/name`, 'must be a name');
    else if (this.#names.has(name))
      this.#fault(`${pointer}/name`, `${JSON.stringify(name)} is taken by another statement`);
    this.#names.add(name);
    const verification = this.#verification(`${pointer}/signatureVerification`, statement.signatureVerification);
    const isSkipped = verification.level === 'skip';
    const stores = this.#list(`${pointer}/trustStores`, statement.trustStores, !isSkipped);
    const identities = this.#list(`${pointer}/trustedIdentities`, statement.trustedIdentities, !isSkipped);
    if (isSkipped && stores.length + identities.length > 0) {
      this.#fault(pointer, 'has the level "skip": leave out trustStores and trustedIdentities');
    }
    const read = {
      name,
      ...verification,
      stores: stores.flatMap((store, index) => this.#store(`${pointer}/trustStores/${index}`, store)),
      identities: this.#identities(`${pointer}/trustedIdentities`, identities),
    };
    if (this.#flavour === 'blob') this.#blobScope(pointer, statement.globalPolicy, read);
    else this.#scopes(`${pointer}/registryScopes`, statement.registryScopes, read);
  }

  #verification(pointer: string, value: unknown): Pick<Statement, 'level' | 'actions' | 'verifyTimestamp'> {
    const { level, override, verifyTimestamp } = this.#object(pointer, value, ['level', 'override', 'verifyTimestamp']);
    const known = isLevel(level) ? level : 'strict';
    if (!isLevel(level)) this.#fault(`${pointer}/level`, `must be one of ${Object.keys(LEVELS).join(', ')}`);
    const isAfter = verifyTimestamp === 'afterCertExpiry';
    if (!isAfter && !['always', '', undefined].includes(verifyTimestamp as string | undefined)) {
      this.#fault(`${pointer}/verifyTimestamp`, 'must be "always" or "afterCertExpiry"');
    }
    return {
      level: known,
      actions: this.#actions(`${pointer}/override`, known, override),
      verifyTimestamp: isAfter ? 'afterCertExpiry' : 'always',
    };
  }

  #actions(pointer: string, level: Level, override: unknown): Actions {
    const actions: Record<keyof Actions, Action> = { ...LEVELS[level] };
    const given = override === undefined ? {} : this.#object(pointer, override, VALIDATIONS);
    if (level === 'skip' && Object.keys(given).length > 0)
      this.#fault(pointer, 'the level "skip" cannot be overridden');
    for (const validation of VALIDATIONS) {
      if (!Object.hasOwn(given, validation)) continue;
      const action = OVERRIDES[validation].find((one) => one === given[validation]);
      if (action !== undefined) actions[validation] = action;
      else {
        const allowed = OVERRIDES[validation].join(', ');
        this.#fault(`${pointer}/${validation}`, allowed === '' ? 'cannot be overridden' : `must be one of ${allowed}`);
      }
    }
    return actions;
  }

  #store(pointer: string, text: string): readonly StoreName[] {
    const [, written, name] = STORE.exec(text) ?? [];
    const type = STORE_TYPES.find((one) => one === written);
    if (type !== undefined && name !== undefined) return [{ type, name }];
    this.#fault(pointer, `must be ${STORE_TYPES.map((one) => `${one}:NAME`).join(', ')}`);
    return [];
  }

  #identities(pointer: string, texts: readonly string[]): readonly SubjectPattern[] | undefined {
    if (texts.includes('*')) {
      if (texts.length > 1) this.#fault(pointer, 'has "*", which stands alone');
      return undefined;
    }
    const patterns = texts.flatMap((text, index) => {
      const pattern = this.#identity(`${pointer}/${index}`, text);
      return pattern === undefined ? [] : [{ index, pattern }];
    });
    for (const { index, pattern } of patterns) {
      const wider = patterns.find((other) => other.index !== index && isWithin(other.pattern, pattern));
      if (wider === undefined) continue;
      this.#fault(`${pointer}/${index}`, `overlaps with ${pointer}/${wider.index}: a signer could fit both`);
    }
    return patterns.map(({ pattern }) => pattern);
  }

  #identity(pointer: string, text: string): SubjectPattern | undefined {
    if (!text.startsWith(SUBJECT_PREFIX)) {
      this.#fault(pointer, `must be "*" or begin with "${SUBJECT_PREFIX}"; other identities need a plugin`);
      return undefined;
    }
    try {
      return parseSubjectPattern(text.slice(SUBJECT_PREFIX.length));
    } catch (thrown) {
      this.#fault(pointer, `is no identity: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return undefined;
    }
  }

  #scopes(pointer: string, value: unknown, statement: Statement): void {
    const scopes = this.#list(pointer, value, true);
    if (scopes.length > 1 && scopes.includes('*')) this.#fault(pointer, 'has "*", which stands alone');
    for (const [index, scope] of scopes.entries()) {
      if (scope === '*') this.#setGlobal(`${pointer}/${index}`, statement);
      else if (!SCOPE.test(scope)) {
        this.#fault(`${pointer}/${index}`, 'must be a repository with its registry, registry/repository, or "*" alone');
      } else if (this.scoped.has(scope)) this.#fault(`${pointer}/${index}`, 'is the scope of another statement too');
      else this.scoped.set(scope, statement);
    }
  }

  /** Other statements of a blob policy are chosen by name, and nobody here names one. */
  #blobScope(pointer: string, isGlobal: unknown, statement: Statement): void {
    if (isGlobal !== undefined && typeof isGlobal !== 'boolean')
      this.#fault(`${pointer}/globalPolicy`, 'must be a boolean');
    if (isGlobal === true) this.#setGlobal(`${pointer}/globalPolicy`, statement);
  }

  #setGlobal(pointer: string, statement: Statement): void {
    if (this.global !== undefined) this.#fault(pointer, 'is the second global statement; there may be one');
    if (statement.level === 'skip')
      this.#fault(pointer, 'is global and has the level "skip", which needs exact scopes');
    this.global ??= statement;
  }

  #list(pointer: string, value: unknown, isNeeded: boolean): readonly string[] {
    if (value === undefined && !isNeeded) return [];
    const texts = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
    const isList = Array.isArray(value) && texts.length === value.length && (!isNeeded || texts.length > 0);
    if (!isList) this.#fault(pointer, `must be a list of ${isNeeded ? 'one text or more' : 'texts'}`);
    return texts;
  }

  #object(pointer: string, value: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
    if (!isObject(value)) {
      this.#fault(pointer, 'must be an object');
      return {};
    }
    for (const key of Object.keys(value)) {
      if (!keys.includes(key))
        this.#fault(`${pointer}/${escapePointer(key)}`, `is not known here; there are ${keys.join(', ')}`);
    }
    return value;
  }

  #fault(pointer: string, message: string): void {
    this.faults.push({ pointer, message });
  }
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-3 */
const escapePointer = (key: string): string => key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
