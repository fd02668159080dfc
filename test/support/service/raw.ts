import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { type Answered, readAnswer } from './raw-answer.ts';
import type { Site } from './site.ts';

/** A connection over which anything can be said. */
export class Raw {
  readonly socket: TLSSocket;
  #received = '';
  #isClosed = false;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (text: Buffer) => {
      this.#received += text.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
    });
  }

  static async open({ authority }: Site, url: string): Promise<Raw> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), ca: authority.ca, ...authority.client() });
    await once(socket, 'secureConnect');
    return new Raw(socket);
  }

  say(text: string | Uint8Array): void {
    if (!this.#isClosed) this.socket.write(text);
  }

  /** What came back, once it is whole or the connection has ended; undefined: nothing was answered. */
  async answer(): Promise<Answered | undefined> {
    for (;;) {
      const answered = readAnswer(this.#received);
      if (answered !== undefined || this.#isClosed) return answered;
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
  }

  async closed(): Promise<void> {
    if (!this.#isClosed) await once(this.socket, 'close');
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The head of a request to the provider. */
export const head = (length: number | string, path = '/v1/gatekeeper/validate'): string =>
  `POST ${path} HTTP/1.1\r\nhost: verdict\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

/** A whole request. */
export function whole(body: string | Uint8Array, path?: string): Uint8Array {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(head(bytes.length, path)), bytes]);
}
