import { workerData } from 'piscina';
import { createExaminer } from './examiner.ts';
import type { Finding, Signed } from './finding.ts';

/** What a thread is asked; without a signature it only says that it is there. */
export interface Task {
  readonly signed: Signed;
  readonly time: Date;
}

const examiner = createExaminer(workerData);

export default async (task: Task | undefined): Promise<Finding | undefined> =>
  task && (await examiner.examine(task.signed, task.time));
