import { ConfigFaults, type LoadedConfig, loadConfig } from '../../config/load.ts';
import { type ReadyPolicy, startPolicy } from '../../config/policy.ts';
import { configuredRegistries, probe, type RegistryProbe, registryOf } from '../../config/probe.ts';
import { asVerdictError, CATALOGUE, VerdictError } from '../../errors.ts';
import { parseReference, type Reference } from '../../reference.ts';
import { type Finding, fault, type Machine, ok, type Patient, type Section } from '../doctor/check.ts';
import { CHECKS, findingsOf } from '../doctor/checks.ts';
import { thisMachine } from '../doctor/machine.ts';
import { EXIT, exitCodeOf, type Io } from '../io.ts';
import { describeSection, describeSum } from '../output/doctor.ts';
import { style } from '../output/style.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly output: 'text' | 'json';
}

/** `verdict doctor`: what works, what does not, and what to do about it. */
export async function run(
  [text]: readonly string[],
  options: DoctorOptions,
  io: Io,
  machine: Machine = thisMachine(),
): Promise<number> {
  const image = text === undefined ? undefined : parseReference(text);
  const sections: Section[] = [];
  const tell = (section: Section): void => {
    sections.push(section);
    if (options.output === 'text') io.out(describeSection(section, style(io.colour)));
  };
  const { loaded, findings } = await configuration(options, io);
  tell({ name: 'configuration', about: 'written', findings });
  if (loaded !== undefined) await examine(loaded, image, { io, machine }, tell);
  const code = Math.max(EXIT.ok, ...sections.flatMap(exitsOf));
  io.out(
    options.output === 'json'
      ? `${JSON.stringify({ exitCode: code, checks: sections }, null, 2)}\n`
      : describeSum(sections, style(io.colour)),
  );
  return code;
}

async function configuration(
  options: DoctorOptions,
  io: Io,
): Promise<{ readonly loaded: LoadedConfig | undefined; readonly findings: readonly Finding[] }> {
  try {
    const loaded = await loadConfig(options.config, io.directory);
    const told = loaded.file === '' ? 'no configuration file: the defaults hold' : `${loaded.file} loads`;
    return { loaded, findings: [ok(told)] };
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) return { loaded: undefined, findings: [fault(asVerdictError(thrown))] };
    const each = thrown.faults.map(({ file, line, column, message }) =>
      fault(new VerdictError('CONFIG_INVALID', `${file}:${line}:${column}: ${message}`)),
    );
    return { loaded: undefined, findings: each };
  }
}

async function examine(
  loaded: LoadedConfig,
  image: Reference | undefined,
  { io, machine }: Pick<Patient, 'io' | 'machine'>,
  tell: (section: Section) => void,
): Promise<void> {
  let policy: Promise<ReadyPolicy> | undefined;
  let registries: ReturnType<Patient['registries']> | undefined;
  const patient: Patient = {
    loaded,
    io,
    machine,
    image,
    policy: () => {
      policy ??= startPolicy(loaded.config);
      return policy;
    },
    registries: () => {
      registries ??= probeAll(loaded, image, io);
      return registries;
    },
  };
  try {
    for (const check of CHECKS) {
      const { name, about } = check;
      tell({ name, about, findings: await findingsOf(check, patient) });
    }
  } finally {
    await policy?.then(
      (ready) => ready.close(),
      () => undefined,
    );
  }
}

/** The registries that are configured and that of the image, which is asked about its repository. */
async function probeAll(
  { config }: LoadedConfig,
  image: Reference | undefined,
  io: Io,
): Promise<ReadonlyMap<string, RegistryProbe | VerdictError>> {
  const named = configuredRegistries(config).map((registry) => ({ registry, repository: '' }));
  const own = image && registryOf(image);
  const targets = [...named.filter(({ registry }) => registry !== own?.registry), ...(own === undefined ? [] : [own])];
  const means = { environment: io.environment, now: () => io.now().getTime() };
  const probes = targets.map(async (target) => {
    const found = await probe(target, config, means).catch((thrown: unknown) => asVerdictError(thrown));
    return [target.registry, found] as const;
  });
  return new Map(await Promise.all(probes));
}

/** What each fault of a section comes to; the greatest of all counts. */
function exitsOf({ about, findings }: Section): readonly number[] {
  const faults = findings.filter(({ level }) => level === 'fault');
  return faults.map(({ code }) => {
    if (code === 'DENIED') return EXIT.denied;
    if (code === '') return EXIT.undecided;
    return about === 'written' && !CATALOGUE[code].retryable ? EXIT.usage : exitCodeOf(code);
  });
}
