import { describe, expect, it } from 'vitest';
import { barrierOf, POISON, recordOf, TaskHarness } from './testing/task-harness.ts';

describe('a task that runs', () => {
  it('says so once it is open, and sends what its operators make of records', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, recordOf(1), recordOf(2));
    harness.run();
    expect(harness.reports).toEqual(['taskRunning']);
    expect(harness.sent()).toEqual([2, 3]);
  });

  it('reads its channels in turn', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, recordOf(1), recordOf(2));
    harness.arrive(1, recordOf(10), recordOf(20));
    harness.run();
    expect(harness.sent()).toEqual([2, 11, 3, 21]);
  });

  it('takes no input while an output has no room, and continues when it has', () => {
    const harness = new TaskHarness({ credits: 0, config: { outputBuffersMax: 1 } }).start();
    harness.arrive(0, recordOf(1), recordOf(2), recordOf(3));
    harness.run();
    expect(harness.facts).toEqual(['record 1']);
    expect(harness.task.waitsFor).toBe('credit for edge 2 to subtask 0 (1 buffers queued)');
    harness.grant(1);
    harness.run();
    expect(harness.facts).toEqual(['record 1', 'record 2']);
  });

  it('takes letters and overtaking barriers also while an output has no room', () => {
    const harness = new TaskHarness({ credits: 0, config: { outputBuffersMax: 1 } }).start();
    harness.arrive(0, recordOf(1), recordOf(2));
    harness.run();
    harness.task.post({ kind: 'notify-complete', checkpoint: 1 });
    harness.arrive(1, barrierOf(2, 'unaligned'));
    harness.run();
    expect(harness.facts).toEqual(['record 1', 'barrier 2 overtook', 'complete 1']);
    expect(harness.sent()).toEqual(['barrier 2']);
  });

  it('takes all overtaking barriers that wait in one step: the data of their channels is behind them', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, barrierOf(1, 'unaligned'), barrierOf(2, 'unaligned'), recordOf(1));
    harness.arrive(1, barrierOf(1, 'unaligned'), barrierOf(2, 'unaligned'));
    harness.task.post({ kind: 'notify-complete', checkpoint: 2 });
    harness.run();
    const barriers = [1, 2, 1, 2].map((checkpoint) => `barrier ${checkpoint} overtook`);
    expect(harness.facts).toEqual([...barriers, 'record 1', 'complete 2']);
  });

  it('takes all announcements that have come in one step', () => {
    const harness = new TaskHarness({ credits: 0, config: { outputBuffersMax: 1 } }).start();
    harness.arrive(0, recordOf(1), recordOf(2));
    harness.run();
    harness.facts.splice(0);
    harness.arrive(0, barrierOf(3, 'aligned', 50));
    harness.task.post({ kind: 'notify-complete', checkpoint: 2 });
    harness.arrive(1, barrierOf(3, 'aligned', 50), recordOf(9), barrierOf(4, 'aligned', 50));
    harness.run();
    expect(harness.facts).toEqual(['announced 3 on 0', 'announced 3 on 1', 'announced 4 on 1', 'complete 2']);
  });

  it('says what it waits for', () => {
    const harness = new TaskHarness();
    expect(harness.task.waitsFor).toBe('its restore');
    harness.start();
    expect(harness.task.waitsFor).toBe('elements from left[0], right[0]');
    harness.arrive(0, barrierOf(1));
    harness.run();
    expect(harness.task.waitsFor).toBe('barrier 1 from right[0]');
    harness.arrive(1, { kind: 'end-of-data' }, { kind: 'end-of-partition' });
    harness.run();
    expect(harness.task.waitsFor).toBe('elements from left[0]');
  });
});

describe('the end of a task', () => {
  it('an error of a user function fails it: reported once, and nothing is taken after it', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, recordOf(POISON), recordOf(1));
    harness.run();
    harness.task.fail(new Error('again'));
    harness.task.cancel();
    harness.run();
    expect(harness.reports).toEqual(['taskRunning', 'jobFault: operator map: the map function threw Error: poison']);
    expect(harness.facts).toEqual([`record ${POISON}`]);
    expect(harness.task.waitsFor).toBeUndefined();
  });

  it('a cancelled task reports nothing, and letters that come later change nothing', () => {
    const harness = new TaskHarness().start();
    harness.task.cancel();
    harness.task.cancel();
    harness.arrive(0, recordOf(1));
    harness.task.post({ kind: 'notify-complete', checkpoint: 1 });
    harness.run();
    expect([harness.reports, harness.facts]).toEqual([['taskRunning'], ['cancelled']]);
  });

  it('a task that fails while it opens never runs', () => {
    const harness = new TaskHarness();
    harness.task.start();
    harness.task.fail(new Error('connection lost'));
    harness.run();
    expect(harness.reports).toEqual(['taskFailed: Error: connection lost']);
    expect(harness.world.escaped).toEqual([]);
  });

  it('when all input has ended it takes checkpoints, and finishes once one of them is complete', () => {
    const harness = new TaskHarness().start();
    harness.arrive(0, recordOf(1), { kind: 'end-of-data' });
    harness.run();
    expect(harness.reports).toEqual(['taskRunning']);
    harness.arrive(1, { kind: 'end-of-data' });
    harness.run();
    expect(harness.sent()).toEqual([2, 'end-of-data']);
    expect(harness.task.waitsFor).toBe('the completion of its final checkpoint');
    harness.task.post({ kind: 'notify-complete', checkpoint: 1 });
    harness.run();
    expect(harness.reports).toEqual(['taskRunning', 'dataFinished']);

    for (const channel of [0, 1]) harness.arrive(channel, barrierOf(2));
    harness.run();
    harness.task.post({ kind: 'notify-complete', checkpoint: 2 });
    harness.run();
    expect(harness.sent()).toEqual(['barrier 2', 'end-of-partition']);
    expect(harness.reports).toEqual(['taskRunning', 'dataFinished', 'acknowledge 2', 'taskFinished']);
  });

  it('a task that had finished in the restored checkpoint sends the ends of time and data, and nothing else', () => {
    const harness = new TaskHarness({ restore: { finished: true } }).start();
    expect(harness.sent()).toEqual(['watermark MAX', 'end-of-data']);
    harness.arrive(0, recordOf(1));
    harness.run();
    expect(harness.reports.at(-1)).toContain('EngineBug: map[0] had finished in the restored checkpoint');
  });
});
