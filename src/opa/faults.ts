import { VerdictError } from '../errors.ts';

const message = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** Whether the thread ran out of stack or memory, which no catch may take for an ordinary failure. */
export const isExhausted = (thrown: unknown): boolean =>
  thrown instanceof RangeError && /call stack|allocat|Invalid string length|Array buffer/i.test(thrown.message);

/** Whatever an evaluation threw, as an error with the code of its kind. */
export function faultOf(thrown: unknown): VerdictError {
  if (thrown instanceof VerdictError) return thrown;
  if (thrown instanceof WebAssembly.RuntimeError) {
    return new VerdictError('POLICY_ABORTED', `the policy trapped: ${thrown.message}`, { cause: thrown });
  }
  if (isExhausted(thrown)) {
    return /call stack/i.test(message(thrown))
      ? new VerdictError('POLICY_ABORTED', 'the policy nests too deep for its stack', { cause: thrown })
      : new VerdictError('POLICY_MEMORY', `the policy needed more memory than there is: ${message(thrown)}`, {
          cause: thrown,
        });
  }
  return new VerdictError('INTERNAL', `the policy host failed: ${message(thrown)}`, { cause: thrown });
}
