import { readFileSync } from 'node:fs';

/** Memory of a process in MiB. */
export interface Memory {
  /** Resident now. */
  readonly rss: number;
  /** The most so far. */
  readonly peak: number;
}

const KIB_PER_MIB = 1024;
/** Of the clock that the kernel counts processor time by (`getconf CLK_TCK`). */
const MS_PER_TICK = 10;
/** https://www.kernel.org/doc/html/latest/filesystems/proc.html: utime, stime, and those of children that were waited for. */
const TIMES = [11, 12, 13, 14];

/** Undefined where the process is not known. */
export function memoryOf(pid: number | undefined): Memory | undefined {
  if (pid === undefined) return undefined;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / KIB_PER_MIB;
  return { rss: mib('VmRSS'), peak: mib('VmHWM') };
}

/** Milliseconds of processor time so far, that of its ended children included; undefined where the process is not known. */
export function processorTime(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return TIMES.reduce((sum, at) => sum + Number(fields[at]), 0) * MS_PER_TICK;
}
