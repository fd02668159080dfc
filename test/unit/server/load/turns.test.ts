import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Shed } from '../../../../src/server/load/shed.ts';
import { type Ticket, Turns } from '../../../../src/server/load/turns.ts';

type Step =
  | { readonly kind: 'come'; readonly left: number }
  | { readonly kind: 'end'; readonly which: number; readonly took: number }
  | { readonly kind: 'leave'; readonly which: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('come' as const), left: fc.constantFrom(0, 10, 1000, Number.POSITIVE_INFINITY) }),
    fc.record({ kind: fc.constant('end' as const), which: fc.nat(), took: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }),
  ),
  { maxLength: 200 },
);

/** What should happen, kept beside what does. */
class World {
  readonly turns: Turns;
  readonly #most: number;
  readonly #room: number;
  readonly #tickets = new Map<number, Ticket>();
  readonly running: number[] = [];
  readonly started: number[] = [];
  readonly left: number[] = [];
  readonly refused: number[] = [];
  /** In order. */
  waiting: number[] = [];
  came = 0;
  now = 0;
  waits = 0;

  constructor(most: number, room: number) {
    this.#most = most;
    this.#room = room;
    const options = { running: most, waiting: room, clock: () => this.now };
    this.turns = new Turns(options, () => {
      this.waits++;
    });
  }

  take(step: Step): void {
    this.now++;
    switch (step.kind) {
      case 'come':
        this.#come(step.left);
        break;
      case 'end':
        this.#end(step.which, step.took);
        break;
      case 'leave':
        this.#leave(step.which);
        break;
    }
  }

  #come(left: number): void {
    const id = this.came++;
    const wait = this.turns.expectedWait;
    try {
      const ticket = this.turns.take(() => this.#start(id), left);
      if (ticket === undefined) {
        expect(this.running).toContain(id);
      } else {
        this.#tickets.set(id, ticket);
        this.waiting.push(id);
      }
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Shed);
      this.refused.push(id);
      expect(this.running).toHaveLength(this.#most);
      const { reason, code, retryable } = thrown as Shed;
      expect({ code, retryable }).toEqual({ code: 'LIMIT_EXCEEDED', retryable: true });
      if (reason === 'queue') expect(this.waiting).toHaveLength(this.#room);
      else expect({ reason, late: wait > left }).toEqual({ reason: 'patience', late: true });
    }
  }

  #start(id: number): void {
    const first = this.waiting.shift();
    if (first !== undefined) expect(id).toBe(first);
    this.running.push(id);
    this.started.push(id);
  }

  #end(which: number, took: number): void {
    if (this.running.length === 0) return;
    this.running.splice(which % this.running.length, 1);
    this.turns.end(took);
  }

  #leave(which: number): void {
    if (this.#tickets.size === 0) return;
    const ids = [...this.#tickets.keys()];
    const id = ids[which % ids.length] as number;
    this.#tickets.get(id)?.leave();
    // Who has begun cannot leave any more.
    if (!this.waiting.includes(id)) return;
    this.waiting = this.waiting.filter((one) => one !== id);
    this.left.push(id);
  }
}

describe('turns', () => {
  it('lose nobody, run no more than there is room for, and keep the order, whoever leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 6 }), steps, (most, room, taken) => {
        const world = new World(most, room);
        for (const step of taken) {
          world.take(step);
          expect(world.running.length).toBeLessThanOrEqual(most);
          expect(world.waiting.length).toBeLessThanOrEqual(room);
          expect(world.turns.running).toBe(world.running.length);
          expect(world.turns.waiting).toBe(world.waiting.length);
          // Nobody waits while there is room.
          if (world.waiting.length > 0) expect(world.running).toHaveLength(most);
        }
        while (world.running.length > 0) world.take({ kind: 'end', which: 0, took: 1 });
        expect(world.waiting).toEqual([]);
        const all = [...world.started, ...world.left, ...world.refused].sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: world.came }, (_, id) => id));
        expect(world.waits).toBeLessThanOrEqual(world.started.length);
      }),
      { numRuns: 500 },
    );
  });

  it('expect as long a wait as work took lately, shared by all that run', () => {
    const turns = new Turns({ running: 2, waiting: 10, clock: () => 0 });
    const start = () => undefined;
    turns.take(start, 0);
    turns.take(start, 0);
    expect(turns.expectedWait).toBe(0);
    turns.end(100);
    expect(turns.expectedWait).toBe(0);
    turns.take(start, 0);
    expect(turns.expectedWait).toBe(50);
    turns.take(start, 50);
    expect(turns.expectedWait).toBe(100);
    expect(() => turns.take(start, 99)).toThrow('100 ms');
    turns.take(start, 100);
    expect(turns.waiting).toBe(2);
  });

  it('tell how long each waited', () => {
    let now = 0;
    const waited: number[] = [];
    const turns = new Turns({ running: 1, waiting: 1, clock: () => now }, (ms) => waited.push(ms));
    turns.take(() => undefined, 0);
    turns.take(() => undefined, 0);
    now = 30;
    turns.end(1);
    turns.end(1);
    expect(waited).toEqual([30]);
  });
});
