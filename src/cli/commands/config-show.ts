import { showConfig, yamlOf } from '../../config/show.ts';
import { EXIT, type Io } from '../io.ts';
import type { DecisionOptions } from '../options.ts';
import { configOf } from '../session.ts';

export interface ConfigShowOptions
  extends Pick<DecisionOptions, 'config' | 'policy' | 'rules' | 'profile' | 'platform' | 'plainHttp' | 'output'> {
  readonly json?: boolean;
  readonly origins?: boolean;
}

/** `verdict config show`: what counts after defaults, file, environment and command line, without secrets. */
export async function run(_: readonly string[], options: ConfigShowOptions, io: Io): Promise<number> {
  const shown = showConfig(await configOf(options, io));
  if (options.json === true || options.output === 'json') {
    const { config, origins } = shown;
    const value = options.origins === true ? { config, origins: Object.fromEntries(origins) } : config;
    io.out(`${JSON.stringify(value, null, 2)}\n`);
  } else io.out(yamlOf(shown, options.origins === true));
  return EXIT.ok;
}
