import type { Trust } from '../../generated/config.ts';

/** Where a setting says that keys or certificates are. */
export interface Source {
  /** `service`: a key service or store that Verdict does not speak to. */
  readonly kind: 'inline' | 'environment' | 'url' | 'service' | 'path';
  /** The text, the variable's name, the URL, the scheme, the path. */
  readonly value: string;
}

/** Schemes without `//`; at least two letters, so that a drive of Windows is none. */
const OPAQUE_SCHEMES = /^(pkcs11):/i;
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** What a setting means: the forms exclude each other. */
export function sourceOf(setting: string): Source {
  if (setting.includes('-----BEGIN ')) return { kind: 'inline', value: setting };
  const scheme = (SCHEME.exec(setting) ?? OPAQUE_SCHEMES.exec(setting))?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return { kind: 'path', value: setting };
    case 'env':
      return { kind: 'environment', value: setting.slice('env://'.length) };
    case 'http':
    case 'https':
      return { kind: 'url', value: setting };
    default:
      return { kind: 'service', value: scheme };
  }
}

/** The setting of `root` that names the copy that comes with Verdict. */
export const PUBLIC_GOOD = 'public-good';

/** The same with absolute paths; whatever is no path stays as it is. */
export function withTrustPaths(
  trust: Readonly<Record<string, Trust>>,
  absolute: (path: string) => string,
): Readonly<Record<string, Trust>> {
  return Object.fromEntries(Object.entries(trust).map(([name, one]) => [name, withPaths(one, absolute)]));
}

function withPaths(trust: Trust, absolute: (path: string) => string): Trust {
  const { root, update, passwordFile } = trust;
  const located = (setting: string): string => (sourceOf(setting).kind === 'path' ? absolute(setting) : setting);
  return {
    ...trust,
    keys: trust.keys.map(located),
    ca: trust.ca.map(located),
    signingAuthority: trust.signingAuthority.map(located),
    tsa: trust.tsa.map(located),
    ...(root === undefined ? {} : { root: root === PUBLIC_GOOD ? root : absolute(root) }),
    ...(passwordFile === undefined ? {} : { passwordFile: absolute(passwordFile) }),
    ...(update?.initialRoot === undefined ? {} : { update: { ...update, initialRoot: absolute(update.initialRoot) } }),
  };
}
