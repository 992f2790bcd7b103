import { expect, it } from 'vitest';
import type { KeyedProcessFunction, Timestamp } from '../../core/job/functions.ts';
import type { ValueDescriptor } from '../../core/job/states.ts';
import { BY_KEY, type Event, event, job, process, sink } from '../model/testing/turns.ts';
import { anomaliesOf, perRecord, provesLaw } from '../testing/jobs.ts';
import { change, fact, type History, insertAfter, judge, type Step } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { hostClock } from './host-clock.ts';

/** At 0 ms the clocks of all hosts show this. */
const EPOCH = 1_000_000;
const clock = (us: number): Timestamp => EPOCH + Math.floor(us / 1_000);

const last: ValueDescriptor<number> = {
  kind: 'value',
  name: 'last',
  type: { kind: 'int32' },
  ttl: { ms: 10, cleanup: 'full-snapshot' },
};

/** Remembers the last number of each key for 10 ms, and sets a timer for 3 ms after the epoch. */
function remember(): KeyedProcessFunction<string, Event, unknown> {
  return {
    processElement({ n }, ctx) {
      ctx.getState(last).update(n);
      ctx.timerService.registerProcessingTimeTimer(EPOCH + 3);
    },
    onTimer: () => undefined,
  };
}
const JOB = job({ in: perRecord(0), last: { ...process(remember), maxParallelism: 4 }, out: sink('out') }, [
  ['in', 'last', BY_KEY],
  ['last', 'out', { kind: 'rebalance' }],
]);

/**
 * An element at 1 ms, its timer at 5 ms, checkpoint 1 at 7 ms and 2 at 21 ms; each reads the clock, and `snapshotAt` says what the
 * engine does at a checkpoint, which then holds what had expired by that time, as an engine would have it that believes it.
 */
function remembering(
  snapshotAt: (checkpoint: number) => Timestamp = (checkpoint) => clock(checkpoint === 1 ? 7_000 : 21_000),
  inBetween: readonly Step[] = [],
): History {
  let turns = 0;
  const script = new Script({
    job: JOB,
    input: { in: [[event('a', 1)]] },
    parallelism: {},
    tape: () => ({ clock: turns++ === 0 ? [clock(1_000)] : [], random: [] }),
    snapshotsAt: snapshotAt,
  });
  script.start().at(1_000).read(0).drain();
  const keyGroup = script.keyGroupOf(0, event('a', 1));
  script.at(5_000).fireProcessing('last', 'a', keyGroup, EPOCH + 3, clock(5_000));
  script.at(7_000).checkpoint(1).at(21_000);
  script.steps.push(...inBetween);
  return { ...script.finish(2).history, clock };
}

/** Values that an upgrade has given a time to live: their last touch. */
const touched = (touch: Timestamp): History =>
  insertAfter(
    remembering(),
    'clockRead',
    () => true,
    ({ task }) => fact('stateAdopted', { task, state: 'other', migrated: true, touch }),
  );

/** The same with clean-up in compactions: at 21 ms one begins, and leaves out the value of 1 ms. */
function compacted(now: Timestamp): History {
  const aged = { ...last, ttl: { ms: 10, cleanup: 'compaction' } } as const;
  const create = (): KeyedProcessFunction<string, Event, unknown> => ({
    processElement: ({ n }, ctx) => {
      ctx.getState(aged).update(n);
    },
  });
  const script = new Script({
    job: job({ in: perRecord(0), last: { ...process(create), maxParallelism: 4 }, out: sink('out') }, [
      ['in', 'last', BY_KEY],
      ['last', 'out', { kind: 'rebalance' }],
    ]),
    input: { in: [[event('a', 1)]] },
    parallelism: {},
    tape: () => ({ clock: [clock(1_000)], random: [] }),
  });
  script.start().at(1_000).read(0).drain();
  const keyGroup = script.keyGroupOf(0, event('a', 1));
  const history: History = { ...script.at(21_000).finish(1).history, clock };
  const drops = fact('stateDropped', { task: TASK, state: 'last', key: 'a', keyGroup, mapKey: undefined, now });
  const dropping = insertAfter(
    history,
    'snapshotTaken',
    ({ task }) => task.vertex === 'last',
    () => drops,
  );
  return insertAfter(
    dropping,
    'snapshotTaken',
    ({ task }) => task.vertex === 'last',
    () => fact('stateStore', { task: TASK, event: 'compaction-started' }),
  );
}
const TASK = { vertex: 'last', subtask: 0, attempt: 1 } as const;

provesLaw(hostClock, {
  call: {
    accepts: remembering,
    rejects: () =>
      change(
        remembering(),
        'clockRead',
        () => true,
        ({ now }) => ({ now: now + 1 }),
      ),
  },
  timer: {
    accepts: remembering,
    rejects: () =>
      change(
        remembering(),
        'processingTimerFired',
        () => true,
        ({ now }) => ({ now: now + 1 }),
      ),
  },
  snapshot: {
    accepts: remembering,
    rejects: () => remembering(() => clock(7_000) + 1),
  },
  touch: {
    accepts: () => touched(clock(1_000)),
    rejects: () => touched(clock(1_000) - 1),
  },
  compaction: {
    accepts: () => compacted(clock(21_000)),
    rejects: () => compacted(clock(21_000) + 1),
  },
});

/** By hand: at 7 ms the value of 1 ms has 4 ms to live, at 21 ms it has been gone for 10. */
it.each<[string, (checkpoint: number) => Timestamp]>([
  ['of a time that has not come', (checkpoint) => clock(checkpoint === 1 ? 7_000 : 21_000) + 10_000],
  ['of the checkpoint before', () => clock(7_000)],
  ['at the beginning of time', () => 0],
])(
  'a snapshot %s leaves out what had expired then: nothing but the clock of its host is against it',
  (_, snapshotAt) => {
    expect(judge(remembering(snapshotAt)).map(({ law, anomaly }) => `${law}/${anomaly}`)).toEqual([
      'host-clock/snapshot',
    ]);
  },
);

it('a clock that is set shows another time from then on, and in that instant may have been read before', () => {
  const set: Step = { step: 'clock', process: 'worker-0', byMs: -15 };
  const at = (second: Timestamp) => (checkpoint: number) => (checkpoint === 1 ? clock(7_000) : second);
  expect(anomaliesOf(hostClock, remembering(at(clock(21_000) - 15), [set]))).toEqual([]);
  expect(anomaliesOf(hostClock, remembering(at(clock(21_000)), [set]))).toEqual([]);
  expect(anomaliesOf(hostClock, remembering(at(clock(22_000)), [set, { step: 'time', us: 22_000 }]))).toEqual([
    'snapshot',
  ]);
  expect(anomaliesOf(hostClock, remembering(at(clock(22_000) - 15), [set, { step: 'time', us: 22_000 }]))).toEqual([]);
  // That of another host says nothing.
  const other: Step = { step: 'clock', process: 'worker-1', byMs: -15 };
  expect(anomaliesOf(hostClock, remembering(at(clock(21_000) - 15), [other]))).toEqual(['snapshot']);
});

it('what a compaction leaves out was there, and had expired', () => {
  const signatures = (now: Timestamp) => judge(compacted(now)).map(({ law, anomaly }) => `${law}/${anomaly}`);
  expect(signatures(clock(11_000))).toEqual(['host-clock/compaction']);
  expect(signatures(clock(10_999))).toEqual(['host-clock/compaction', 're-execution/clean-up']);
});
