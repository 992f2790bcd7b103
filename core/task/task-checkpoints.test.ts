import { describe, expect, it } from 'vitest';
import { encodeChannelState } from '../checkpoint/storage/channel-state.ts';
import { DEFAULT_JOB_CONFIG } from '../config.ts';
import { int32 } from '../job/types.ts';
import { inlineObjectOf } from '../state/handles.ts';
import { serializerOf } from '../values/serializers.ts';
import { barrierOf, recordOf, TaskHarness } from './testing/task-harness.ts';

/** All state goes into the object store. */
const STORED = { ...DEFAULT_JOB_CONFIG.checkpointing, inlineStateBytes: 0 };

describe('an aligned checkpoint', () => {
  it('blocks a channel at its barrier; the snapshot is taken when all have come', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, barrierOf(1), recordOf(1));
    harness.arrive(1, recordOf(10));
    harness.run();
    expect(harness.sent()).toEqual([11]);
    harness.arrive(1, barrierOf(1));
    harness.run();
    expect(harness.sent()).toEqual(['barrier 1', 2]);
    expect(harness.facts).toEqual(['barrier 1', 'blocked 0', 'record 10', 'barrier 1', 'unblocked 0', 'record 1']);
    expect(harness.reports).toEqual(['taskRunning', 'acknowledge 1']);
  });

  it('is aborted when a newer barrier arrives: a cancel marker is sent downstream in its place', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, barrierOf(1));
    harness.arrive(1, barrierOf(2));
    harness.run();
    expect(harness.sent()).toEqual(['cancel']);
    expect(harness.reports).toEqual(['taskRunning', 'decline 1 subsumed']);
    harness.arrive(0, barrierOf(2));
    harness.run();
    expect(harness.sent()).toEqual(['barrier 2']);
  });

  it('is skipped when the coordinator has aborted it before', () => {
    const harness = new TaskHarness().start();
    harness.task.post({ kind: 'notify-aborted', checkpoint: 1, latestCompleted: 0 });
    for (const channel of [0, 1]) harness.arrive(channel, barrierOf(1));
    harness.run();
    expect(harness.sent()).toEqual(['cancel']);
    expect(harness.reports).toEqual(['taskRunning']);
  });

  it('is declined if its upload fails, and the task goes on', () => {
    const harness = new TaskHarness({ config: { bufferRecords: 8, checkpointing: STORED } }).start();
    harness.world.objects.answer = 'refused';
    harness.arrive(1, recordOf(10));
    harness.arrive(0, recordOf(1), recordOf(2), barrierOf(1, 'unaligned'));
    harness.run();
    harness.arrive(1, barrierOf(1, 'unaligned'));
    harness.run();
    expect(harness.reports).toEqual(['taskRunning', 'decline 1 failed']);
    expect(harness.task.waitsFor).toBe('elements from left[0], right[0]');
  });
});

describe('an unaligned checkpoint', () => {
  it('is taken at the first barrier, and persists what it overtakes on both sides', () => {
    const harness = new TaskHarness({ credits: 0, config: { outputBuffersMax: 1, checkpointing: STORED } }).start();
    harness.arrive(0, recordOf(1), recordOf(2));
    harness.run();
    harness.arrive(0, barrierOf(1, 'unaligned'));
    harness.run();
    expect(harness.sent()).toEqual(['barrier 1']);
    expect(harness.reports).toEqual(['taskRunning']);
    harness.arrive(1, recordOf(10), barrierOf(1, 'unaligned'));
    harness.run();
    expect(harness.reports).toEqual(['taskRunning', 'acknowledge 1']);
    const type = serializerOf(int32);
    const kept = [...harness.world.objects.objects.values()].map((bytes) => bytes.length);
    const slice = (value: number): number => encodeChannelState([recordOf(value)], type).length;
    expect(kept).toEqual([slice(2) + slice(10) + slice(2)]);
  });

  it('a barrier that has timed out overtakes at the input', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, barrierOf(1, 'aligned', 50));
    harness.run();
    expect(harness.sent()).toEqual([]);
    harness.world.clock.advance(50);
    harness.run();
    expect(harness.sent()).toEqual(['barrier 1']);
  });
});

describe('in-flight data of the restored checkpoint', () => {
  const bytes = encodeChannelState([recordOf(1), recordOf(2)], serializerOf(int32));
  const part = {
    side: 'input',
    edge: 0,
    sender: 0,
    receiver: 0,
    object: 'old',
    at: 0,
    length: bytes.length,
    records: 2,
  };
  const restore = {
    inFlight: [{ edge: 0, sender: 0, receiver: 0, parts: [part], shared: false, whole: true }],
    inFlightAttempt: 1,
  };

  it('is processed before new data of the channels', () => {
    const harness = new TaskHarness({ restore });
    harness.world.objects.objects.set('old', bytes);
    harness.arrive(0, recordOf(7));
    harness.start();
    expect(harness.facts).toEqual(['record 1', 'record 2', 'replay ended', 'record 7']);
  });

  it('is taken from what was handed over with it, where the store has no such object', () => {
    const harness = new TaskHarness({ restore: { ...restore, inline: [inlineObjectOf('old', bytes)] } }).start();
    expect(harness.facts).toEqual(['record 1', 'record 2', 'replay ended']);
  });

  it('a checkpoint is declined while it is processed', () => {
    const harness = new TaskHarness({ restore, credits: 0, config: { outputBuffersMax: 1 } });
    harness.world.objects.objects.set('old', bytes);
    harness.start();
    expect(harness.task.waitsFor).toContain('credit');
    harness.arrive(0, barrierOf(1, 'unaligned'));
    harness.run();
    expect(harness.reports).toEqual(['taskRunning', 'decline 1 not-ready']);
    harness.grant(10);
    harness.run();
    expect(harness.sent()).toEqual([2, 'cancel', 3]);
  });

  it('an object that is missing fails the task', () => {
    const harness = new TaskHarness({ restore }).start();
    expect(harness.reports).toHaveLength(1);
    expect(harness.reports[0]).toContain('taskFailed: MissingObjectError');
  });
});
