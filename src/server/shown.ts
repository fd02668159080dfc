import { VerdictError } from '../errors.ts';

/** What of a decision goes back to Gatekeeper. */
export type Shown =
  /** Our decision alone. */
  | { readonly kind: 'decision' }
  /** `reports`: what verifiers said, for Rego that decides there; `both`: beside our decision. */
  | ({ readonly kind: 'reports' | 'both' } & Trim);

/** How much of the reports goes back: Gatekeeper keeps all of it in memory. */
export interface Trim {
  /** Types of which reports and documents are wanted, one `*` at the end of each allowed; empty: all. */
  readonly types: readonly string[];
  /** Whether documents go with the reports. */
  readonly documents: boolean;
  /** Whether our policy is asked too. */
  readonly advice: boolean;
  /** Bytes for one key. */
  readonly maxBytes: number;
}

export interface ShownSettings {
  readonly passthrough: boolean;
  /** Whether our policy is asked where somebody else decides. */
  readonly advice: boolean;
  /** Bytes of reports and documents for one key. */
  readonly reportBytes: number;
}

/** Of a request without a query, made once for each settings. */
const plain = new WeakMap<ShownSettings, Shown>();
const PARAMETERS = ['advice', 'documents', 'maxBytes', 'passthrough', 'reports', 'types'];
const MAX_TYPES = 100;

/** What a request's query asks for, within the settings. Throws USAGE for what it does not know. */
export function shownOf(query: Readonly<Record<string, unknown>>, settings: ShownSettings): Shown {
  for (const _ in query) return asked(query, settings);
  const known = plain.get(settings) ?? asked({}, settings);
  plain.set(settings, known);
  return known;
}

function asked(query: Readonly<Record<string, unknown>>, settings: ShownSettings): Shown {
  const unknown = Object.keys(query).filter((name) => !PARAMETERS.includes(name));
  if (unknown.length > 0)
    throw usage(`the query knows ${PARAMETERS.join(', ')}, not ${unknown.join(', ').slice(0, 100)}`);
  const passthrough = flag(query, 'passthrough', settings.passthrough);
  // Who set `server.passthrough` did not mean our policy to decide.
  if (settings.passthrough && !passthrough) throw usage('`passthrough` is set by `server.passthrough`');
  const reports = flag(query, 'reports', false);
  if (!passthrough && !reports) return { kind: 'decision' };
  return {
    kind: passthrough ? 'reports' : 'both',
    types: list(query.types),
    documents: flag(query, 'documents', passthrough),
    advice: !passthrough || flag(query, 'advice', settings.advice),
    maxBytes: bytes(query.maxBytes, settings.reportBytes),
  };
}

const usage = (message: string): VerdictError => new VerdictError('USAGE', message);

function flag(query: Readonly<Record<string, unknown>>, name: string, otherwise: boolean): boolean {
  const value = query[name];
  if (value === undefined) return otherwise;
  if (value !== 'true' && value !== 'false') throw usage(`\`${name}\` is \`true\` or \`false\``);
  return value === 'true';
}

function list(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const types = typeof value === 'string' ? value.split(',') : [];
  if (types.length === 0 || types.length > MAX_TYPES || types.some((type) => !/^[^*,]+\*?$/.test(type))) {
    throw usage(
      `\`types\` is a list of at most ${MAX_TYPES} types with commas between them, one \`*\` at the end of each`,
    );
  }
  return types;
}

function bytes(value: unknown, most: number): number {
  if (value === undefined) return most;
  if (typeof value !== 'string' || !/^[1-9][0-9]{0,9}$/.test(value)) throw usage('`maxBytes` is a number of bytes');
  return Math.min(Number(value), most);
}
