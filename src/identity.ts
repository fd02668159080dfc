import { RE2JS } from 're2js';
import { VerdictError } from './errors.ts';
import type { IdentityPattern, TextPattern } from './trust.ts';

type Matcher = (value: string) => boolean;

/** Finds the name of a certificate that one of the configured identities fits; undefined where none does. */
export type Identities = (names: readonly string[], issuer: string) => string | undefined;

/** Throws TRUST_INVALID for a pattern that is not RE2. Without identities everybody fits, by the first name. */
export function compileIdentities(patterns: readonly IdentityPattern[]): Identities {
  if (patterns.length === 0) return ([first]) => first;
  const compiled = patterns.map(({ identity, issuer }) => ({ identity: compile(identity), issuer: compile(issuer) }));
  return (names, oidcIssuer) => {
    for (const { identity, issuer } of compiled) {
      const name = issuer(oidcIssuer) ? names.find(identity) : undefined;
      if (name !== undefined) return name;
    }
    return undefined;
  };
}

function compile(pattern: TextPattern | undefined): Matcher {
  if (pattern === undefined) return () => true;
  const { kind, value } = pattern;
  switch (kind) {
    case 'exact':
      return (text) => text === value;
    case 'pattern': {
      const expression = read(value);
      return (text) => expression.matches(text);
    }
  }
}

function read(pattern: string): RE2JS {
  try {
    // Alone first: "a)|(?:b" is no pattern, and would be two halves with an anchor each once it is wrapped.
    RE2JS.compile(pattern);
    return RE2JS.compile(`^(?:${pattern})$`);
  } catch (cause) {
    throw new VerdictError('TRUST_INVALID', `the identity pattern ${JSON.stringify(pattern)} is no RE2 expression`, {
      cause,
    });
  }
}
