import type { ErrorCode, VerdictError } from '../../errors.ts';

/** What a code of ours is called in Ratify v1's catalogue; what is not named here is EXECUTOR_FAILURE: there is no decision. */
const RATIFY_CODES: Partial<Readonly<Record<ErrorCode, string>>> = {
  CERTIFICATE_INVALID: 'CERT_INVALID',
  CONFIG_INVALID: 'CONFIG_INVALID',
  CREDENTIALS_INVALID: 'AUTH_DENIED',
  INTERNAL: 'UNKNOWN',
  KEY_INVALID: 'KEY_INVALID',
  MANIFEST_INVALID: 'MANIFEST_INVALID',
  NOT_FOUND: 'GET_SUBJECT_DESCRIPTOR_FAILURE',
  REFERENCE_AMBIGUOUS: 'REFERENCE_INVALID',
  REFERENCE_INVALID: 'REFERENCE_INVALID',
  REGISTRY_DENIED: 'AUTH_DENIED',
  REGISTRY_INVALID_RESPONSE: 'REPOSITORY_OPERATION_FAILURE',
  REGISTRY_NOT_ALLOWED: 'OPERATION_FORBIDDEN',
  REGISTRY_RATE_LIMITED: 'REPOSITORY_OPERATION_FAILURE',
  REGISTRY_TLS: 'REPOSITORY_OPERATION_FAILURE',
  REGISTRY_UNAVAILABLE: 'REPOSITORY_OPERATION_FAILURE',
  TRUST_INVALID: 'KEY_MANAGEMENT_PROVIDER_FAILURE',
  TRUST_UNAVAILABLE: 'KEY_MANAGEMENT_PROVIDER_FAILURE',
  USAGE: 'BAD_REQUEST',
};

/** A fault as Ratify words it, its code first, then ours: `GET_SUBJECT_DESCRIPTOR_FAILURE: NOT_FOUND: no such image`. */
export function ratifyFault({ code, message }: VerdictError): string {
  const ratify = RATIFY_CODES[code] ?? 'EXECUTOR_FAILURE';
  return ratify === code ? `${code}: ${message}` : `${ratify}: ${code}: ${message}`;
}
