import { workerData } from 'piscina';
import { createExaminer } from './examiner.ts';
import type { Finding, Signed } from './finding.ts';

/** One signature. */
export interface Task {
  readonly signed: Signed;
  readonly time: Date;
}

const examiner = createExaminer(workerData);

/** What a thread is asked; with nothing to do it only says that it is there. */
export default async (tasks: readonly Task[]): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  for (const { signed, time } of tasks) findings.push(await examiner.examine(signed, time));
  return findings;
};
