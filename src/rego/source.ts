import { VerdictError } from '../errors.ts';

/** A file of Rego or data. */
export interface SourceFile {
  /** Relative, with slashes: how people see it, and where it stands in the bundle. */
  readonly path: string;
  readonly text: string;
}

/** One thing wrong with the sources. */
export interface Fault {
  /** OPA's own (`rego_parse_error`, `rego_type_error` …), one of ours (`source_invalid`), or a lint rule's name. */
  readonly code: string;
  readonly message: string;
  /** Empty where no file is to blame. */
  readonly file: string;
  /** Both count from 1; 0 where no place is known. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
}

/** What is wrong instead of a result. */
export interface Refusal {
  readonly ok: false;
  readonly faults: readonly Fault[];
}

/** The limits of one call; reaching one is an error with LIMIT_EXCEEDED that names it. */
export interface ToolchainLimits {
  /** Milliseconds of one call: type checking is exponential in the nesting of comprehensions. */
  readonly callMs: number;
  /** Milliseconds of a whole test run; each test has a limit of its own besides. */
  readonly testRunMs: number;
  /** Most files of one call; the largest public policy collections have some hundreds. */
  readonly files: number;
  /** Bytes of all files of one call: OPA takes about ten times as much memory. */
  readonly sourceBytes: number;
  /** Bytes of the input of an evaluation, for the same reason. */
  readonly inputBytes: number;
  /** Bytes of memory that the program may use. */
  readonly memoryBytes: number;
}

const MIB = 1024 * 1024;

export const TOOLCHAIN_LIMITS: ToolchainLimits = {
  callMs: 60_000,
  testRunMs: 600_000,
  files: 4000,
  sourceBytes: 32 * MIB,
  inputBytes: 64 * MIB,
  memoryBytes: 1024 * MIB,
};

/** Paths end up in tar headers and messages; OPA itself sets no limit. */
const MAX_PATH_LENGTH = 512;

/** Names that OPA's bundle format gives a meaning besides `*.rego`. */
const DATA_NAME = /(?:^|\/)(?:data\.(?:json|ya?ml)|\.manifest)$/;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The file of these bytes, or the fault that they are not UTF-8. */
export function decodeSource(path: string, bytes: Uint8Array): SourceFile | Fault {
  try {
    return { path, text: decoder.decode(bytes) };
  } catch {
    return sourceFault(path, 'the file is not UTF-8; save it in that encoding');
  }
}

/**
 * What is wrong with files before anyone reads their text: paths that are absolute, leave the directory or stand
 * twice, and text that UTF-8 cannot hold. Throws LIMIT_EXCEEDED where there are too many or they are too large.
 */
export function sourceFaults(
  files: readonly SourceFile[],
  data: readonly SourceFile[],
  limits: ToolchainLimits,
): readonly Fault[] {
  const all = [...files, ...data];
  if (all.length > limits.files) {
    throw new VerdictError('LIMIT_EXCEEDED', `${all.length} policy files; the limit \`files\` is ${limits.files}`);
  }
  let bytes = 0;
  for (const { text } of all) bytes += Buffer.byteLength(text);
  if (bytes > limits.sourceBytes) {
    throw new VerdictError(
      'LIMIT_EXCEEDED',
      `${bytes} bytes of policy files; the limit \`sourceBytes\` is ${limits.sourceBytes}`,
    );
  }
  const seen = new Set<string>();
  const faults: Fault[] = [];
  for (const file of all) {
    const complaint = seen.has(file.path) ? 'two files have this path' : complaintAbout(file);
    if (complaint !== undefined) faults.push(sourceFault(file.path, complaint));
    seen.add(file.path);
  }
  for (const { path } of files) {
    if (!path.endsWith('.rego')) faults.push(sourceFault(path, 'the name of a Rego file ends with .rego'));
  }
  for (const { path } of data) {
    if (!DATA_NAME.test(path)) faults.push(sourceFault(path, 'a data file is called data.json or data.yaml'));
  }
  return faults;
}

function complaintAbout({ path, text }: SourceFile): string | undefined {
  if (path === '' || path.length > MAX_PATH_LENGTH) return `a path has 1 to ${MAX_PATH_LENGTH} characters`;
  if (/[\\\p{Cc}]/u.test(path) || !path.isWellFormed()) return 'a path has no control characters and no backslashes';
  if (path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'a path is relative and stays inside the directory';
  }
  if (!text.isWellFormed()) return 'the text has half a surrogate pair and cannot be written as UTF-8';
  return undefined;
}

function sourceFault(file: string, message: string): Fault {
  return { code: 'source_invalid', message, file, line: 1, column: 1, severity: 'error' };
}
