import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { entrypointOf, PolicyFaults, sourcesOf } from '../../config/compile.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { startPolicy } from '../../config/policy.ts';
import { VerdictError } from '../../errors.ts';
import { gather } from '../../evaluate.ts';
import { serialize } from '../../evidence.ts';
import { isObject, parseJson } from '../../json.ts';
import { createToolchain } from '../../rego/toolchain.ts';
import { EXIT, type Io } from '../io.ts';
import type { DecisionOptions } from '../options.ts';
import { configOf, openSession, sidesOf } from '../session.ts';

export interface EvalOptions extends DecisionOptions {
  readonly query?: string;
  readonly input?: string;
}

/** `verdict policy eval`: the entrypoint's value, or a query's, over evidence gathered or given. */
export async function run([subject]: readonly string[], options: EvalOptions, io: Io): Promise<number> {
  const given = await configOf(options, io);
  const loaded = subject === undefined ? given : { ...given, config: sidesOf(subject, options, given)[0].config };
  const input = await inputOf(subject, options, loaded, io);
  const time = options.time ?? instantOf(input) ?? io.now();
  return options.query === undefined
    ? await entrypoint(loaded, input, time, io)
    : await query(options.query, loaded, input, time, io);
}

async function inputOf(
  subject: string | undefined,
  options: EvalOptions,
  loaded: LoadedConfig,
  io: Io,
): Promise<Uint8Array> {
  if ((subject === undefined) === (options.input === undefined)) {
    throw new VerdictError('USAGE', 'give either a subject, whose evidence is gathered, or --input with evidence');
  }
  if (subject === undefined) return readInput(options.input ?? '', io);
  const session = await openSession(subject, options, loaded, io);
  try {
    return serialize(await gather(session.request, session.built.means));
  } finally {
    await session.close();
  }
}

function readInput(path: string, io: Io): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path === '-' ? 0 : resolve(io.directory, path)));
  } catch (cause) {
    throw new VerdictError('FILE_UNREADABLE', `cannot read the input ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Evidence says when it was gathered: evaluated again, it is judged as of then. */
function instantOf(input: Uint8Array): Date | undefined {
  const value = parseJson(input, 'the input');
  const time = isObject(value) && isObject(value.context) ? new Date(String(value.context.time)) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

async function entrypoint({ config }: LoadedConfig, input: Uint8Array, time: Date, io: Io): Promise<number> {
  const name = entrypointOf(config.policy);
  const ready = await startPolicy(config);
  try {
    const answer = await ready.policy.evaluate([name], { input, time });
    if (answer.kind === 'fault') throw new VerdictError(answer.code, answer.message);
    const [value] = answer.values;
    if (value === undefined) throw new VerdictError('POLICY_UNDEFINED', `${name} is undefined for this input`);
    // As it stands: taken apart and put together again, large numbers would lose digits.
    io.out(`${value}\n`);
    return EXIT.ok;
  } finally {
    await ready.close();
  }
}

async function query(text: string, { config }: LoadedConfig, input: Uint8Array, time: Date, io: Io): Promise<number> {
  const { files, data, faults } = sourcesOf(config.policy);
  if (faults.length > 0) throw new PolicyFaults(faults);
  const toolchain = createToolchain();
  try {
    const settings = { path: 'config/data.json', text: JSON.stringify(config.policy.config) };
    const outcome = await toolchain.evaluate({
      query: text,
      files,
      data: [...data, settings],
      input: Buffer.from(input).toString('utf8'),
      time: time.toISOString(),
    });
    if (!outcome.ok) throw new PolicyFaults(outcome.faults);
    if (outcome.printed !== '') io.err(outcome.printed);
    if (outcome.values.length === 0) throw new VerdictError('POLICY_UNDEFINED', `${text} is undefined for this input`);
    for (const { text: value } of outcome.values) io.out(`${value}\n`);
    return EXIT.ok;
  } finally {
    await toolchain.close();
  }
}
