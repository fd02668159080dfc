import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n';

/** One request after another on one kept connection: less work than any client library, so that the server is measured. */
export class Connection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
    socket.on('error', () => undefined);
  }

  /** Rejects where nobody listens. */
  static async open({ hostname, port }: URL): Promise<Connection> {
    const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  /** The body of the answer, whatever its status. Throws where the connection ends before. */
  async ask(request: Buffer): Promise<string> {
    this.#socket.write(request);
    for (;;) {
      const answer = takeAnswer(this.#received);
      if (answer !== undefined) {
        this.#received = this.#received.subarray(answer.end);
        return answer.body;
      }
      if (this.#isClosed) throw new Error('the server closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

interface Taken {
  readonly body: string;
  /** Where the next answer begins. */
  readonly end: number;
}

/** The first answer in what was received; undefined where it is not all there. Throws for one without framing. */
export function takeAnswer(received: Buffer): Taken | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const from = headEnd + HEAD_END.length;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return takeChunks(received, from);
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(length)) throw new Error(`an answer without a length: ${head}`);
  if (received.length < from + length) return undefined;
  return { body: received.toString('utf8', from, from + length), end: from + length };
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-7.1, without trailers. */
function takeChunks(received: Buffer, from: number): Taken | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = received.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('an answer with a chunk without a size');
    const chunk = lineEnd + LINE_END.length;
    at = chunk + size + LINE_END.length;
    if (received.length < at) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks).toString('utf8'), end: at };
    chunks.push(received.subarray(chunk, chunk + size));
  }
}

/** A request as bytes. */
export const requestOf = ({ host, pathname, search }: URL, body: string): Buffer =>
  Buffer.from(
    `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
