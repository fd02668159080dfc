import type { Fetcher } from '../fetcher.ts';
import type { Config } from '../generated/config.ts';
import type { HttpFetcher } from '../http/fetcher.ts';
import type { RequestEvent } from '../request-event.ts';

/** The network beyond registries, as far as it is used. */
export interface Network {
  readonly fetch: Fetcher;
  readonly close: () => Promise<void>;
}

/** A network whose client is only loaded when the first request goes out: by default none does. */
export function openNetwork({ network }: Config, onRequest: (event: RequestEvent) => void): Network {
  let opening: Promise<HttpFetcher> | undefined;
  const open = async (): Promise<HttpFetcher> =>
    (await import('../http/fetcher.ts')).createFetcher({ allowPrivate: network.allowPrivate, onRequest });
  return {
    fetch: async (request) => {
      opening ??= open();
      const fetch = await opening;
      return await fetch(request);
    },
    close: async () => await (await opening)?.close(),
  };
}
