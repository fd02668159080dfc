import type { TrustedRoot } from '../../trust.ts';
import { type ShownAuthority, type ShownLog, showRoot } from './describe.ts';

/** What an update brought and took, one line each; both empty where nothing changed that matters. */
export interface RootChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** How one trusted root differs from another; everything is new where there was none. */
export function rootChanges(before: TrustedRoot | undefined, after: TrustedRoot): RootChanges {
  const old = before === undefined ? [] : labelsOf(before);
  const now = labelsOf(after);
  return {
    added: now.filter((label) => !old.includes(label)),
    removed: old.filter((label) => !now.includes(label)),
  };
}

function labelsOf(root: TrustedRoot): readonly string[] {
  const shown = showRoot(root, undefined);
  return [
    ...shown.certificateAuthorities.map((one) => `certificate authority ${authority(one)}`),
    ...shown.timestampAuthorities.map((one) => `timestamp authority ${authority(one)}`),
    ...shown.transparencyLogs.map((one) => `transparency log ${log(one)}`),
    ...shown.certificateLogs.map((one) => `certificate transparency log ${log(one)}`),
  ];
}

const authority = ({ subject, uri, fingerprint, ...period }: ShownAuthority): string =>
  `${subject} ${uri} ${fingerprint}${validity(period)}`;

const log = ({ url, kind, fingerprint, ...period }: ShownLog): string =>
  `${url} ${kind} ${fingerprint}${validity(period)}`;

const validity = ({ start, end }: { readonly start: string; readonly end: string }): string =>
  `${start && ` from ${start}`}${end && ` until ${end}`}`;
