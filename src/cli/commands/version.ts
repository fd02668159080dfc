import { opaVersion, packageVersion } from '../../config/resources.ts';
import { EXIT, type Io } from '../io.ts';

/** `verdict version`. */
export async function run(
  _: readonly string[],
  options: { readonly output: 'text' | 'json' },
  io: Io,
): Promise<number> {
  const versions = { verdict: packageVersion(), node: process.versions.node, opa: opaVersion() };
  const text = Object.entries(versions).map(([name, version]) => `${name} ${version}\n`);
  io.out(options.output === 'json' ? `${JSON.stringify(versions, null, 2)}\n` : text.join(''));
  return EXIT.ok;
}
