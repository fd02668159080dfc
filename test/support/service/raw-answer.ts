/** An answer as it came. */
export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** The first answer; undefined where it is not all there. `received`: bytes as Latin-1. */
export function readAnswer(received: string): Answered | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
  const body = received.slice(end + 4, end + 4 + length);
  if (body.length < length) return undefined;
  return { status: Number(received.slice(9, 12)), body: Buffer.from(body, 'latin1').toString() };
}
