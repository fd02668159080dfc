/** https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification-details */
export const VALIDATIONS = ['integrity', 'authenticity', 'authenticTimestamp', 'expiry', 'revocation'] as const;
export type Validation = (typeof VALIDATIONS)[number];

/** What a validation that failed means: the signature fails, it is only told, or nobody asks. */
export type Action = 'enforce' | 'log' | 'skip';
export type Actions = Readonly<Record<Validation, Action>>;

export type Level = 'strict' | 'permissive' | 'audit' | 'skip';

export const LEVELS: Readonly<Record<Level, Actions>> = {
  strict: {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'enforce',
    expiry: 'enforce',
    revocation: 'enforce',
  },
  permissive: {
    integrity: 'enforce',
    authenticity: 'enforce',
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  },
  audit: {
    integrity: 'enforce',
    authenticity: 'log',
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  },
  skip: {
    integrity: 'skip',
    authenticity: 'skip',
    authenticTimestamp: 'skip',
    expiry: 'skip',
    revocation: 'skip',
  },
};

export const isLevel = (value: unknown): value is Level => typeof value === 'string' && Object.hasOwn(LEVELS, value);

/**
 * What each validation may be overridden with.
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#custom-verification-level
 */
export const OVERRIDES: Readonly<Record<Validation, readonly Action[]>> = {
  integrity: [],
  authenticity: ['enforce', 'log'],
  authenticTimestamp: ['enforce', 'log'],
  expiry: ['enforce', 'log'],
  revocation: ['enforce', 'log', 'skip'],
};
