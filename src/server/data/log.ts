import type { ErrorFacts } from '../../errors.ts';
import { type JsonMember, layOut, objectText } from './json-text.ts';

/** One decision, as it is recorded. */
export interface DecisionEvent {
  readonly labels: Readonly<Record<string, string>>;
  readonly decisionId: string;
  readonly batchDecisionId?: string;
  readonly bundles: Readonly<Record<string, { readonly revision: string }>>;
  /** Without a leading slash. */
  readonly path: string;
  /** JSON text; valid only while it is recorded. Missing: the caller sent none. */
  readonly input?: Uint8Array;
  /** JSON text; valid only while it is recorded. Missing: undefined, or a fault. */
  readonly result?: Uint8Array;
  readonly error?: ErrorFacts;
  readonly requestedBy: string;
  readonly timestamp: Date;
  /** By OPA's names, nanoseconds. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly requestId: number;
}

/** Where decisions are recorded. */
export interface DecisionLog {
  /** Never throws and never waits: an event that cannot be recorded is dropped and counted. */
  record(event: DecisionEvent): void;
  /** Events lost since the start. */
  readonly dropped: number;
}

export interface EventOptions {
  /** Whether inputs are recorded: they may be large, and are the caller's. Default false. */
  readonly inputs?: boolean;
}

/** Bytes of an input, and of a result, up to which it is recorded: some hundred findings, not whole SBOMs. */
export const MAX_RECORDED_BYTES = 1024 * 1024;

/**
 * An event as one line of JSON in OPA's format
 * (https://www.openpolicyagent.org/docs/management-decision-logs#decision-log-service-api), its end included. What is
 * left out is named in `erased` by JSON pointer.
 */
export function eventLine(event: DecisionEvent, { inputs = false }: EventOptions = {}): string {
  const { input, result } = event;
  const keepsInput = input !== undefined && inputs && input.byteLength <= MAX_RECORDED_BYTES;
  const keepsResult = result !== undefined && result.byteLength <= MAX_RECORDED_BYTES;
  const erased = [
    ...(input !== undefined && !keepsInput ? ['/input'] : []),
    ...(result !== undefined && !keepsResult ? ['/result'] : []),
  ];
  const members: (JsonMember | undefined)[] = [
    ['labels', JSON.stringify(event.labels)],
    ['decision_id', JSON.stringify(event.decisionId)],
    text('batch_decision_id', event.batchDecisionId),
    ['bundles', JSON.stringify(event.bundles)],
    ['path', JSON.stringify(event.path)],
    keepsInput ? ['input', oneLine(input)] : undefined,
    keepsResult ? ['result', oneLine(result)] : undefined,
    erased.length > 0 ? ['erased', JSON.stringify(erased)] : undefined,
    event.error === undefined ? undefined : ['error', errorText(event.error)],
    ['requested_by', JSON.stringify(event.requestedBy)],
    ['timestamp', JSON.stringify(event.timestamp.toISOString())],
    ['metrics', JSON.stringify(event.metrics)],
    ['req_id', String(event.requestId)],
  ];
  return `${objectText(members.filter((member) => member !== undefined)).toString()}\n`;
}

const text = (name: string, value: string | undefined): JsonMember | undefined =>
  value === undefined ? undefined : [name, JSON.stringify(value)];

/** A caller's JSON may have line ends between its values, which would cut the event in two. */
const oneLine = (json: Uint8Array): string => layOut(new TextDecoder().decode(json), '');

const errorText = ({ code, message }: ErrorFacts): string => JSON.stringify({ code, message });

/**
 * A log that writes each event at once.
 *
 * @param write takes one line with its end, such as `process.stdout.write`
 */
export class ConsoleLog implements DecisionLog {
  readonly #write: (line: string) => void;
  readonly #options: EventOptions;
  #dropped = 0;

  constructor(write: (line: string) => void, options: EventOptions = {}) {
    this.#write = write;
    this.#options = options;
  }

  get dropped(): number {
    return this.#dropped;
  }

  record(event: DecisionEvent): void {
    try {
      this.#write(eventLine(event, this.#options));
    } catch {
      this.#dropped++;
    }
  }
}
