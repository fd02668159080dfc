import { KeyObject, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leaf, type Party, root } from '../../test/support/notation/pki.ts';

/** Who signs images, and who signs in their name without being trusted: leaf first. */
export interface Authorities {
  readonly trusted: readonly Party[];
  readonly stranger: readonly Party[];
}

const KEYS = 'keys.json';
/** Within the directory of a bench: the authority that servers are to trust, alone in its directory. */
export const CA = 'certs/ca.crt';
/** The signer as Notary Project trust policies and Verdict write it. */
export const SIGNER = 'CN=Signer,OU=Build,O=Acme,ST=WA,C=US';

interface Kept extends Pick<Party, 'name' | 'key'> {
  readonly der: string;
  readonly privateKey: string;
}

/** Those of a directory, made there the first time: a server that was configured by hand stays configured. */
export async function openAuthorities(directory: string): Promise<Authorities> {
  const file = join(directory, KEYS);
  if (!existsSync(file)) await makeAuthorities(directory, file);
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<keyof Authorities, readonly Kept[]>;
  return { trusted: await Promise.all(kept.trusted.map(read)), stranger: await Promise.all(kept.stranger.map(read)) };
}

async function makeAuthorities(directory: string, file: string): Promise<void> {
  const trusted = await chain('C=US, ST=WA, O=Acme, CN=Root');
  const stranger = await chain('C=US, ST=WA, O=Mallory, CN=Root');
  mkdirSync(join(directory, 'certs'), { recursive: true });
  const [, authority] = trusted;
  if (authority !== undefined) writeFileSync(join(directory, CA), pem(authority));
  const kept = { trusted: trusted.map(written), stranger: stranger.map(written) };
  writeFileSync(file, JSON.stringify(kept), { mode: 0o600 });
}

async function chain(name: string): Promise<readonly Party[]> {
  const authority = await root({ key: 'RSA-2048', name });
  return [await leaf(authority, { key: 'RSA-2048' }), authority];
}

const pem = ({ der }: Party): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

const written = ({ name, key, der, keys }: Party): Kept => {
  const privateKey = KeyObject.from(keys.privateKey as Parameters<typeof KeyObject.from>[0]);
  return {
    name,
    key,
    der: Buffer.from(der).toString('base64'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
  };
};

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

async function read({ name, key, der, privateKey }: Kept): Promise<Party> {
  const bytes = Buffer.from(privateKey, 'base64');
  const imported = await webcrypto.subtle.importKey('pkcs8', bytes, RSA, true, ['sign']);
  // Nobody here verifies: the private key stands for both.
  const keys = { privateKey: imported, publicKey: imported };
  return { name, key, der: new Uint8Array(Buffer.from(der, 'base64')), keys };
}
