import { VerdictError } from '../errors.ts';
import { checkerSchema } from './checker-schema.ts';
import { cacheDirectory, findModule, type ModuleArchive } from './module.ts';
import { ToolchainProcess } from './process.ts';
import type { BuildRequest, CheckRequest, EvaluateRequest, Sources, TestRequest } from './requests.ts';
import type { FormattedFile, PolicyFacts, QueryValue, TestReport } from './results.ts';
import {
  type Fault,
  type Refusal,
  type SourceFile,
  sourceFaults,
  TOOLCHAIN_LIMITS,
  type ToolchainLimits,
} from './source.ts';

/** A result, or the faults of the sources. */
export type Outcome<T> = ({ readonly ok: true } & T) | Refusal;

/**
 * OPA 1.22.0's compiler, checker, formatter, tester and evaluator. What is wrong with the sources comes back as
 * faults; thrown are LIMIT_EXCEEDED and TOOLCHAIN_FAILED. Calls run one after the other.
 */
export interface Toolchain {
  /** bundle.tar.gz, byte for byte what `opa build --bundle --target wasm` writes in a directory with these files. */
  build(request: BuildRequest): Promise<Outcome<{ readonly bundle: Uint8Array }>>;
  /** `opa check`, limited to the built-ins that Verdict runs; no faults: the sources are good. */
  check(request: CheckRequest): Promise<readonly Fault[]>;
  /** `opa fmt`. */
  format(request: Sources): Promise<Outcome<{ readonly files: readonly FormattedFile[] }>>;
  /** `opa test`. */
  test(request: TestRequest): Promise<Outcome<TestReport>>;
  inspect(request: Sources): Promise<Outcome<PolicyFacts>>;
  /** OPA's own evaluator; a value for each solution, so none where the query is undefined. */
  evaluate(
    request: EvaluateRequest,
  ): Promise<Outcome<{ readonly values: readonly QueryValue[]; readonly printed: string }>>;
  /** capabilities.json, for `opa check --capabilities` and editors: `verdict` has the built-ins that Verdict runs, `opa` all. */
  capabilities(of: 'verdict' | 'opa', regoVersion?: 0 | 1): Promise<Readonly<Record<string, unknown>>>;
  /** Ends the process behind it: calls not yet answered fail, the next one starts another. */
  close(): Promise<void>;
}

export interface ToolchainOptions {
  /** Where the unpacked program is kept; see `cacheDirectory`. */
  readonly cacheDirectory?: string;
  readonly limits?: Partial<ToolchainLimits>;
  /** Another program than the package's. */
  readonly module?: ModuleArchive;
}

/** Milliseconds for one test: four times what `opa test` gives, because the program takes about four times as long. */
const TEST_MS = 20_000;

/** Nothing is started or read before the first call. */
export function createToolchain(options: ToolchainOptions = {}): Toolchain {
  const limits = { ...TOOLCHAIN_LIMITS, ...options.limits };
  const process = new ToolchainProcess(async () => ({
    archive: options.module ?? (await findModule()),
    cache: options.cacheDirectory ?? cacheDirectory(),
    memoryBytes: limits.memoryBytes,
  }));

  async function ask<T>(operation: string, sources: Sources, rest: Readonly<Record<string, unknown>>, time?: string) {
    const { files, data = [], regoVersion = 1 } = sources;
    const faults = sourceFaults(files, data, limits);
    if (faults.length > 0) return { ok: false, faults } satisfies Refusal;
    const limit = operation === 'test' ? 'testRunMs' : 'callMs';
    const text = await process.run({
      request: { operation, files, data, regoVersion, ...rest },
      timeNs: time === undefined ? BigInt(Date.now()) * 1_000_000n : instant(time),
      stopMs: limits[limit],
      limit,
    });
    return JSON.parse(text) as Outcome<T>;
  }

  return {
    async build({ entrypoints, revision, roots, ...sources }) {
      const answer = await ask<{ bundle: string }>('build', sources, { entrypoints, revision, roots });
      return answer.ok ? { ok: true, bundle: Buffer.from(answer.bundle, 'base64') } : answer;
    },
    async check({ schemas = [], typed = [], strict = true, ...sources }) {
      const readable = schemas.map(({ name, schema }) => ({ name, schema: checkerSchema(schema) }));
      const answer = await ask<object>('check', sources, { schemas: readable, typed, strict, restricted: true });
      return answer.ok ? [] : answer.faults;
    },
    async format(sources) {
      const answer = await ask<{ files: readonly SourceFile[] }>('format', sources, {});
      if (!answer.ok) return answer;
      const before = new Map(sources.files.map(({ path, text }) => [path, text]));
      return {
        ok: true,
        files: answer.files.map((file) => ({ ...file, changed: before.get(file.path) !== file.text })),
      };
    },
    test({ run = '', coverage = false, timeoutMs = TEST_MS, time, ...sources }) {
      return ask<TestReport>('test', sources, { run, coverage, testTimeoutMs: timeoutMs }, time);
    },
    inspect: (sources) => ask<PolicyFacts>('inspect', sources, {}),
    async evaluate({ query, input, time, ...sources }) {
      if (input !== undefined && Buffer.byteLength(input) > limits.inputBytes) {
        throw new VerdictError('LIMIT_EXCEEDED', `the input exceeds the limit \`inputBytes\` (${limits.inputBytes})`);
      }
      return await ask<{ values: readonly QueryValue[]; printed: string }>('evaluate', sources, { query, input }, time);
    },
    async capabilities(of, regoVersion = 1) {
      const sources = { files: [], regoVersion };
      const answer = await ask<{ capabilities: Record<string, unknown> }>('capabilities', sources, {
        restricted: of === 'verdict',
      });
      if (!answer.ok)
        throw new VerdictError('TOOLCHAIN_FAILED', answer.faults.map(({ message }) => message).join('; '));
      return answer.capabilities;
    },
    async close() {
      process.close();
    },
  };
}

/** Nanoseconds since 1970 of an instant such as `2026-11-21T10:00:00.000Z`, to nine digits. */
function instant(time: string): bigint {
  const [, seconds, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
  const milliseconds = Date.parse(`${seconds}Z`);
  if (Number.isNaN(milliseconds)) {
    throw new VerdictError('USAGE', `${JSON.stringify(time)} is not an instant; write 2026-11-21T10:00:00Z`);
  }
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
