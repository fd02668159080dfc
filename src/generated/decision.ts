// Generated from schemas/decision.schema.json by `npm run generate`.

/** One thing the policy says. */
export interface Finding {
  /** `area.rule` of the starter policy, a code of the error catalogue, or the policy's own. */
  readonly code: string;
  /** What is wrong, for a person; at most 1 KiB. */
  readonly msg: string;
  /** `critical`, `high`, `medium`, `low`, `info`, or empty. */
  readonly severity: '' | 'critical' | 'high' | 'medium' | 'low' | 'info';
  /** Short name of the rule. */
  readonly title: string;
  /** What the rule asks for. */
  readonly description: string;
  /** What a person can do. */
  readonly solution: string;
  /** What it is about within the subject: a package, a licence, an identity. */
  readonly term: string;
  /** RFC 3339; the rule denies from then on. */
  readonly effective_on: string;
  /** Rule sets that contain the rule. */
  readonly collections: readonly string[];
  /** Digest of what it speaks of. */
  readonly subject: string;
  /** Digests of the artifacts it rests on. */
  readonly evidence: readonly string[];
  /** Name of the policy that says so, where two decided together; empty otherwise. */
  readonly policy: string;
  /** Whatever else the policy said. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** One thing the policy says. */
export interface Exception {
  /** `area.rule` of the starter policy, a code of the error catalogue, or the policy's own. */
  readonly code: string;
  /** What is wrong, for a person; at most 1 KiB. */
  readonly msg: string;
  /** `critical`, `high`, `medium`, `low`, `info`, or empty. */
  readonly severity: '' | 'critical' | 'high' | 'medium' | 'low' | 'info';
  /** Short name of the rule. */
  readonly title: string;
  /** What the rule asks for. */
  readonly description: string;
  /** What a person can do. */
  readonly solution: string;
  /** What it is about within the subject: a package, a licence, an identity. */
  readonly term: string;
  /** RFC 3339; the rule denies from then on. */
  readonly effective_on: string;
  /** Rule sets that contain the rule. */
  readonly collections: readonly string[];
  /** Digest of what it speaks of. */
  readonly subject: string;
  /** Digests of the artifacts it rests on. */
  readonly evidence: readonly string[];
  /** Name of the policy that says so, where two decided together; empty otherwise. */
  readonly policy: string;
  /** Whatever else the policy said. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** RFC 3339; until then it is waived. */
  readonly until: string;
  /** Why it is waived. */
  readonly reason: string;
  /** Where that was decided. */
  readonly reference: string;
}

/** What the policy says, in canonical form. */
export interface Decision {
  /** True only if the policy said so, well-formed and without a violation. */
  readonly allow: boolean;
  /** Why not. Sorted by code, subject, term, msg. */
  readonly violations: readonly Finding[];
  /** What will deny later or should be looked at. */
  readonly warnings: readonly Finding[];
  /** What was waived. */
  readonly exceptions: readonly Exception[];
  /** RFC 3339; this decision must not be used afterwards; empty: no such time. */
  readonly expires: string;
  /** How many findings were left out by a limit. */
  readonly truncated: number;
  /** Whatever else the policy said. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A decision and what the host adds beside it. */
export interface Answer {
  readonly decision: Decision;
  /** The violations' texts joined; empty where it is allowed. */
  readonly message: string;
  /** What was decided about. */
  readonly subject: {
    /** Canonical reference with digest. */
    readonly reference: string;
    /** As it was asked for. */
    readonly requested: string;
    /** Its digest. */
    readonly digest: string;
    /** Digests of the targets. */
    readonly targets: readonly string[];
  };
  /** Which policies decided. */
  readonly policies: ReadonlyArray<{
    /** Its name. */
    readonly name: string;
    /** Where it is configured. */
    readonly scope: 'cluster' | 'namespace';
    /** Revision of its bundle. */
    readonly revision: string;
    /** Digest of its policy.wasm. */
    readonly digest: string;
    /** Digest of its data. */
    readonly data: string;
  }>;
  /** The instant of the decision. */
  readonly time: string;
  /** Identifier of this decision: hash of evidence, policies and time. */
  readonly id: string;
  /** Whether it was reused. */
  readonly cached: {
    /** Milliseconds since it was made; 0: just now. */
    readonly age: number;
    /** RFC 3339; empty: not cached. */
    readonly expires: string;
  };
  /** Milliseconds per step. */
  readonly durations: Readonly<Record<string, number>>;
}
