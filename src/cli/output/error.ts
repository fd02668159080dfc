import type { VerdictError } from '../../errors.ts';

/** An error as a person reads it: what happened, then what to do. */
export function describeError(error: VerdictError): string {
  const [first = '', ...more] = error.message.split('\n');
  const rest = more.map((line) => `  ${line}\n`).join('');
  return `${error.code}: ${first}\n${rest}  → ${error.remedy}\n`;
}
