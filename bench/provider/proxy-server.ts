import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type Listening, listen } from './listen.ts';
import { type Counted, type Counts, Tally } from './tally.ts';

/** Hands every request on to a registry, after a while, and counts them. */
export class ProxyServer {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #tally = new Tally();
  readonly #upstream: number;
  #listening: Listening | undefined;
  /** Milliseconds that every request waits. */
  latency = 0;

  /** `upstream`: port of the registry on the loopback interface. */
  constructor(upstream: number) {
    this.#upstream = upstream;
  }

  async start(port: number): Promise<number> {
    this.#listening = await listen(port, (asked, answer) => this.#delay(asked, answer));
    return this.#listening.port;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.#listening?.close();
  }

  take(): Counts {
    return this.#tally.take();
  }

  #delay(asked: IncomingMessage, answer: ServerResponse): void {
    const counted = this.#tally.begin();
    if (this.latency === 0) this.#forward(asked, answer, counted);
    else setTimeout(() => this.#forward(asked, answer, counted), this.latency);
  }

  #forward(asked: IncomingMessage, answer: ServerResponse, counted: Counted): void {
    const { method, url: path, headers } = asked;
    const sent = request({
      host: '127.0.0.1',
      port: this.#upstream,
      agent: this.#agent,
      ...(method !== undefined && { method }),
      ...(path !== undefined && { path }),
      headers,
    });
    sent.on('response', (got) => {
      const status = got.statusCode ?? BAD_GATEWAY;
      counted.answer(status);
      answer.writeHead(status, got.headers);
      got.on('data', (chunk: Buffer) => counted.add(chunk.byteLength)).pipe(answer);
    });
    sent.on('error', () => {
      if (!answer.headersSent) counted.answer(BAD_GATEWAY);
      answer.destroy();
    });
    asked.pipe(sent);
  }
}

const BAD_GATEWAY = 502;
