import { numberAt, refused } from './operands.ts';
import { RegoNumber, type Value } from './value.ts';

/** Most numbers of one range. OPA would go on until its memory ends. */
const MAX_RANGE = 1_000_000n;

/** `numbers.range_step(from, to, step)`: up or down, both ends included. */
export function rangeStep(args: readonly Value[]): Value {
  const [from, to, step] = [0, 1, 2].map((i) => numberAt(args, i).toBigInt());
  if (from === undefined || to === undefined || step === undefined) throw refused('the operands must be integers');
  if (step <= 0n) throw refused('the step must be positive');
  const distance = from <= to ? to - from : from - to;
  if (distance / step >= MAX_RANGE) throw refused(`a range has more than ${MAX_RANGE} numbers`);
  const numbers: Value[] = [];
  for (let way = 0n; way <= distance; way += step) numbers.push(RegoNumber.of(from <= to ? from + way : from - way));
  return numbers;
}
