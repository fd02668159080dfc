import type { LoadedConfig } from '../../config/load.ts';
import type { ReadyPolicy } from '../../config/policy.ts';
import type { ProbeStep, RegistryProbe } from '../../config/probe.ts';
import type { ErrorCode, VerdictError } from '../../errors.ts';
import type { Reference } from '../../reference.ts';
import type { Io } from '../io.ts';

/** One line of the doctor. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'fault';
  readonly text: string;
  /** What to do next; empty where all is well. */
  readonly next: string;
  /** Of the error catalogue, or `DENIED`; empty where there is none. */
  readonly code: ErrorCode | 'DENIED' | '';
  /** Milliseconds that it took; undefined where that says nothing. */
  readonly ms?: number;
}

export const ok = (text: string, ms?: number): Finding => ({
  level: 'ok',
  text,
  next: '',
  code: '',
  ...(ms !== undefined && { ms }),
});

export const warning = (text: string, next: string): Finding => ({ level: 'warning', text, next, code: '' });

export const fault = (error: VerdictError, ms?: number): Finding => ({
  level: 'fault',
  text: error.message,
  next: error.remedy,
  code: error.code,
  ...(ms !== undefined && { ms }),
});

/** What of the machine a check looks at. */
export interface Machine {
  readonly nodeVersion: string;
  readonly processors: number;
  /** Bytes that this process may use, and of them those that are free. */
  readonly memory: { readonly total: number; readonly free: number };
  /** Whether a file can be made in a directory, which is made where it is missing. Throws what the file system throws. */
  readonly tryWriting: (directory: string) => Promise<void>;
  /** Listens on the address and port, and ends it at once. Throws what listening throws. */
  readonly tryListening: (address: string, port: number) => Promise<void>;
}

/** What checks have in common. What is made is made once, however many ask. */
export interface Patient {
  readonly loaded: LoadedConfig;
  readonly io: Io;
  readonly machine: Machine;
  /** The image asked about; undefined: none. */
  readonly image: Reference | undefined;
  readonly policy: () => Promise<ReadyPolicy>;
  /** Every registry that matters, by its name in references; VerdictError: its settings cannot be used. */
  readonly registries: () => Promise<ReadonlyMap<string, RegistryProbe | VerdictError>>;
}

/** One thing that is looked at; what it throws is a fault. */
export interface Check {
  readonly name: string;
  /** `written`: faults are in what a person wrote, `met`: in what was met on the way to a decision. */
  readonly about: 'written' | 'met';
  readonly run: (patient: Patient) => Promise<readonly Finding[]>;
}

/** Milliseconds before its end from which a certificate is a warning: those of 90 days are renewed at 30. */
const EXPIRY_NEAR = 14 * 24 * 60 * 60_000;
const DAY = 24 * 60 * 60_000;

/** What one check found. */
export interface Section extends Pick<Check, 'name' | 'about'> {
  readonly findings: readonly Finding[];
}

/** What is wrong with a period of validity; undefined where nothing is. */
export function expiryFinding(
  what: string,
  { notBefore, notAfter }: { readonly notBefore?: Date; readonly notAfter: Date },
  now: Date,
): Finding | undefined {
  const renew = 'Renew it.';
  if (notBefore !== undefined && now < notBefore) {
    return warning(`${what} is not valid before ${notBefore.toISOString()}`, 'Check the clock of this machine.');
  }
  if (now > notAfter) return warning(`${what} has expired on ${notAfter.toISOString()}`, renew);
  const left = notAfter.getTime() - now.getTime();
  if (left > EXPIRY_NEAR) return undefined;
  return warning(`${what} expires on ${notAfter.toISOString()}, in ${Math.floor(left / DAY)} days`, renew);
}

/** The finding of one step of a probe. */
export function ofStep<T>(
  step: ProbeStep<T>,
  describe: (value: T, ms: number) => readonly Finding[],
): readonly Finding[] {
  switch (step.kind) {
    case 'done':
      return describe(step.value, step.ms);
    case 'fault':
      return [fault(step.error, step.ms)];
    case 'skipped':
      return [];
  }
}
