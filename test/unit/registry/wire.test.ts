import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/registry/transport.ts';
import { checkStatus, nextLink, readError } from '../../../src/registry/wire.ts';

function reply(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array | string = ''): Reply {
  return {
    url: new URL('https://registry.test/v2/app/referrers/x?n=1'),
    status,
    header: (name) => headers[name] ?? '',
    body: (async function* () {
      yield typeof body === 'string' ? new TextEncoder().encode(body) : body;
    })(),
  };
}
const next = (link: string) => nextLink(reply(200, { link }))?.href;
const invalid = expect.objectContaining({ code: 'REGISTRY_INVALID_RESPONSE' });

describe('nextLink', () => {
  it('resolves the target against the answer', () => {
    expect(next('</v2/app/referrers/x?n=2>; rel="next"')).toBe('https://registry.test/v2/app/referrers/x?n=2');
    expect(next('<?n=2>;rel=next')).toBe('https://registry.test/v2/app/referrers/x?n=2');
    expect(next('<https://other.test/x>; rel="next"')).toBe('https://other.test/x');
  });

  it('finds the next one among several, in any case, among other parameters', () => {
    expect(next('<a>; rel="prev", <b>; title="x"; REL="last next"')).toBe('https://registry.test/v2/app/referrers/b');
    expect(next('<a>; rel=prev, <b>; rel=Next, <c>; rel=last')).toBe('https://registry.test/v2/app/referrers/b');
  });

  it('finds none where there is none', () => {
    for (const link of ['', '<a>', '<a>; rel=prev', '<a>; rel="nextish"', 'a; rel=next', '<a>; anchor=next']) {
      expect(next(link)).toBeUndefined();
    }
  });

  it('refuses what cannot be read', () => {
    expect(() => next('<https://[>; rel=next')).toThrow(invalid);
    expect(() => next(`<${'a'.repeat(9000)}>; rel=next`)).toThrow(invalid);
  });
});

describe('readError', () => {
  it('reads the first error of the specification', async () => {
    const body = '{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"},{"code":"X"}]}';
    expect(await readError(reply(404, {}, body))).toEqual({
      code: 'NAME_UNKNOWN',
      text: 'NAME_UNKNOWN: no such repository',
    });
  });

  it('reads nothing out of anything else', async () => {
    for (const body of ['', '<html>', '{"errors":{}}', '{"errors":[]}', '{"errors":["x"]}', '[1]', 'null']) {
      expect(await readError(reply(500, {}, body))).toEqual({ code: '', text: '' });
    }
  });

  it('makes do with what came before the body broke off', async () => {
    const broken = async function* () {
      yield new TextEncoder().encode('{"errors":[{"code":"DENIED"}]}');
      throw new Error('reset');
    };
    expect(await readError({ ...reply(500, {}), body: broken() })).toMatchObject({ code: 'DENIED' });
  });

  it('reads no more than 16 KiB', async () => {
    const body = `{"errors":[{"code":"LONG","message":"${'x'.repeat(20_000)}"}]}`;
    expect(await readError(reply(500, {}, body))).toEqual({ code: '', text: '' });
  });
});

describe('checkStatus', () => {
  it('lets through what the endpoints decide about', async () => {
    for (const status of [200, 206, 303, 400, 404, 405, 416, 501]) {
      await expect(checkStatus(reply(status, {}), 0)).resolves.toBeUndefined();
    }
  });

  it('hands on how long to wait', async () => {
    await expect(checkStatus(reply(429, { 'retry-after': '3' }), 0)).rejects.toMatchObject({ wait: 3000 });
    await expect(checkStatus(reply(503, {}), 0)).rejects.toMatchObject({ wait: undefined });
  });
});
