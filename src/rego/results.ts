import type { SourceFile } from './source.ts';

/** A file as `opa fmt` writes it; whether that differs from what was given. */
export interface FormattedFile extends SourceFile {
  readonly changed: boolean;
}

/** One test rule (`test_…`) and what became of it. */
export interface TestResult {
  /** With `data`: `data.rules.licence.allowed_test`. */
  readonly package: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly outcome: 'passed' | 'failed' | 'errored' | 'skipped';
  readonly durationNs: number;
  /** Why it errored; empty else: OPA does not say why a test fails. */
  readonly message: string;
  /** What `print` printed. */
  readonly printed: string;
  /** The rows of a table test (`test_x[row]`), by their path of names; empty for other tests. */
  readonly cases: readonly { readonly path: readonly string[]; readonly outcome: 'passed' | 'failed' }[];
}

/** A stretch of source; lines and columns count from 1, the end is exclusive. */
export interface CodeRange {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Which rule heads and expressions the tests evaluated; percentages are of lines, test files included, as OPA's. */
export interface Coverage {
  readonly percent: number;
  readonly files: readonly {
    readonly path: string;
    readonly percent: number;
    readonly covered: readonly CodeRange[];
    readonly notCovered: readonly CodeRange[];
  }[];
}

/** What a test run found, in the order of the sources. */
export interface TestReport {
  readonly results: readonly TestResult[];
  /** Only where it was asked for. */
  readonly coverage?: Coverage;
}

/** A solution of a query: the value of its last expression. */
export interface QueryValue {
  /** Rego value text: JSON with sets and keys of any type. */
  readonly text: string;
  /** JSON text, as OPA converts values: sets as sorted arrays. */
  readonly json: string;
}

/** A place in a source file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A METADATA block that applies to a rule. */
export interface AnnotationFact {
  readonly scope: 'rule' | 'document' | 'package' | 'subpackages';
  readonly title: string;
  readonly description: string;
  readonly entrypoint: boolean;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly at: Place;
}

/** One definition of a rule; a rule with several bodies has several. */
export interface RuleFact {
  readonly name: string;
  readonly kind: 'complete' | 'set' | 'object' | 'function';
  readonly default: boolean;
  readonly at: Place;
  /** Nearest first: rule, document, package, packages above. */
  readonly annotations: readonly AnnotationFact[];
}

/** A reference as written: the name of its head, then each segment; null where that is not a constant string. */
export interface RefFact {
  readonly path: readonly (string | null)[];
  readonly at: Place;
}

/** A name or string constant and where it stands. */
export interface WordFact {
  readonly text: string;
  readonly at: Place;
}

/** What one Rego file is made of. */
export interface FileFact {
  readonly path: string;
  /** Without `data`. */
  readonly package: readonly string[];
  readonly at: Place;
  readonly imports: readonly RefFact[];
  readonly rules: readonly RuleFact[];
  /** What rules read: neither rule heads nor the targets of `with`. */
  readonly refs: readonly RefFact[];
  /** Functions called; infix operators are not among them. */
  readonly calls: readonly WordFact[];
  readonly strings: readonly WordFact[];
}

/** A data file: where its directory puts it under `data`, and its keys. */
export interface DataFact {
  readonly path: string;
  readonly under: readonly string[];
  readonly keys: readonly string[];
}

/** What the sources are made of, as written: nothing is compiled, so other files may be missing. */
export interface PolicyFacts {
  readonly files: readonly FileFact[];
  readonly data: readonly DataFact[];
}
