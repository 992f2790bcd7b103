import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EngineBug } from '../../core/errors.ts';
import { checksum } from './digest.ts';
import { EventQueue } from './event-queue.ts';
import { SimKernel } from './kernel.ts';

interface Event {
  readonly at: number;
  readonly priority: number;
}
/** Runs events whose targets get their ids in order of scheduling; the order in which they fired, and the digest. */
function play(
  events: readonly Event[],
  queue = new EventQueue(),
): { readonly order: number[]; readonly digest: string } {
  const kernel = new SimKernel(queue);
  const order: number[] = [];
  for (const { at, priority } of events) {
    const id = kernel.nextId();
    kernel.schedule(at, { id, fire: () => order.push(id) }, priority);
  }
  while (kernel.step());
  return { order, digest: kernel.digest };
}

it('fires at one instant by priority, then in the order of scheduling', () => {
  const { order } = play([
    { at: 5, priority: 1 },
    { at: 5, priority: 0 },
    { at: 3, priority: 9 },
    { at: 5, priority: 0 },
  ]);
  expect(order).toEqual([3, 2, 4, 1]);
});

it('gives an event that is scheduled at the present instant its place behind the others', () => {
  const kernel = new SimKernel(new EventQueue());
  const order: string[] = [];
  const late = { id: kernel.nextId(), fire: () => order.push('late') };
  kernel.schedule(2, { id: kernel.nextId(), fire: () => (order.push('first'), kernel.schedule(0, late)) });
  kernel.schedule(2, { id: kernel.nextId(), fire: () => order.push('second') });
  while (kernel.step());
  expect(order).toEqual(['first', 'second', 'late']);
  expect([kernel.nowUs, kernel.events]).toEqual([2, 3]);
});

it('refuses a delay that is negative or no whole number of microseconds, and a priority out of range', () => {
  const kernel = new SimKernel(new EventQueue());
  const target = { id: kernel.nextId(), fire: () => undefined };
  for (const delay of [-1, 0.5, NaN, Infinity]) expect(() => kernel.schedule(delay, target)).toThrow(EngineBug);
  for (const priority of [-1, 0.5, 4096]) expect(() => kernel.schedule(0, target, priority)).toThrow(EngineBug);
});

it('changes its digest with the time, the priority or the target of any event', () => {
  const events = fc.array(fc.record({ at: fc.nat(50), priority: fc.nat(3) }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(events, fc.nat(29), fc.constantFrom('at', 'priority'), (list, pick, field) => {
      const index = pick % list.length;
      const changed = list.map((event, at) => (at === index ? { ...event, [field]: event[field] + 1 } : event));
      expect(play(changed).digest).not.toBe(play(list).digest);
      expect(play([...list, { at: 0, priority: 0 }]).digest).not.toBe(play(list).digest);
      expect(play(list.slice(1)).digest).not.toBe(play(list).digest);
    }),
    { seed: 2, numRuns: 300 },
  );
});

it('changes its digest when two events of one instant change places', () => {
  const inOrder = play([
    { at: 5, priority: 0 },
    { at: 5, priority: 1 },
  ]);
  const swapped = play([
    { at: 5, priority: 1 },
    { at: 5, priority: 0 },
  ]);
  expect(swapped.order).toEqual([...inOrder.order].reverse());
  expect(swapped.digest).not.toBe(inOrder.digest);
});

it('gives the same digest over a queue that another kernel has left', () => {
  const queue = new EventQueue();
  const events = Array.from({ length: 400 }, (_, at) => ({ at: (at * 31) % 97, priority: at % 3 }));
  const fresh = play(events);
  play(events.slice(0, 333).reverse(), queue);
  queue.clear();
  expect(play(events, queue)).toEqual(fresh);
});

it('changes its digest with any byte of any sequence, its length and its order', () => {
  const folded = (...sequences: readonly Uint8Array[]): string => {
    const kernel = new SimKernel(new EventQueue());
    for (const bytes of sequences) kernel.foldBytes(bytes);
    return kernel.digest;
  };
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 70 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (bytes, pick, flip) => {
        const changed = Uint8Array.from(bytes);
        const at = pick % bytes.length;
        changed[at] = (bytes[at] ?? 0) ^ flip;
        expect(checksum(changed)).not.toBe(checksum(bytes));
        expect(folded(changed)).not.toBe(folded(bytes));
        expect(folded(bytes, changed)).not.toBe(folded(changed, bytes));
        expect(folded(Uint8Array.from([...bytes, 0]))).not.toBe(folded(bytes));
        expect(folded(bytes.subarray(1))).not.toBe(folded(bytes));
      },
    ),
    { seed: 3, numRuns: 500 },
  );
});

it('has an unchanging digest: golden values that show a change of the algorithm in review', () => {
  expect(play([]).digest).toMatchInlineSnapshot(`"1388a0fb85a5df7a"`);
  expect(play([{ at: 1, priority: 0 }]).digest).toMatchInlineSnapshot(`"ef8bfdcc222ac8eb"`);
  expect(play([{ at: 2 ** 40, priority: 3 }]).digest).toMatchInlineSnapshot(`"d471ff3c3635f5a3"`);
  expect([[], [0], [1, 2, 3, 4, 5]].map((bytes) => checksum(Uint8Array.from(bytes)))).toMatchInlineSnapshot(`
    [
      0,
      -1585187909,
      331732585,
    ]
  `);
});
