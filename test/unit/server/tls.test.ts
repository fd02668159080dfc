import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeTlsClientError, loadTls, reloadTls, secureOptions, type TlsPaths } from '../../../src/server/tls.ts';
import {
  dnsName,
  extendedKeyUsage,
  makeAuthority as makeRawAuthority,
  makeCertificate as makeRawCertificate,
  type Party,
  subjectAlternativeName,
} from '../../support/pki/certificates.ts';
import { codeOf } from '../../support/pki/codes.ts';

const TIME = new Date('2026-11-21T10:00:00Z');
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const names = subjectAlternativeName(dnsName('verdict.verdict.svc'));

/** OpenSSL takes the empty line that the helper leaves after a last line of full length for the end of a header. */
const tidy = (party: Party): Party => Object.assign(party, { pem: party.pem.replace('\n\n', '\n') });
const makeCertificate: typeof makeRawCertificate = (...given) => tidy(makeRawCertificate(...given));
const makeAuthority: typeof makeRawAuthority = (...given) => tidy(makeRawAuthority(...given));

const authority = makeAuthority('authority');
const gatekeeper = makeAuthority('gatekeeper-ca');
const stranger = makeAuthority('stranger-ca');
const serverOne = makeCertificate('server-one', { issuer: authority, extensions: [names] });
const serverTwo = makeCertificate('server-two', { issuer: authority, extensions: [names] });
const client = makeCertificate('client', { issuer: gatekeeper, extensions: [extendedKeyUsage([CLIENT_AUTH])] });
const strangeClient = makeCertificate('strange-client', { issuer: stranger });

const keyOf = (party: Party): string => party.key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

let directory: string;
let files = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'verdict-tls-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, String(files++));
  writeFileSync(path, content);
  return path;
}

const pathsOf = (server: Party, clientCa?: string): TlsPaths => ({
  cert: file(server.pem),
  key: file(keyOf(server)),
  ...(clientCa === undefined ? {} : { clientCa: file(clientCa) }),
});
const materialOf = (server: Party, clientCa?: string) => loadTls(pathsOf(server, clientCa), TIME);

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const serving = (material: Parameters<typeof secureOptions>[0]): Server =>
  createServer(secureOptions(material), (_request, response) => response.end('answer'));

interface Answer {
  /** Who answered; empty where nobody did. */
  readonly server: string;
  readonly text: string;
  readonly session: Buffer | undefined;
  readonly resumed: boolean;
}

