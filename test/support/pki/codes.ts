import { VerdictError } from '../../../src/errors.ts';

/** Code of what is thrown; `ok` where nothing is; throws on what is no VerdictError. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (thrown) {
    if (thrown instanceof VerdictError) return thrown.code;
    throw thrown;
  }
}
