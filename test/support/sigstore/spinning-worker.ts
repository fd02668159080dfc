/** A worker for threads.ts: it says that it is ready, then never finishes, ends, or has no answer, as the first bundle's text says. */
interface Task {
  readonly signed: { readonly bundle: Uint8Array };
}

export default ([task]: readonly Task[]): readonly unknown[] => {
  if (task === undefined) return [];
  const text = Buffer.from(task.signed.bundle).toString();
  while (text === 'spin') Math.random();
  if (text === 'end') process.exit(1);
  if (text === 'throw') throw new Error('no');
  return [];
};
