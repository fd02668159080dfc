import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { FetchRequest } from '../../../src/fetcher.ts';
import { createFetcher, type FetcherOptions, type HttpFetcher } from '../../../src/http/fetcher.ts';
import type { RequestEvent } from '../../../src/request-event.ts';
import { dnsName, makeAuthority, makeCertificate, subjectAlternativeName } from '../../support/pki/certificates.ts';
import { codeOf } from '../../support/pki/codes.ts';

const servers: Server[] = [];
const fetchers: HttpFetcher[] = [];
afterEach(async () => {
  await Promise.all(fetchers.splice(0).map((fetcher) => fetcher.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const listen = async (server: Server): Promise<number> => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const serve = (listener: RequestListener): Promise<number> => listen(createServer(listener));

function fetcher(options: FetcherOptions = {}): HttpFetcher {
  const made = createFetcher(options);
  fetchers.push(made);
  return made;
}

const get = (url: string, more: Partial<FetchRequest> = {}): FetchRequest => ({
  method: 'GET',
  url,
  limit: 1000,
  timeout: 10_000,
  ...more,
});
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const local = (port: number): string => `http://127.0.0.1:${port}`;
const listed = (port: number): FetcherOptions => ({ allowPrivate: [`127.0.0.1:${port}`] });

describe('a fetch', () => {
  it('gives the body, sends no credentials or cookies, and asks for no compression', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const port = await serve((request, response) => {
      seen.push(request.headers);
      response.setHeader('set-cookie', 'a=b').end(`you asked for ${request.url}`);
    });
    const fetch = fetcher(listed(port));
    expect(text(await fetch(get(`${local(port)}/a?b=c`)))).toBe('you asked for /a?b=c');
    await fetch(get(`${local(port)}/again`));
    expect(Object.keys(seen[1] ?? {}).sort()).toEqual(['accept-encoding', 'connection', 'host', 'user-agent']);
    expect(seen[1]).toMatchObject({ 'accept-encoding': 'identity' });
  });

  it('posts bytes with their type', async () => {
    const port = await serve((request, response) => {
      response.write(`${request.method} ${request.headers['content-type']} `);
      request.pipe(response);
    });
    const request = get(local(port), {
      method: 'POST',
      body: Buffer.from('bytes'),
      contentType: 'application/ocsp-request',
    });
    expect(text(await fetcher(listed(port))(request))).toBe('POST application/ocsp-request bytes');
  });

  it('speaks TLS to whoever an authority vouches for', async () => {
    const root = makeAuthority('tls root');
    const server = makeCertificate('tls', { issuer: root, extensions: [subjectAlternativeName(dnsName('host.test'))] });
    const key = server.key.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const port = await listen(createTlsServer({ cert: server.pem, key }, (_, response) => response.end('over TLS')));
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const allowPrivate = ['host.test', 'other.test'];
    const trusting = fetcher({ allowPrivate, lookup, ca: root.pem });
    expect(text(await trusting(get(`https://host.test:${port}/`)))).toBe('over TLS');
    expect(await codeOf(() => trusting(get(`https://other.test:${port}/`)))).toBe('TRUST_UNAVAILABLE');
    expect(await codeOf(() => fetcher({ allowPrivate, lookup })(get(`https://host.test:${port}/`)))).toBe(
      'TRUST_UNAVAILABLE',
    );
  });

  it('tells of every exchange, without queries', async () => {
    const events: RequestEvent[] = [];
    const port = await serve((request, response) => {
      if (request.url === '/from?secret') response.writeHead(302, { location: '/to?secret' }).end();
      else if (request.url === '/none') response.writeHead(404).end();
      else response.end('12345');
    });
    const fetch = fetcher({ ...listed(port), onRequest: (event) => events.push(event), now: () => 5 });
    await fetch(get(`${local(port)}/from?secret`));
    expect(await codeOf(() => fetch(get(`${local(port)}/none`)))).toBe('TRUST_UNAVAILABLE');
    const common = { method: 'GET', host: `127.0.0.1:${port}`, ms: 0, attempt: 1 };
    expect(events).toEqual([
      { ...common, url: `${local(port)}/from`, status: 302, bytes: 0, error: '' },
      { ...common, url: `${local(port)}/to`, status: 200, bytes: 5, error: '' },
      { ...common, url: `${local(port)}/none`, status: 404, bytes: 0, error: 'TRUST_UNAVAILABLE' },
    ]);
  });

  it('fails once the connections were ended', async () => {
    const port = await serve((_, response) => response.end());
    const fetch = fetcher(listed(port));
    await fetch(get(local(port)));
    await fetch.close();
    expect(await codeOf(() => fetch(get(local(port))))).toBe('TRUST_UNAVAILABLE');
  });
});

describe('addresses', () => {
  const spy = async () => {
    const hits: string[] = [];
    const port = await serve((request, response) => {
      hits.push(request.headers.host ?? '');
      response.end('reached');
    });
    return { port, hits };
  };

  it('that are private are not connected to, however they are written', async () => {
    const { port, hits } = await spy();
    const fetch = fetcher();
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', 'localhost']) {
      expect(await codeOf(() => fetch(get(`http://${host}:${port}/`)))).toBe('REGISTRY_NOT_ALLOWED');
    }
    expect(hits).toEqual([]);
  });

  it('of a name are checked, all of them', async () => {
    const { port, hits } = await spy();
    const answers = [
      [{ address: '127.0.0.1', family: 4 }],
      [
        { address: '8.8.8.8', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
      [{ address: '::ffff:10.0.0.1', family: 6 }],
      [{ address: '169.254.169.254', family: 4 }],
    ];
    for (const addresses of answers) {
      const fetch = fetcher({ lookup: async () => addresses });
      expect(await codeOf(() => fetch(get(`http://innocent.test:${port}/`)))).toBe('REGISTRY_NOT_ALLOWED');
    }
    expect(hits).toEqual([]);
  });

  it('are those that were checked: a name is resolved once for a connection', async () => {
    const { port } = await spy();
    let asked = 0;
    const lookup = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    const fetch = fetcher({ allowPrivate: [`rebound.test:${port}`], lookup });
    expect(text(await fetch(get(`http://rebound.test:${port}/`)))).toBe('reached');
    expect(asked).toBe(1);
  });

  it('may be private where the host, or host and port, are listed', async () => {
    const { port } = await spy();
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const attempt = (...allowPrivate: string[]) =>
      codeOf(() => fetcher({ allowPrivate, lookup })(get(`http://Inside.test:${port}/`)));
    expect(await attempt('inside.test')).toBe('ok');
    expect(await attempt(`INSIDE.test:${port}`)).toBe('ok');
    expect(await attempt(`inside.test:${port + 1}`)).toBe('REGISTRY_NOT_ALLOWED');
    expect(await attempt('side.test', 'test')).toBe('REGISTRY_NOT_ALLOWED');
  });

  it('of a listed host open no door for another at the same address', async () => {
    const { port } = await spy();
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const fetch = fetcher({ allowPrivate: ['inside.test'], lookup });
    expect(await codeOf(() => fetch(get(`http://inside.test:${port}/`)))).toBe('ok');
    expect(await codeOf(() => fetch(get(`http://outside.test:${port}/`)))).toBe('REGISTRY_NOT_ALLOWED');
  });

  it('that cannot be found are trouble of the network', async () => {
    const fetch = fetcher({ lookup: async () => [] });
    expect(await codeOf(() => fetch(get('http://nowhere.test/')))).toBe('TRUST_UNAVAILABLE');
    const failing = fetcher({ lookup: () => Promise.reject(new Error('ENOTFOUND')) });
    expect(await codeOf(() => failing(get('http://nowhere.test/')))).toBe('TRUST_UNAVAILABLE');
  });

  it.each([
    'ftp://host.test/',
    'file:///etc/passwd',
    'ldap://host.test/',
    'http://user:secret@host.test/',
    'no URL',
    '',
  ])('are not looked for in %s', async (url) => {
    expect(await codeOf(() => fetcher()(get(url)))).toBe('REGISTRY_NOT_ALLOWED');
  });
});

describe('a redirect', () => {
  const redirecting = (location: (request: IncomingMessage) => string | undefined, status = 302) =>
    serve((request, response: ServerResponse) => {
      const target = location(request);
      if (target === undefined) response.end('arrived');
      else response.writeHead(status, { location: target }).end();
    });

  it('is followed three times', async () => {
    const port = await redirecting(({ url = '' }) => (url === '/0' ? undefined : `/${Number(url.slice(1)) - 1}`));
    const fetch = fetcher(listed(port));
    expect(text(await fetch(get(`${local(port)}/3`)))).toBe('arrived');
    expect(await codeOf(() => fetch(get(`${local(port)}/4`)))).toBe('TRUST_UNAVAILABLE');
  });

  it('to a private address is not followed', async () => {
    const secret = await serve((_, response) => response.end('secret'));
    for (const target of [
      local(secret),
      `http://localhost:${secret}/`,
      'http://169.254.169.254/latest/',
      'http://[::1]/',
    ]) {
      const port = await redirecting(() => target);
      expect(await codeOf(() => fetcher(listed(port))(get(local(port))))).toBe('REGISTRY_NOT_ALLOWED');
    }
  });

  it('to another scheme, or with a credential, is not followed', async () => {
    for (const target of ['ftp://host.test/', 'file:///etc/passwd', 'http://a:b@host.test/']) {
      const port = await redirecting(() => target);
      expect(await codeOf(() => fetcher(listed(port))(get(local(port))))).toBe('REGISTRY_NOT_ALLOWED');
    }
  });

  it('from HTTPS to HTTP is not followed', async () => {
    const root = makeAuthority('tls root');
    const server = makeCertificate('tls', { issuer: root, extensions: [subjectAlternativeName(dnsName('host.test'))] });
    const key = server.key.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const plain = await serve((_, response) => response.end('plain'));
    const port = await listen(
      createTlsServer({ cert: server.pem, key }, (_, response) =>
        response.writeHead(302, { location: local(plain) }).end(),
      ),
    );
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const fetch = fetcher({ allowPrivate: ['host.test', '127.0.0.1'], lookup, ca: root.pem });
    expect(await codeOf(() => fetch(get(`https://host.test:${port}/`)))).toBe('REGISTRY_NOT_ALLOWED');
  });

  it('of a POST is followed only where it stays one', async () => {
    const post = (port: number) =>
      codeOf(() => fetcher(listed(port))(get(`${local(port)}/from`, { method: 'POST', body: Buffer.from('x') })));
    const to = ({ url }: IncomingMessage) => (url === '/from' ? '/to' : undefined);
    expect(await post(await redirecting(to, 302))).toBe('TRUST_UNAVAILABLE');
    expect(await post(await redirecting(to, 307))).toBe('ok');
  });

  it('to nowhere is trouble of the network', async () => {
    const port = await redirecting(() => 'http://:::');
    expect(await codeOf(() => fetcher(listed(port))(get(local(port))))).toBe('TRUST_UNAVAILABLE');
    const silent = await serve((_, response) => response.writeHead(302).end());
    expect(await codeOf(() => fetcher(listed(silent))(get(local(silent))))).toBe('TRUST_UNAVAILABLE');
  });
});

describe('an answer', () => {
  const outcome = async (listener: RequestListener, more: Partial<FetchRequest> = {}) => {
    const port = await serve(listener);
    return await codeOf(() => fetcher(listed(port))(get(local(port), more)));
  };

  it('may have as many bytes as asked for, and no more, announced or not', async () => {
    expect(await outcome((_, response) => response.end('x'.repeat(1000)))).toBe('ok');
    expect(await outcome((_, response) => response.end('x'.repeat(1001)))).toBe('LIMIT_EXCEEDED');
    const endless: RequestListener = (_, response) => {
      const pour = (): void => {
        while (response.writable && response.write(Buffer.alloc(64 * 1024)));
        response.once('drain', pour);
      };
      pour();
    };
    expect(await outcome(endless)).toBe('LIMIT_EXCEEDED');
  });

  it('that nobody finishes is given up in time', async () => {
    expect(await outcome(() => {}, { timeout: 100 })).toBe('TRUST_UNAVAILABLE');
    expect(await outcome((_, response) => void response.write('x'), { timeout: 100 })).toBe('TRUST_UNAVAILABLE');
  });

  it('that is compressed is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000));
    expect(await outcome((_, response) => response.setHeader('content-encoding', 'gzip').end(bomb))).toBe(
      'TRUST_UNAVAILABLE',
    );
    expect(await outcome((_, response) => response.setHeader('content-encoding', 'identity').end('x'))).toBe('ok');
  });

  it.each([204, 304, 400, 404, 500, 503])('with status %s is none', async (status) => {
    expect(await outcome((_, response) => response.writeHead(status).end())).toBe('TRUST_UNAVAILABLE');
  });

  it('that breaks off is none', async () => {
    const broken: RequestListener = (_, response) => {
      response.setHeader('content-length', 100).write('some');
      response.destroy();
    };
    expect(await outcome(broken)).toBe('TRUST_UNAVAILABLE');
  });
});
