import type { SourceFile } from './source.ts';

/** What every call takes. */
export interface Sources {
  /** `*.rego`. */
  readonly files: readonly SourceFile[];
  /** `data.json`, `data.yaml` at any depth: the directory is the place under `data`. Also a `.manifest`. */
  readonly data?: readonly SourceFile[];
  /** The version of the language where a file does not say it: 1, unless told. */
  readonly regoVersion?: 0 | 1;
}

export interface BuildRequest extends Sources {
  /** Paths of rules or packages, with slashes and without `data`; those annotated `entrypoint: true` are added. */
  readonly entrypoints: readonly string[];
  readonly revision?: string;
  /** What of `data` the bundle owns; everything, unless told or said by a `.manifest`. */
  readonly roots?: readonly string[];
}

export interface CheckRequest extends Sources {
  /** JSON Schemas that annotations can name as `schema.<name>`. */
  readonly schemas?: readonly { readonly name: string; readonly schema: unknown }[];
  /** Documents typed in every package that does not say otherwise: `{ path: 'input', schema: 'evidence' }`. */
  readonly typed?: readonly { readonly path: string; readonly schema: string }[];
  /** Refuse unused variables and imports too; true, unless told. */
  readonly strict?: boolean;
}

export interface TestRequest extends Sources {
  /** A regular expression (RE2) of the full names of the tests to run: `data.<package>.<name>`. */
  readonly run?: string;
  readonly coverage?: boolean;
  /** Milliseconds for one test; 20,000, unless told. */
  readonly timeoutMs?: number;
  /** What `time.now_ns` returns: RFC 3339 in UTC. The present, unless told. */
  readonly time?: string;
}

export interface EvaluateRequest extends Sources {
  readonly query: string;
  /** JSON text; absent: `input` is undefined. */
  readonly input?: string;
  /** What `time.now_ns` returns: RFC 3339 in UTC. The present, unless told. */
  readonly time?: string;
}
