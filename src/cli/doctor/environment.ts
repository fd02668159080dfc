import { asVerdictError } from '../../errors.ts';
import { cacheDirectory } from '../../rego/module.ts';
import { bytes, plural } from '../output/style.ts';
import { type Finding, ok, type Patient, warning } from './check.ts';

/** Bytes that Verdict takes besides what policies may use. */
const OWN_MEMORY = 256 * 1024 * 1024;

/** Node.js, processors, memory, the cache directory. */
export async function environmentFindings({ loaded, io, machine }: Patient): Promise<readonly Finding[]> {
  const { total, free } = machine.memory;
  const needed = loaded.config.limits.policyMemory + OWN_MEMORY;
  const memory =
    total < needed
      ? warning(
          `${bytes(total)} of memory; one policy may take ${bytes(loaded.config.limits.policyMemory)} (limits.policyMemory)`,
          'Lower `limits.policyMemory`, or give the process more memory.',
        )
      : ok(`${bytes(free)} of ${bytes(total)} memory free`);
  return [
    ok(`Node.js ${machine.nodeVersion}, ${plural(machine.processors, 'processor')}`),
    memory,
    await cacheFinding(cacheDirectory(io.environment), machine),
  ];
}

async function cacheFinding(directory: string, { tryWriting }: Patient['machine']): Promise<Finding> {
  try {
    await tryWriting(directory);
    return ok(`the cache directory ${directory} can be written`);
  } catch (thrown) {
    return warning(
      `the cache directory ${directory} cannot be written: ${asVerdictError(thrown).message}`,
      'Set VERDICT_CACHE_DIR to a directory that can: policies are else compiled again each time, and roots not updated.',
    );
  }
}

/** Whether `verdict serve` could listen. */
export async function portFinding(
  { address, port }: { readonly address: string; readonly port: number },
  { tryListening }: Patient['machine'],
): Promise<Finding> {
  const place = `${address}:${port}`;
  try {
    await tryListening(address, port);
    return ok(`${place} is free to listen on`);
  } catch (thrown) {
    const isTaken = (thrown as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const text = isTaken ? `${place} is taken` : `${place} cannot be listened on: ${asVerdictError(thrown).message}`;
    return warning(text, 'That is well if `verdict serve` runs here; else set `server.address` and `server.port`.');
  }
}
