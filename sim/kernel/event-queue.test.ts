import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue, PRIORITIES } from './event-queue.ts';
import type { Target } from './types.ts';

const target = (id: number): Target => ({ id, fire: () => undefined });

interface Entry {
  readonly time: number;
  readonly priority: number;
  readonly id: number;
}
/** Pushes and pops in any mix; times collide often. */
const commands = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ time: fc.nat(20), priority: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.constant('pop' as const) },
  ),
  { maxLength: 700 },
);

function popped(queue: EventQueue): Entry {
  const { id } = queue.pop();
  return { time: queue.poppedTime, priority: queue.poppedPriority, id };
}

it('pops by time, then priority, then order of scheduling, as a naive sort does', () => {
  const reused = new EventQueue();
  fc.assert(
    fc.property(commands, (list) => {
      reused.clear();
      let naive: Entry[] = [];
      list.forEach((command, id) => {
        if (command === 'pop') {
          if (naive.length > 0) expect(popped(reused)).toEqual(naive.shift());
          return;
        }
        reused.push(command.time, command.priority, target(id));
        // Stable: entries of one time and priority stay in the order of scheduling.
        naive = [...naive, { ...command, id }].sort((x, y) => x.time - y.time || x.priority - y.priority);
      });
      expect(reused.size).toBe(naive.length);
      expect(reused.nextTime()).toBe(naive[0]?.time ?? Infinity);
      for (const entry of naive) expect(popped(reused)).toEqual(entry);
    }),
    { seed: 1, numRuns: 200 },
  );
});

it('grows far beyond its first capacity and keeps the order', () => {
  const queue = new EventQueue();
  for (let id = 0; id < 5000; id++) queue.push((id * 7919) % 5003, 0, target(id));
  let last = -1;
  for (let count = 0; count < 5000; count++) {
    const { time } = popped(queue);
    expect(time).toBeGreaterThanOrEqual(last);
    last = time;
  }
  expect(queue.size).toBe(0);
});

it('keeps apart the largest priority and the times of a very long run', () => {
  const queue = new EventQueue();
  const late = 2 ** 52;
  queue.push(late, PRIORITIES - 1, target(1));
  queue.push(late, 0, target(2));
  queue.push(late - 1, PRIORITIES - 1, target(3));
  expect([popped(queue), popped(queue), popped(queue)]).toEqual([
    { time: late - 1, priority: PRIORITIES - 1, id: 3 },
    { time: late, priority: 0, id: 2 },
    { time: late, priority: PRIORITIES - 1, id: 1 },
  ]);
});

it('keeps no event over a clear', () => {
  const queue = new EventQueue();
  for (let id = 0; id < 300; id++) queue.push(300 - id, 0, target(id));
  queue.clear();
  expect(queue.size).toBe(0);
  queue.push(5, 0, target(7));
  expect(popped(queue)).toEqual({ time: 5, priority: 0, id: 7 });
  expect(() => queue.pop()).toThrow('empty');
});
