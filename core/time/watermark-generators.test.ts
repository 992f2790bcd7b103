import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MIN_TIMESTAMP } from '../job/functions.ts';
import { EngineBug, JobError } from '../errors.ts';
import { SourceWatermarks } from './watermark-generators.ts';
import type { SplitWatermarks } from './watermark-generators.ts';

type Generated = [split: string, watermark: number][];
function perRecord(delayMs: number): { reader: SourceWatermarks; generated: Generated } {
  const generated: Generated = [];
  const reader = new SourceWatermarks({ kind: 'perRecord', delayMs }, (split, w) => generated.push([split, w]));
  return { reader, generated };
}

describe('a generator per record', () => {
  it('emits maxTimestamp - delay - 1 when that rises', () => {
    const { reader, generated } = perRecord(5);
    const split = reader.add('s');
    const watermarks = [10, 12, 11, 12, 20].map((timestamp) => {
      split.onRecord(timestamp);
      return reader.poll();
    });
    expect(watermarks).toEqual([4, 6, undefined, undefined, 14]);
    expect(generated).toEqual([
      ['s', 4],
      ['s', 6],
      ['s', 14],
    ]);
  });

  it('never falls below the beginning of event time', () => {
    const { reader } = perRecord(1_000);
    const split = reader.add('s');
    split.onRecord(MIN_TIMESTAMP + 5);
    expect(reader.poll()).toBe(undefined);
    expect(split.lastWatermark).toBe(MIN_TIMESTAMP);
  });

  it('refuses an event time that is no whole number', () => {
    const split = perRecord(0).reader.add('s');
    expect(() => split.onRecord(1.5)).toThrow(JobError);
    expect(() => split.onRecord(NaN)).toThrow(JobError);
  });
});

describe('a periodic generator', () => {
  it('emits the watermark of the records so far at each period, and nothing between', () => {
    const generated: Generated = [];
    const reader = new SourceWatermarks({ kind: 'periodic', delayMs: 0, periodMs: 200 }, (s, w) =>
      generated.push([s, w]),
    );
    const split = reader.add('s');
    reader.onPeriod();
    expect(reader.poll()).toBe(undefined);
    split.onRecord(10);
    split.onRecord(30);
    expect(reader.poll()).toBe(undefined);
    reader.onPeriod();
    expect(reader.poll()).toBe(29);
    reader.onPeriod();
    expect(reader.poll()).toBe(undefined);
    expect(generated).toEqual([['s', 29]]);
  });

  it('continues from the greatest timestamp of the snapshot, not from the last watermark', () => {
    const reader = new SourceWatermarks({ kind: 'periodic', delayMs: 0, periodMs: 200 }, () => undefined);
    const split = reader.add('s', { maxTimestamp: 30, lastWatermark: 9 });
    expect(reader.poll()).toBe(9);
    reader.onPeriod();
    expect(reader.poll()).toBe(29);
    expect(split.state()).toEqual({ maxTimestamp: 30, lastWatermark: 29 });
  });
});

it('no generator: no watermark', () => {
  const reader = new SourceWatermarks({ kind: 'none' }, () => expect.unreachable());
  reader.add('s').onRecord(10);
  reader.onPeriod();
  expect(reader.poll()).toBe(undefined);
});

