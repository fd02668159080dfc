import { type crypto, X509Certificate } from '@sigstore/core';
import { TrustedRoot as Root } from '@sigstore/protobuf-specs';
import { type TrustMaterial as EngineMaterial, toTrustMaterial } from '@sigstore/verify';
import { type Certificate, parseCertificate } from '../../crypto/certificate.ts';
import { VerdictError } from '../../errors.ts';
import type { TrustedRoot } from '../../trust.ts';
import { reasonOf } from './brief.ts';

/** A trusted root, parsed once. */
export interface Material {
  /** Transparency logs by hexadecimal identifier. */
  readonly logs: ReadonlyMap<string, TransparencyLog>;
  /** Authorities that identify signers. */
  readonly authorities: readonly Authority[];
  readonly timestampAuthorities: readonly TimestampAuthority[];
  readonly certificateLogs: readonly CertificateLog[];
}

/** A transparency log, as often as the root has it: its validity may be in pieces. */
export interface TransparencyLog {
  readonly authorities: EngineMaterial['tlogs'];
  /** What counts as one: who runs it, else itself. */
  readonly operator: string;
  readonly name: string;
}

/** When a part of a trusted root counts, both ends included. */
export interface Window {
  readonly from: Date;
  readonly until: Date;
}

/** A certificate authority: the last of its certificates is the one that is trusted. */
interface Authority {
  readonly root: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly window: Window;
}

export interface TimestampAuthority extends Authority {
  /** The certificate that must have signed, and how a timestamp names it; undefined: any that leads to the root. */
  readonly leaf: { readonly fingerprint: string; readonly issuer: Buffer; readonly serialNumber: Buffer } | undefined;
  readonly operator: string;
}

/** A certificate transparency log. */
export interface CertificateLog {
  /** Hexadecimal. */
  readonly id: string;
  readonly operator: string;
  readonly key: ReturnType<typeof crypto.createPublicKey>;
  readonly window: Window;
}

/** Parts of each kind in one root: the public good instance has two to four. */
const MAX_ROOT_PARTS = 64;

const PARTS = ['tlogs', 'certificateAuthorities', 'ctlogs', 'timestampAuthorities'] as const;

/** All instants there are. */
export const ALWAYS: Window = { from: new Date(-8.64e15), until: new Date(8.64e15) };

/** Throws TRUST_INVALID for whatever is no usable trusted root. */
export function readMaterial({ json, source }: TrustedRoot): Material {
  try {
    for (const name of PARTS) {
      // The parser takes whatever is no list for an empty one.
      if (json[name] !== undefined && !Array.isArray(json[name])) throw new Error(`its "${name}" is no list`);
    }
    return read(Root.fromJSON(json));
  } catch (cause) {
    throw new VerdictError('TRUST_INVALID', `the trusted root ${source} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}

function read(root: Root): Material {
  for (const parts of [root.tlogs, root.ctlogs, root.certificateAuthorities, root.timestampAuthorities]) {
    if (parts.length > MAX_ROOT_PARTS) throw new Error(`it has more than ${MAX_ROOT_PARTS} parts of one kind`);
  }
  for (const { baseUrl, publicKey } of [...root.tlogs, ...root.ctlogs]) {
    if (publicKey?.validFor?.start === undefined) throw new Error(`the log ${baseUrl} lacks validFor.start`);
  }
  const material = toTrustMaterial(root);
  return {
    logs: readLogs(material.tlogs, root.tlogs),
    authorities: root.certificateAuthorities.map((authority) => readAuthority(authority)),
    timestampAuthorities: root.timestampAuthorities.map(readTimestampAuthority),
    certificateLogs: material.ctlogs.map((log, index) => readCertificateLog(log, root.ctlogs[index])),
  };
}

function readLogs(authorities: EngineMaterial['tlogs'], parts: Root['tlogs']): Material['logs'] {
  const logs = new Map<string, TransparencyLog>();
  for (const [index, authority] of authorities.entries()) {
    const id = authority.logID.toString('hex');
    const { authorities: others = [], operator = operatorOf(parts[index], id) } = logs.get(id) ?? {};
    logs.set(id, { authorities: [...others, authority], operator, name: authority.baseURL || id });
  }
  return logs;
}

const operatorOf = (part: { readonly operator: string } | undefined, id: string): string => part?.operator || id;

type RootAuthority = Root['certificateAuthorities'][number];

function readAuthority({ certChain, validFor, uri }: RootAuthority): Authority {
  const certificates = (certChain?.certificates ?? []).map(({ rawBytes }) => parseCertificate(rawBytes));
  const root = certificates.at(-1);
  if (root === undefined) throw new Error(`the authority ${uri} has no certificates`);
  const window = { from: validFor?.start ?? ALWAYS.from, until: validFor?.end ?? ALWAYS.until };
  return { root, intermediates: certificates.slice(0, -1), window };
}

function readTimestampAuthority(authority: RootAuthority): TimestampAuthority {
  const { root, intermediates, window } = readAuthority(authority);
  const [first] = intermediates;
  const operator = operatorOf(authority, (first ?? root).fingerprint);
  if (first === undefined || first.basicConstraints?.ca === true) {
    return { root, intermediates, window, leaf: undefined, operator };
  }
  const { issuer, serialNumber } = X509Certificate.parse(Buffer.from(first.raw));
  return { root, intermediates, window, leaf: { fingerprint: first.fingerprint, issuer, serialNumber }, operator };
}

function readCertificateLog(
  log: EngineMaterial['ctlogs'][number],
  part: Root['ctlogs'][number] | undefined,
): CertificateLog {
  const id = log.logID.toString('hex');
  const window = { from: log.validFor.start, until: log.validFor.end };
  return { id, operator: operatorOf(part, id), key: log.publicKey, window };
}

export const isWithin = ({ from, until }: Window, time: Date): boolean => from <= time && time <= until;
