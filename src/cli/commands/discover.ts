import { gather } from '../../evaluate.ts';
import { EXIT, type Io } from '../io.ts';
import type { SubjectOptions } from '../options.ts';
import { style } from '../output/style.ts';
import { describeTree } from '../output/tree.ts';
import { configOf, openSession } from '../session.ts';

/** `verdict discover`: what is attached, as a tree. */
export async function run([subject = '']: readonly string[], options: SubjectOptions, io: Io): Promise<number> {
  const session = await openSession(subject, options, await configOf(options, io), io);
  try {
    const evidence = await gather(session.request, session.built.means);
    session.quiet();
    const { artifacts, discovery, complete, subject: about } = evidence.head;
    const plain = { subject: about, artifacts, discovery, complete, requests: session.built.requests() };
    io.out(
      options.output === 'json' ? `${JSON.stringify(plain, null, 2)}\n` : describeTree(evidence, style(io.colour)),
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
}
