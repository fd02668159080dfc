import { Connection, requestOf } from './connection.ts';
import { bodyOf, judge, NONE, plus, type Question, type Verdicts } from './verdicts.ts';

export interface LoadOptions {
  /** `http://host:port/path` of a provider of Gatekeeper's external data: Verdict's, or any with the same shapes. */
  readonly url: string;
  /** Asked in rotation. */
  readonly questions: readonly Question[];
  readonly connections: number;
  readonly until:
    | { readonly kind: 'seconds'; readonly seconds: number }
    | { readonly kind: 'requests'; readonly requests: number };
}

export interface Load {
  /** Milliseconds of every request. */
  readonly times: readonly number[];
  readonly seconds: number;
  readonly verdicts: Verdicts;
}

/** Asks as fast as answers come, over so many connections. Throws where the server closes one. */
export async function load({ url, questions, connections, until }: LoadOptions): Promise<Load> {
  const target = new URL(url);
  const prepared = questions.map((question) => ({ question, request: requestOf(target, bodyOf(question.keys)) }));
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(target)));
  const times: number[] = [];
  let verdicts = NONE;
  let next = 0;
  const started = performance.now();
  const end = started + (until.kind === 'seconds' ? until.seconds * 1000 : Number.POSITIVE_INFINITY);
  const most = until.kind === 'requests' ? until.requests : Number.POSITIVE_INFINITY;
  const ask = async (connection: Connection): Promise<void> => {
    while (next < most && performance.now() < end) {
      const one = prepared[next++ % prepared.length];
      if (one === undefined) return;
      const asked = performance.now();
      const answer = await connection.ask(one.request);
      times.push(performance.now() - asked);
      verdicts = plus(verdicts, judge(answer, one.question));
    }
  };
  try {
    await Promise.all(open.map(ask));
  } finally {
    for (const connection of open) connection.close();
  }
  return { times, seconds: (performance.now() - started) / 1000, verdicts };
}

/** The value below which a part of the figures lies. */
export function quantile(figures: readonly number[], part: number): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
