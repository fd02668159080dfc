/** Options of every command that looks at a subject. */
export interface SubjectOptions {
  readonly config?: string;
  readonly evidence?: readonly string[];
  readonly platform?: readonly string[];
  readonly plainHttp?: readonly string[];
  readonly time?: Date;
  readonly namespace?: string;
  readonly parameter?: readonly string[];
  readonly output: 'text' | 'json';
}

/** Options of commands that also decide. */
export interface DecisionOptions extends SubjectOptions {
  readonly policy?: string;
  readonly rules?: readonly string[];
  readonly profile?: string;
}