describe('several splits', () => {
  it('a split counts from its registration, not from its first record', () => {
    const { reader } = perRecord(0);
    const a = reader.add('a');
    const b = reader.add('b');
    a.onRecord(100);
    expect(reader.poll()).toBe(undefined);
    b.onRecord(50);
    expect(reader.poll()).toBe(49);
    b.onRecord(200);
    expect(reader.poll()).toBe(99);
  });

  it('a split that comes later holds the watermark where it is, never lowers it', () => {
    const { reader } = perRecord(0);
    const a = reader.add('a');
    a.onRecord(100);
    expect(reader.poll()).toBe(99);
    const b = reader.add('b');
    a.onRecord(200);
    b.onRecord(60);
    expect(reader.poll()).toBe(undefined);
    b.onRecord(151);
    expect(reader.poll()).toBe(150);
  });

  it('a finished split is released; with none left nothing is emitted', () => {
    const { reader } = perRecord(0);
    const a = reader.add('a');
    const b = reader.add('b');
    a.onRecord(100);
    b.onRecord(10);
    expect(reader.poll()).toBe(9);
    b.finish();
    expect(reader.poll()).toBe(99);
    a.onRecord(120);
    a.finish();
    expect(reader.poll()).toBe(undefined);
    expect(() => a.finish()).toThrow(EngineBug);
  });

  it('an idle split does not hold the watermark back; its next record ends that', () => {
    const { reader } = perRecord(0);
    const a = reader.add('a');
    const b = reader.add('b');
    a.onRecord(100);
    b.setIdle(true);
    expect(reader.poll()).toBe(99);
    b.onRecord(50);
    expect(b.idle).toBe(false);
    a.onRecord(200);
    expect(reader.poll()).toBe(undefined);
  });

  it('the last split that goes idle flushes the maximum over all', () => {
    const { reader } = perRecord(0);
    const a = reader.add('a');
    const b = reader.add('b');
    a.onRecord(200);
    b.onRecord(50);
    expect(reader.poll()).toBe(49);
    a.setIdle(true);
    expect(reader.poll()).toBe(undefined);
    b.setIdle(true);
    expect(reader.poll()).toBe(199);
    a.finish();
    b.finish();
    expect(reader.poll()).toBe(undefined);
  });

  it('a reader without splits is idle from when it is told so until it has one', () => {
    const { reader } = perRecord(0);
    reader.poll();
    expect(reader.idle).toBe(false);
    reader.vacate();
    expect([reader.poll(), reader.idle]).toEqual([undefined, true]);
    const split = reader.add('a');
    expect([reader.poll(), reader.idle]).toEqual([undefined, false]);
    expect(() => {
      reader.vacate();
    }).toThrow(EngineBug);
    split.finish();
    expect([reader.poll(), reader.idle]).toEqual([undefined, false]);
  });

  it('an idle split emits nothing at a period', () => {
    const reader = new SourceWatermarks({ kind: 'periodic', delayMs: 0, periodMs: 10 }, () => undefined);
    const split = reader.add('a');
    split.onRecord(100);
    split.setIdle(true);
    reader.onPeriod();
    expect(reader.poll()).toBe(undefined);
    split.onRecord(90);
    expect(reader.poll()).toBe(undefined);
    reader.onPeriod();
    expect(reader.poll()).toBe(99);
  });

  it('W6: restored splits emit the minimum of their last watermarks before any record', () => {
    const { reader, generated } = perRecord(0);
    reader.add('a', { maxTimestamp: 101, lastWatermark: 100 });
    reader.add('b', { maxTimestamp: 51, lastWatermark: 50 });
    expect(reader.poll()).toBe(50);
    expect(generated).toEqual([
      ['a', 100],
      ['b', 50],
    ]);
  });

  it('a split is registered once', () => {
    const { reader } = perRecord(0);
    reader.add('a');
    expect(() => reader.add('a')).toThrow(EngineBug);
  });

  it('emit the running maximum of the minimum over the active ones, as recomputed from scratch', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('record' as const), split: fc.nat(4), t: fc.nat(40) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constantFrom('finish' as const, 'idle' as const, 'idle' as const),
          split: fc.nat(4),
          t: fc.constant(0),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('add' as const), split: fc.nat(4), t: fc.nat(20) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const { reader } = perRecord(3);
        const splits = new Map<number, SplitWatermarks>();
        const naive = new Map<number, { max: number; idle: boolean }>();
        let last = MIN_TIMESTAMP;
        for (const { do: what, split: id, t } of steps) {
          const split = splits.get(id);
          if (what === 'add' && split === undefined) {
            splits.set(id, reader.add(`${id}`, { maxTimestamp: t, lastWatermark: t - 4 }));
            naive.set(id, { max: t, idle: false });
          } else if (split !== undefined && what === 'record') {
            split.onRecord(t);
            naive.set(id, { max: Math.max(naive.get(id)!.max, t), idle: false });
          } else if (split !== undefined && what === 'idle') {
            split.setIdle(true);
            naive.set(id, { max: naive.get(id)!.max, idle: true });
          } else if (split !== undefined && what === 'finish') {
            split.finish();
            splits.delete(id);
            naive.delete(id);
          }
          const taking = [...naive.values()].filter((s) => !s.idle).map((s) => s.max - 4);
          const all = [...naive.values()].map((s) => s.max - 4);
          const combined = taking.length > 0 ? Math.min(...taking) : Math.max(MIN_TIMESTAMP, ...all);
          const expected = combined > last ? combined : undefined;
          expect(reader.poll()).toBe(expected);
          last = expected ?? last;
        }
      }),
      { seed: 43 },
    );
  });
});
