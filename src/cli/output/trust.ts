import type { RootChanges } from '../../config/trust/changes.ts';
import type {
  ShownAuthority,
  ShownCertificate,
  ShownFreshness,
  ShownLog,
  ShownRoot,
  ShownTrust,
} from '../../config/trust/describe.ts';
import type { TrustFault } from '../../config/trust/load.ts';
import { plural, printable, type Style, short } from './style.ts';

/** Whom the configuration trusts, for a person. */
export function describeTrusts(trusts: readonly ShownTrust[], look: Style): string {
  if (trusts.length === 0) return 'no trust is configured: nobody’s signature counts\n';
  return trusts.map((trust) => `${describeTrust(trust, look).join('\n')}\n`).join('\n');
}

function describeTrust(trust: ShownTrust, look: Style): readonly string[] {
  const { transparencyLog, timestamp, sct } = trust.requirements;
  const needs = [
    transparencyLog > 0 ? plural(transparencyLog, 'log entry', 'log entries') : '',
    timestamp > 0 ? plural(timestamp, 'trusted time') : '',
    sct > 0 ? plural(sct, 'certificate log') : '',
  ].filter((need) => need !== '');
  const waived = trust.waived.length === 0 ? '' : `  ${look.warn(`waived: ${trust.waived.join(', ')}`)}`;
  const demands = needs.length === 0 ? '' : `  ${look.faint(`needs ${needs.join(', ')}`)}`;
  return [
    `${look.strong(printable(trust.name))}  ${trust.type}${demands}${waived}`,
    ...trust.keys.map(
      ({ fingerprint, kind, source }) => `  key  ${kind}  ${fingerprint}  ${look.faint(printable(source))}`,
    ),
    ...trust.certificates.map((certificate) => describeCertificate(certificate, look)),
    ...describeIdentities(trust, look),
    ...(trust.root === null ? [] : describeRoot(trust.root, look)),
  ];
}

function describeCertificate(certificate: ShownCertificate, look: Style): string {
  const { store, subject, notAfter, expired, fingerprint, source } = certificate;
  const until = expired ? look.bad(`expired ${notAfter}`) : `until ${notAfter}`;
  return `  ${store}  ${printable(subject)}  ${until}  ${fingerprint}  ${look.faint(printable(source))}`;
}

function describeIdentities({ type, identities }: ShownTrust, look: Style): readonly string[] {
  if (type === 'keys') return [];
  if (identities.length === 0) {
    return [`  signer  ${look.warn('everybody whom the authorities identify: let the policy name them')}`];
  }
  return identities.map(({ identity, issuer }) => `  signer  ${printable(identity)}  by issuer ${printable(issuer)}`);
}

function describeRoot(root: ShownRoot, look: Style): readonly string[] {
  return [
    `  root  ${printable(root.source)}  ${look.faint(root.digest)}`,
    ...(root.update === null ? [] : [describeFreshness(root.update, look)]),
    ...root.certificateAuthorities.map((one) => describeAuthority('certificate authority', one, look)),
    ...root.transparencyLogs.map((one) => describeLog('transparency log', one, look)),
    ...root.certificateLogs.map((one) => describeLog('certificate log', one, look)),
    ...root.timestampAuthorities.map((one) => describeAuthority('timestamp authority', one, look)),
  ];
}

function describeFreshness({ mirror, fetched, age, old }: ShownFreshness, look: Style): string {
  const hint = '`verdict trust update` fetches it';
  if (fetched === '') return `    ${look.warn(`never fetched from ${printable(mirror)}; ${hint}`)}`;
  const when = `fetched ${fetched}, ${ageOf(age)} ago`;
  return `    ${old ? look.warn(`${when}: old; ${hint}`) : look.faint(when)}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An age in milliseconds in its largest whole unit. */
function ageOf(age: number): string {
  if (age >= DAY) return plural(Math.floor(age / DAY), 'day');
  return age >= HOUR ? plural(Math.floor(age / HOUR), 'hour') : plural(Math.floor(age / MINUTE), 'minute');
}

const describeAuthority = (what: string, { subject, uri, ...period }: ShownAuthority, look: Style): string =>
  `    ${what}  ${printable(subject)}  ${printable(uri)}  ${look.faint(validity(period))}`;

const describeLog = (what: string, { url, ...period }: ShownLog, look: Style): string =>
  `    ${what}  ${printable(url)}  ${look.faint(validity(period))}`;

const validity = ({ start, end }: { readonly start: string; readonly end: string }): string =>
  `${start === '' ? 'since ever' : `from ${start}`}${end === '' ? '' : ` until ${end}`}`;

/** One trusted root after its update. */
export interface ShownUpdate extends RootChanges {
  readonly name: string;
  readonly mirror: string;
  readonly changed: boolean;
  /** Digests; `before` is empty where nothing counted. */
  readonly before: string;
  readonly after: string;
}

/** What an update changed, for a person. */
export function describeUpdate({ name, mirror, changed, after, added, removed }: ShownUpdate, look: Style): string {
  const mark = look.good('✓');
  if (!changed) return `${mark} ${printable(name)}  nothing new at ${printable(mirror)}  ${look.faint(short(after))}\n`;
  const lines = [
    ...added.map((line) => `  ${look.good('+')} ${printable(line)}`),
    ...removed.map((line) => `  ${look.bad('-')} ${printable(line)}`),
  ];
  return `${[`${mark} ${look.strong(printable(name))}  now ${after} from ${printable(mirror)}`, ...lines].join('\n')}\n`;
}

/** Why trusts could not be loaded, by their places in the configuration. */
export function describeTrustFaults(faults: readonly TrustFault[], look: Style): string {
  const lines = faults.map(
    ({ pointer, message, code }) =>
      `${look.strong(printable(pointer))}: ${look.bad('error')}: ${printable(message)}${look.faint(` [${code}]`)}`,
  );
  return `${lines.join('\n')}\n\n${plural(faults.length, 'error')}: no trust is used\n`;
}
