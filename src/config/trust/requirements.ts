import type { Trust as TrustConfig } from '../../generated/config.ts';
import type { Requirements, TrustedRoot } from '../../trust.ts';
import { countOf } from './root.ts';

/** What a signature needs under a trust: as configured, else what its type and its root make sensible. */
export function requirementsOf(trust: TrustConfig, root: TrustedRoot | undefined): Requirements {
  const logs = root === undefined ? 0 : countOf(root, 'tlogs');
  const certificateLogs = root === undefined ? 0 : countOf(root, 'ctlogs');
  return {
    transparencyLog: trust.transparencyLog ?? Math.min(1, logs),
    timestamp: trust.timestamp ?? (trust.type === 'keys' ? 0 : 1),
    sct: trust.sct ?? (trust.type === 'sigstore' ? Math.min(1, certificateLogs) : 0),
  };
}
