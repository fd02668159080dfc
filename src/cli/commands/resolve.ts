import { canonical } from '../../subject.ts';
import { EXIT, type Io } from '../io.ts';
import type { SubjectOptions } from '../options.ts';
import { configOf, openSession } from '../session.ts';

/** `verdict resolve`: the subject, pinned. */
export async function run([subject = '']: readonly string[], options: SubjectOptions, io: Io): Promise<number> {
  const session = await openSession(subject, options, await configOf(options, io), io);
  try {
    const { reference } = session.request;
    const { store, limits } = session.built.means;
    const { descriptor, digests } = await store.resolve(reference, AbortSignal.timeout(limits.deadline));
    session.quiet();
    const pinned = canonical(reference, descriptor.digest);
    const { mediaType, size } = descriptor;
    const facts = { reference: pinned, requested: subject, digest: descriptor.digest, digests, mediaType, size };
    io.out(options.output === 'json' ? `${JSON.stringify(facts, null, 2)}\n` : `${pinned}\n`);
    return EXIT.ok;
  } finally {
    await session.close();
  }
}
