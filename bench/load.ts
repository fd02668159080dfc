import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  /** `http://host:port/path` of a provider of Gatekeeper's external data: Verdict's, or any with the same shapes. */
  readonly url: string;
  /** One body each in rotation. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Whether an answer says what it should. */
  readonly isRight: (answer: string) => boolean;
}

export interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly wrong: number;
}

const HEAD_END = '\r\n\r\n';

/** One request after another on one kept connection: less work than any client library, so that the server is measured. */
class Connection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
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
  #isClosed = false;

  static async open(host: string, port: number): Promise<Connection> {
    const socket = connect(port, host);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  async ask(request: Buffer): Promise<string> {
    this.#socket.write(request);
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined) return answer;
      if (this.#isClosed) throw new Error('the server closed the connection');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(): string | undefined {
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const head = this.#received.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error(`an answer without a length: ${head}`);
    const from = end + HEAD_END.length;
    if (this.#received.length < from + length) return undefined;
    const body = this.#received.toString('utf8', from, from + length);
    this.#received = this.#received.subarray(from + length);
    return body;
  }
}

/** A request as bytes. */
export const requestOf = ({ host, pathname }: URL, body: string): Buffer =>
  Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

/** Asks as fast as answers come, over so many connections. */
export async function load({ url, bodies, connections, seconds, isRight }: LoadOptions): Promise<Load> {
  const target = new URL(url);
  const requests = bodies.map((body) => requestOf(target, body));
  const times: number[] = [];
  let wrong = 0;
  const started = performance.now();
  const until = started + seconds * 1000;
  const worker = async (first: number): Promise<void> => {
    const connection = await Connection.open(target.hostname, Number(target.port));
    for (let at = first; performance.now() < until; at++) {
      const asked = performance.now();
      const answer = await connection.ask(requests[at % requests.length] as Buffer);
      times.push(performance.now() - asked);
      if (!isRight(answer)) wrong++;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, (_, at) => worker(at)));
  const elapsed = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? Number.NaN;
  return { perSecond: times.length / elapsed, p50: at(0.5), p99: at(0.99), wrong };
}
