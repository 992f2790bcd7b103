import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BarrierAction, createAlignedBarrierHandler } from './barrier-handler.ts';

it('blocks each channel at its barrier and snapshots at the last one', () => {
  const handler = createAlignedBarrierHandler(3);
  expect(handler.onBarrier(1, 1)).toEqual({ kind: 'block', channel: 1, abandoned: undefined });
  expect(handler.waitsFor).toEqual({ checkpoint: 1, channels: [0, 2] });
  expect(handler.onBarrier(0, 1)).toEqual({ kind: 'block', channel: 0, abandoned: undefined });
  expect(handler.onBarrier(2, 1)).toEqual({ kind: 'snapshot', checkpoint: 1, abandoned: undefined });
  expect(handler.waitsFor).toBeUndefined();
});

it('a barrier of a finished or an older checkpoint is obsolete', () => {
  const handler = createAlignedBarrierHandler(1);
  handler.onBarrier(0, 2);
  expect(handler.onBarrier(0, 2).kind).toBe('obsolete');
  expect(handler.onBarrier(0, 1).kind).toBe('obsolete');
});

it('a newer barrier abandons a pending checkpoint', () => {
  const handler = createAlignedBarrierHandler(2);
  handler.onBarrier(0, 1);
  expect(handler.onBarrier(1, 2)).toEqual({ kind: 'block', channel: 1, abandoned: 1 });
  expect(handler.onBarrier(0, 2)).toEqual({ kind: 'snapshot', checkpoint: 2, abandoned: undefined });
});

it('an abort before the barrier is remembered: the barrier is obsolete when it comes', () => {
  const handler = createAlignedBarrierHandler(2);
  expect(handler.onAbort(1)).toEqual({ kind: 'abort', checkpoint: 1 });
  expect(handler.onBarrier(0, 1).kind).toBe('obsolete');
  expect(handler.onAbort(1).kind).toBe('obsolete');
});

it('decides as a reference does that keeps every event and decides by definition', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('barrier' as const), channel: fc.nat(2), checkpoint: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('abort' as const), checkpoint: fc.integer({ min: 1, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (events) => {
      const handler = createAlignedBarrierHandler(3);
      // By definition: the newest id seen in any event, whether it was aborted or completed, and who sent its barrier.
      const over = new Set<number>();
      const arrived = new Map<number, Set<number>>();
      let newest = 0;
      for (const { kind, checkpoint, ...rest } of events) {
        const obsolete = checkpoint < newest || over.has(checkpoint);
        const pendingBefore = newest > 0 && !over.has(newest) ? newest : undefined;
        let action: BarrierAction;
        let expected: BarrierAction['kind'];
        if (kind === 'abort') {
          action = handler.onAbort(checkpoint);
          expected = obsolete ? 'obsolete' : 'abort';
          if (!obsolete) over.add(checkpoint);
        } else {
          const channel = 'channel' in rest ? rest.channel : 0;
          action = handler.onBarrier(channel, checkpoint);
          if (obsolete) {
            expected = 'obsolete';
          } else {
            const channels = arrived.get(checkpoint) ?? new Set<number>();
            arrived.set(checkpoint, channels.add(channel));
            expected = channels.size === 3 ? 'snapshot' : 'block';
            if (channels.size === 3) over.add(checkpoint);
          }
        }
        expect(action.kind).toBe(expected);
        if (!obsolete) newest = checkpoint;
        if (action.kind === 'block' || action.kind === 'snapshot') {
          expect(action.abandoned).toBe(pendingBefore === checkpoint ? undefined : pendingBefore);
        }
      }
    }),
    { seed: 7, numRuns: 500 },
  );
});
