import type { Value } from './value.ts';

/** A type in OPA's capabilities: the JSON of `v1/types` (string, number, boolean, null, any, array, set, object, function). */
export type TypeDecl =
  | { readonly type: 'null' | 'boolean' | 'number' | 'string'; readonly description?: string }
  | { readonly type: 'any'; readonly of?: readonly TypeDecl[] }
  | { readonly type: 'array'; readonly static?: readonly TypeDecl[]; readonly dynamic?: TypeDecl }
  | { readonly type: 'set'; readonly of?: TypeDecl }
  | {
      readonly type: 'object';
      readonly static?: readonly { readonly key: string; readonly value: TypeDecl }[];
      readonly dynamic?: { readonly key: TypeDecl; readonly value: TypeDecl };
    };

/** The signature of a built-in as it stands in OPA's capabilities. */
export interface BuiltinDecl {
  readonly type: 'function';
  readonly args?: readonly TypeDecl[];
  readonly result: TypeDecl;
}

/** What a built-in may know besides its arguments. */
export interface BuiltinContext {
  /** The instant of the decision: nanoseconds since 1970-01-01T00:00:00Z. */
  readonly timeNs: bigint;
}

/** One built-in function of Rego. */
export interface Builtin {
  readonly name: string;
  readonly decl: BuiltinDecl;
  /** Its result follows from its arguments alone; false only for `time.now_ns`. */
  readonly pure: boolean;
  /**
   * The result, or undefined where OPA's own would report an error: in a policy the call is then undefined.
   * It may also throw for that; the host turns a throw into undefined.
   */
  call(args: readonly Value[], context: BuiltinContext): Value | undefined;
}
