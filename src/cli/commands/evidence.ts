import { gather } from '../../evaluate.ts';
import { serialize } from '../../evidence.ts';
import { EXIT, type Io } from '../io.ts';
import type { SubjectOptions } from '../options.ts';
import { configOf, openSession } from '../session.ts';

/** `verdict evidence`: exactly what a policy would see. */
export async function run([subject = '']: readonly string[], options: SubjectOptions, io: Io): Promise<number> {
  const session = await openSession(subject, options, await configOf(options, io), io);
  try {
    const evidence = await gather(session.request, session.built.means);
    session.quiet();
    io.out(serialize(evidence));
    return EXIT.ok;
  } finally {
    await session.close();
  }
}