/** One request over a new connection. */
async function ask(port: number, options: ConnectionOptions = {}): Promise<Answer> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ca: [authority.pem],
    checkServerIdentity: () => undefined,
    ...options,
  });
  ends.push(() => socket.destroy());
  let [text, server, resumed] = ['', '', false];
  let session: Buffer | undefined;
  socket.on('session', (ticket: Buffer) => {
    session = ticket;
  });
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on('secureConnect', () => {
    server = String(socket.getPeerCertificate().subject?.CN ?? '');
    resumed = socket.isSessionReused();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return { server, text, session, resumed };
}

const withCertificate = (party: Party): ConnectionOptions => ({ cert: party.pem, key: keyOf(party) });

/** What the operator's log says of a client that is not admitted. */
async function told(server: Server, attempt: () => Promise<unknown>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  server.once('tlsClientError', (error: Error, socket: TLSSocket) => resolve(describeTlsClientError(error, socket)));
  const [text] = await Promise.all([promise, attempt()]);
  return text;
}

describe('TLS files', () => {
  it('are read, with what a metric of expiry needs', () => {
    const material = loadTls(pathsOf(serverOne, gatekeeper.pem + stranger.pem), TIME);
    expect(material.warnings).toEqual([]);
    expect(material.clientCa).toHaveLength(2);
    expect(material.certificates).toEqual([
      { role: 'server', subject: 'CN=server-one', notAfter: new Date('2040-01-01T00:00:00Z') },
      { role: 'client-ca', subject: 'CN=gatekeeper-ca', notAfter: new Date('2040-01-01T00:00:00Z') },
      { role: 'client-ca', subject: 'CN=stranger-ca', notAfter: new Date('2040-01-01T00:00:00Z') },
    ]);
  });

  it.each<[string, () => TlsPaths]>([
    ['missing', () => ({ ...pathsOf(serverOne), cert: join(directory, 'missing') })],
    ['a directory', () => ({ ...pathsOf(serverOne), key: directory })],
    ['a device without end', () => ({ ...pathsOf(serverOne), cert: '/dev/zero' })],
    ['too long', () => ({ ...pathsOf(serverOne), cert: file('x'.repeat(1024 * 1024 + 1)) })],
    ['empty', () => ({ ...pathsOf(serverOne), cert: file('') })],
    ['no certificate', () => ({ ...pathsOf(serverOne), cert: file(keyOf(serverOne)) })],
    ['a damaged certificate', () => ({ ...pathsOf(serverOne), cert: file(serverOne.pem.replace(/MII.{40}/, 'MII')) })],
    ['a cut certificate', () => ({ ...pathsOf(serverOne), cert: file(serverOne.pem.slice(0, -20)) })],
    [
      'a damaged second certificate',
      () => ({ ...pathsOf(serverOne), cert: file(`${serverOne.pem}${serverTwo.pem.slice(0, 90)}`) }),
    ],
    ['no key', () => ({ ...pathsOf(serverOne), key: file(serverOne.pem) })],
    ['the key of another', () => ({ ...pathsOf(serverOne), key: file(keyOf(serverTwo)) })],
    ['in the wrong order', () => ({ ...pathsOf(serverOne), cert: file(authority.pem + serverOne.pem) })],
    ['an encrypted key', () => ({ ...pathsOf(serverOne), key: file(encryptedKey(serverOne)) })],
    ['an empty clientCa', () => pathsOf(serverOne, '')],
    ['a clientCa without certificates', () => pathsOf(serverOne, 'nothing here\n')],
    [
      'a clientCa with a damaged second certificate',
      () => pathsOf(serverOne, gatekeeper.pem + stranger.pem.replace(/MII.{40}/, 'MII')),
    ],
    ['a clientCa with too many', () => pathsOf(serverOne, gatekeeper.pem.repeat(201))],
    ['a curve that TLS 1.3 has not', () => pathsOf(makeCertificate('koblitz', { key: 'secp256k1' }))],
  ])('are refused: %s', async (_, paths) => {
    expect(await codeOf(() => loadTls(paths(), TIME))).toBe('CONFIG_INVALID');
  });

  it('are named in what is thrown', () => {
    const paths = { ...pathsOf(serverOne), key: file(keyOf(serverTwo)) };
    expect(() => loadTls(paths, TIME)).toThrow(paths.key);
    const bundle = pathsOf(serverOne, 'nothing');
    expect(() => loadTls(bundle, TIME)).toThrow(bundle.clientCa);
  });

  it('are warned of where clients will refuse the certificate', () => {
    const warned = (party: Party, clientCa?: string): readonly string[] => materialOf(party, clientCa).warnings;
    const past = { notAfter: new Date('2026-01-01T00:00:00Z') };
    const future = { notBefore: new Date('2027-01-01T00:00:00Z') };
    expect(warned(makeCertificate('past', { extensions: [names], ...past }))[0]).toMatch(/expired/);
    expect(warned(makeCertificate('future', { extensions: [names], ...future }))[0]).toMatch(/not valid before/);
    expect(warned(makeCertificate('nameless'))[0]).toMatch(/alternative name/);
    const wrongUse = makeCertificate('use', { extensions: [names, extendedKeyUsage([CLIENT_AUTH])] });
    expect(warned(wrongUse)[0]).toMatch(/serverAuth/);
    expect(warned({ ...serverOne, pem: serverOne.pem + stranger.pem })[0]).toMatch(/not the issuer/);
    expect(warned({ ...serverOne, pem: serverOne.pem + authority.pem })).toEqual([]);
    expect(warned(serverOne, makeAuthority('old-ca', past).pem)[0]).toMatch(/expired/);
    expect(warned(serverOne, client.pem)[0]).toMatch(/not a certificate authority/);
  });

  it.each(['P-256', 'P-384', 'P-521', 'ed25519', 'rsa-2048'] as const)('serve with a key of %s', async (key) => {
    const party = makeCertificate(`with-${key}`, { key, issuer: authority, extensions: [names] });
    const port = await listening(serving(materialOf(party)));
    expect((await ask(port)).text).toContain('answer');
  });
});

describe('a server', () => {
  it('speaks TLS 1.3 only', async () => {
    const server = serving(materialOf(serverOne));
    const port = await listening(server);
    expect((await ask(port)).text).toContain('answer');
    const text = await told(server, () => ask(port, { maxVersion: 'TLSv1.2' }));
    expect(text).toBe('the client does not speak TLS 1.3');
  });

  it('admits clients of clientCa only, and tells why it does not admit another', async () => {
    const server = serving(materialOf(serverOne, gatekeeper.pem));
    const port = await listening(server);
    expect((await ask(port, withCertificate(client))).text).toContain('answer');
    const expired = makeCertificate('expired', { issuer: gatekeeper, notAfter: new Date('2021-01-01T00:00:00Z') });
    const forger = makeAuthority('gatekeeper-ca', { key: 'P-384' });
    const forged = makeCertificate('forged', { issuer: forger });
    for (const [options, expected] of [
      [{}, /showed no certificate/],
      [withCertificate(strangeClient), /no authority of clientCa signed it/],
      [withCertificate({ ...strangeClient, pem: strangeClient.pem + stranger.pem }), /root is not in clientCa/],
      [withCertificate(makeCertificate('self')), /self-signed/],
      [withCertificate(expired), /expired/],
      [withCertificate(forged), /refused/],
      [withCertificate(serverOne), /root is not in clientCa/],
    ] as const) {
      let text = '';
      const reason = await told(server, async () => {
        text = (await ask(port, options)).text;
      });
      expect(text).toBe('');
      expect(reason).toMatch(expected);
    }
  });

  it('tells of clients that do not speak TLS, or do not trust it', async () => {
    const server = serving(materialOf(serverOne));
    const port = await listening(server);
    const raw = async (bytes: string): Promise<void> => {
      const socket = connectTcp(port, '127.0.0.1').resume();
      ends.push(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.end(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
    };
    expect(await told(server, () => raw('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))).toMatch(/plain HTTP/);
    expect(await told(server, () => raw('\x16\x03\x01\x00\x05hello'))).not.toBe('');
    expect(await told(server, () => raw(''))).toMatch(/hung up/);
    expect(await told(server, () => ask(port, { ca: [stranger.pem] }))).toMatch(/may not trust this server/);
  });

  it('serves new connections with a new certificate, and open ones as before', async () => {
    const server = serving(materialOf(serverOne));
    const port = await listening(server);
    const open = connect({ port, host: '127.0.0.1', ca: [authority.pem], checkServerIdentity: () => undefined });
    ends.push(() => open.destroy());
    await once(open, 'secureConnect');
    reloadTls(server, materialOf(serverTwo));
    expect((await ask(port)).server).toBe('server-two');
    open.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const [chunk] = await once(open, 'data');
    expect(String(chunk)).toContain('200 OK');
    expect(open.getPeerCertificate().subject.CN).toBe('server-one');
  });

  it('goes on asking for certificates and for TLS 1.3 after a reload', async () => {
    const server = serving(materialOf(serverOne, gatekeeper.pem));
    const port = await listening(server);
    reloadTls(server, materialOf(serverTwo, gatekeeper.pem));
    expect((await ask(port, withCertificate(client))).server).toBe('server-two');
    expect((await ask(port)).text).toBe('');
    expect((await ask(port, withCertificate(strangeClient))).text).toBe('');
    expect((await ask(port, { ...withCertificate(client), maxVersion: 'TLSv1.2' })).server).toBe('');
  });

  it('does not admit a client of a former clientCa, not even by a session from before', async () => {
    const server = serving(materialOf(serverOne, gatekeeper.pem));
    const port = await listening(server);
    const before = await ask(port, withCertificate(client));
    expect(before.session).toBeDefined();
    const session = before.session ?? Buffer.of();
    expect((await ask(port, { ...withCertificate(client), session })).resumed).toBe(true);
    reloadTls(server, materialOf(serverOne, stranger.pem));
    const after = await ask(port, { ...withCertificate(client), session });
    expect(after.resumed).toBe(false);
    expect(after.text).toBe('');
    expect((await ask(port, withCertificate(strangeClient))).text).toContain('answer');
  });

  it('keeps the old certificate where a new pair does not fit', async () => {
    const server = serving(materialOf(serverOne));
    const port = await listening(server);
    const broken = { ...materialOf(serverTwo), key: keyOf(serverOne) };
    expect(await codeOf(() => reloadTls(server, broken))).toBe('CONFIG_INVALID');
    expect((await ask(port)).server).toBe('server-one');
  });

  it('does not change between asking for certificates and not asking', async () => {
    const asking = serving(materialOf(serverOne, gatekeeper.pem));
    const port = await listening(asking);
    expect(await codeOf(() => reloadTls(asking, materialOf(serverTwo)))).toBe('CONFIG_INVALID');
    expect((await ask(port)).text).toBe('');
    expect((await ask(port, withCertificate(client))).server).toBe('server-one');
    const open = serving(materialOf(serverOne));
    expect(await codeOf(() => reloadTls(open, materialOf(serverTwo, gatekeeper.pem)))).toBe('CONFIG_INVALID');
  });

  it("is Fastify's as well", async () => {
    const options = secureOptions(materialOf(serverOne, gatekeeper.pem));
    const app = fastify({ https: options }) as unknown as FastifyInstance<Server>;
    app.get('/', async () => 'answer');
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    expect((await ask(port)).text).toBe('');
    expect((await ask(port, withCertificate(client))).text).toContain('answer');
    reloadTls(app.server, materialOf(serverTwo, gatekeeper.pem));
    expect((await ask(port, withCertificate(client))).server).toBe('server-two');
    await app.close();
  });
});

describe('the cause of a failed handshake', () => {
  it.each([
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', /refused this server's certificate/],
    ['ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM', /cannot use the key/],
    ['ERR_TLS_HANDSHAKE_TIMEOUT', /in time/],
    ['ERR_SSL_BRAND_NEW', /ERR_SSL_BRAND_NEW/],
  ])('is told for %s', (code, expected) => {
    expect(describeTlsClientError(Object.assign(new Error('40ADA1C1:error:…'), { code }))).toMatch(expected);
  });

  it('is told for an error without a code', () => {
    expect(describeTlsClientError(new Error(''))).toBe('the handshake failed: unknown');
  });
});

const encryptedKey = (party: Party): string =>
  party.key.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }).toString();
