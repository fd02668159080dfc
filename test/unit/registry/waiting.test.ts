import { describe, expect, it } from 'vitest';
import { VerdictError } from '../../../src/errors.ts';
import { Flights, givenUp, Slots } from '../../../src/registry/waiting.ts';
import { waitFor } from '../../../src/waiting.ts';

const patience = new AbortController().signal;

/** A promise that is settled from outside. */
function gate<T = void>(): {
  readonly opened: Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (error: Error) => void;
} {
  let open: (value: T) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open: (value) => open(value), fail: (error) => fail(error) };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('waitFor', () => {
  it('ends the waiting when the signal is aborted', async () => {
    const controller = new AbortController();
    const waiting = waitFor(() => new Promise(() => {}), controller.signal, givenUp);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await expect(waitFor(() => Promise.resolve(1), controller.signal, givenUp)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });
});

describe('givenUp', () => {
  it('hands on an error of ours that the caller gave as reason', () => {
    const reason = new VerdictError('LIMIT_EXCEEDED', 'enough');
    expect(givenUp(AbortSignal.abort(reason))).toBe(reason);
  });
});

describe('Flights', () => {
  it('does work that several ask for once', async () => {
    const flights = new Flights<number>();
    let started = 0;
    const start = async () => ++started;
    await expect(Promise.all([1, 2, 3].map(() => flights.join('key', patience, start)))).resolves.toEqual([1, 1, 1]);
    await expect(flights.join('key', patience, start)).resolves.toBe(2);
  });

  it('goes on for the others when one gives up', async () => {
    const flights = new Flights<string>();
    const { opened, open } = gate<string>();
    const first = new AbortController();
    const one = flights.join('key', first.signal, () => opened);
    const other = flights.join('key', patience, () => Promise.resolve('started twice'));
    first.abort();
    await expect(one).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    open('done');
    await expect(other).resolves.toBe('done');
  });

  it('starts anew after a failure, which nobody need have waited for', async () => {
    const flights = new Flights<string>();
    const { opened, fail } = gate<string>();
    const gone = new AbortController();
    const one = flights.join('key', gone.signal, () => opened);
    gone.abort();
    await expect(one).rejects.toBeInstanceOf(VerdictError);
    fail(new Error('broken'));
    await settle();
    await expect(flights.join('key', patience, async () => 'better')).resolves.toBe('better');
  });
});

describe('Slots', () => {
  it('lets so many at a time pass per key, in order', async () => {
    const slots = new Slots(2);
    const gates = [gate(), gate(), gate()];
    const entered: number[] = [];
    const runs = gates.map(({ opened }, index) =>
      slots.run('host', patience, async () => {
        entered.push(index);
        await opened;
      }),
    );
    const elsewhere = slots.run('other', patience, async () => 'free');
    await expect(elsewhere).resolves.toBe('free');
    expect(entered).toEqual([0, 1]);
    gates[1]?.open();
    await settle();
    expect(entered).toEqual([0, 1, 2]);
    gates[0]?.open();
    gates[2]?.open();
    await Promise.all(runs);
  });

  it('gives the slot back when the work fails', async () => {
    const slots = new Slots(1);
    const failing = slots.run('host', patience, async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    await expect(slots.run('host', patience, async () => 'next')).resolves.toBe('next');
  });

  it('loses no slot to one who gives up while waiting, or just as the turn comes', async () => {
    const slots = new Slots(1);
    const { opened, open } = gate();
    const first = slots.run('host', patience, () => opened);
    const waiting = new AbortController();
    const late = new AbortController();
    const second = slots.run('host', waiting.signal, async () => 'second');
    const third = slots.run('host', late.signal, async () => 'third');
    waiting.abort();
    await expect(second).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const ended = first.then(() => late.abort());
    open();
    await ended;
    await third.catch(() => {});
    await expect(slots.run('host', patience, async () => 'fourth')).resolves.toBe('fourth');
  });
});
