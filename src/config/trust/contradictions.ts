import type { IdentityPattern, Trust } from '../../generated/config.ts';
import type { SchemaFault } from '../../schema-fault.ts';
import { mirrorOf, PUBLIC_GOOD_MIRROR } from './seeds.ts';

/** As Notary Project clients name trust stores; reports and policies name trusts by it. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Options that only some types have. */
const ONLY_OF: ReadonlyArray<readonly [keyof Trust, readonly Trust['type'][]]> = [
  ['keys', ['keys']],
  ['ca', ['certificates']],
  ['signingAuthority', ['certificates']],
  ['tsa', ['certificates']],
  ['anchorsOnly', ['certificates']],
  ['passwordEnv', ['certificates']],
  ['passwordFile', ['certificates']],
  ['identities', ['sigstore', 'certificates']],
  ['sct', ['sigstore', 'certificates']],
];

/** Where trusts contradict themselves, as a schema cannot say. Pointers start with `/trust/`. */
export async function trustContradictions(trusts: Readonly<Record<string, Trust>>): Promise<readonly SchemaFault[]> {
  const all = await Promise.all(
    Object.entries(trusts).map(async ([name, trust]) => {
      const own = NAME.test(name)
        ? []
        : [{ pointer: '', message: 'a trust is named with letters, digits, `_`, `.` and `-`, at most 63' }];
      const faults = [
        ...own,
        ...unusable(trust),
        ...missing(trust),
        ...updateFaults(trust),
        ...(await identityFaults(trust)),
      ];
      return faults.map(({ pointer, message }) => ({ pointer: `${trustPointer(name)}${pointer}`, message }));
    }),
  );
  return all.flat();
}

/** JSON pointer of a trust. https://www.rfc-editor.org/rfc/rfc6901#section-3 */
export const trustPointer = (name: string): string => `/trust/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function unusable(trust: Trust): readonly SchemaFault[] {
  return ONLY_OF.filter(([option, types]) => isGiven(trust[option]) && !types.includes(trust.type)).map(
    ([option, types]) => ({ pointer: `/${option}`, message: `it goes with type ${types.join(' or ')}` }),
  );
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

function missing(trust: Trust): readonly SchemaFault[] {
  const faults: SchemaFault[] = [];
  const { type, keys, ca, signingAuthority, tsa } = trust;
  const hasRoot = trust.root !== undefined || trust.update !== undefined;
  if (type === 'keys' && keys.length === 0) faults.push({ pointer: '', message: 'give `keys`' });
  if (type === 'sigstore' && !hasRoot) {
    faults.push({ pointer: '', message: 'give `root`: `public-good`, or a file trusted_root.json; or `update`' });
  }
  if (type === 'certificates' && ca.length + signingAuthority.length + tsa.length === 0) {
    faults.push({ pointer: '', message: 'give `ca`, `signingAuthority` or `tsa`' });
  }
  if (trust.passwordEnv !== undefined && trust.passwordFile !== undefined) {
    faults.push({ pointer: '/passwordFile', message: 'give `passwordEnv` or `passwordFile`, not both' });
  }
  for (const option of ['transparencyLog', 'timestamp', 'sct'] as const) {
    const hasSource = hasRoot || (option === 'timestamp' && tsa.length > 0);
    if ((trust[option] ?? 0) > 0 && !hasSource) {
      faults.push({ pointer: `/${option}`, message: 'nobody who could say so is trusted: give `root`' });
    }
  }
  return faults;
}

function updateFaults({ update }: Trust): readonly SchemaFault[] {
  if (update === undefined) return [];
  const url = URL.canParse(update.mirror) ? new URL(update.mirror) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return [{ pointer: '/update/mirror', message: 'it is no plain URL, such as https://tuf.example/path' }];
  }
  if (mirrorOf(update.mirror) === PUBLIC_GOOD_MIRROR || update.initialRoot !== undefined) return [];
  return [
    { pointer: '/update', message: 'give `initialRoot`: only that of the public-good instance comes with Verdict' },
  ];
}

async function identityFaults({ identities }: Trust): Promise<readonly SchemaFault[]> {
  const all = await Promise.all(identities.map(identityFault));
  return all.flatMap((faults, index) =>
    faults.map(({ pointer, message }) => ({ pointer: `/identities/${index}${pointer}`, message })),
  );
}

async function identityFault(pattern: IdentityPattern): Promise<readonly SchemaFault[]> {
  const { identity, identityPattern, issuer, issuerPattern } = pattern;
  const faults: SchemaFault[] = [];
  if ([identity, identityPattern, issuer, issuerPattern].every((part) => part === undefined)) {
    faults.push({ pointer: '', message: 'it fits everybody: say who, or leave `identities` out' });
  }
  if (identity !== undefined && identityPattern !== undefined) {
    faults.push({ pointer: '/identityPattern', message: 'give `identity` or `identityPattern`, not both' });
  }
  if (issuer !== undefined && issuerPattern !== undefined) {
    faults.push({ pointer: '/issuerPattern', message: 'give `issuer` or `issuerPattern`, not both' });
  }
  for (const [option, expression] of Object.entries({ identityPattern, issuerPattern })) {
    const message = expression === undefined ? undefined : await patternFault(expression);
    if (message !== undefined) faults.push({ pointer: `/${option}`, message });
  }
  return faults;
}

/** The engine is only loaded where there are patterns. */
async function patternFault(expression: string): Promise<string | undefined> {
  const { compilePattern } = await import('../../builtins/go/regexp.ts');
  try {
    compilePattern(expression);
    return undefined;
  } catch (thrown) {
    return `it is no regular expression in RE2 syntax: ${(thrown as Error).message}`;
  }
}
