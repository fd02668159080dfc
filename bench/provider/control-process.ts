import { answerCalls } from './child.ts';
import { listen } from './listen.ts';

/** Answers the same bytes at once, whatever it is asked: what this machine and this generator can do at most. */
let body = Buffer.from('{}');

const calls = {
  /** Its port. */
  start: async (): Promise<number> => {
    const { port } = await listen(0, (asked, answer) => {
      asked.resume().on('end', () => {
        answer.setHeader('content-length', body.byteLength);
        answer.end(body);
      });
    });
    return port;
  },
  answer: (text: string): void => {
    body = Buffer.from(text);
  },
};
export type ControlCalls = typeof calls;

answerCalls(calls);
