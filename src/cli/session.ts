import { type Built, buildMeans } from '../config/build.ts';
import { type LoadedConfig, loadConfig, type Overrides } from '../config/load.ts';
import { VerdictError } from '../errors.ts';
import type { Request } from '../evaluate.ts';
import { parseReference } from '../reference.ts';
import type { Io } from './io.ts';
import type { DecisionOptions, SubjectOptions } from './options.ts';
import { type Progress, progress } from './output/progress.ts';
import { signersOf } from './signers.ts';

/** Everything a command about a subject works with. */
export interface Session {
  readonly request: Request;
  readonly built: Built;
  /** Ends the progress line; call it before printing. */
  readonly quiet: () => void;
  readonly close: () => Promise<void>;
}

/** The configuration with what the command line says over it. */
export function configOf(
  options: Partial<DecisionOptions>,
  io: Pick<Io, 'directory' | 'environment'>,
): Promise<LoadedConfig> {
  return loadConfig(options.config, io.directory, overridesOf(options), io.environment);
}

function overridesOf(options: Partial<DecisionOptions>): Overrides {
  const { policy, rules, profile, platform, plainHttp } = options;
  const signers = signersOf(options);
  return {
    ...(signers === undefined ? {} : { signers }),
    ...(policy === undefined
      ? {}
      : /\.(?:tar\.gz|tgz|wasm)$/.test(policy)
        ? { bundle: policy }
        : { sources: [policy] }),
    ...(rules === undefined ? {} : { rules }),
    ...(profile === undefined ? {} : { profile }),
    ...(platform === undefined ? {} : { platforms: platform }),
    ...(plainHttp === undefined ? {} : { plainHttp }),
  };
}

/** Opens what is needed to look at a subject. */
export async function openSession(
  subject: string,
  options: SubjectOptions & Pick<DecisionOptions, 'bundle'>,
  { config }: LoadedConfig,
  io: Io,
): Promise<Session> {
  const reference = parseReference(subject);
  let shown: Progress | undefined;
  const built = await buildMeans(config, reference, {
    evidence: [...(options.evidence ?? []), ...(options.bundle ?? [])],
    environment: io.environment,
    onStep: (step) => shown?.onStep(step),
  });
  shown = progress(io, () => built.requests().length);
  const request: Request = {
    reference,
    time: options.time ?? io.now(),
    caller: io.environment.CI === 'true' ? 'ci' : 'cli',
    namespace: options.namespace ?? '',
    parameters: parametersOf(options.parameter ?? []),
  };
  return {
    request,
    built,
    quiet: () => shown?.end(),
    close: async () => {
      shown?.end();
      await built.close();
    },
  };
}

function parametersOf(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new VerdictError('USAGE', `--parameter ${JSON.stringify(text)}: write it as name=value`);
    return [text.slice(0, equals), text.slice(equals + 1).toWellFormed()] as const;
  });
  return Object.fromEntries(pairs);
}
