/** A worker for threads.ts: it says that it is ready, then never finishes, ends, or has no answer, as the bundle's text says. */
interface Task {
  readonly signed: { readonly bundle: Uint8Array };
}

export default (task: Task | undefined): unknown => {
  if (task === undefined) return undefined;
  const text = Buffer.from(task.signed.bundle).toString();
  while (text === 'spin') Math.random();
  if (text === 'end') process.exit(1);
  if (text === 'throw') throw new Error('no');
  return undefined;
};
