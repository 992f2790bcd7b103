/** Jobs that never end by themselves: when they have settled, what holds that up, and that the laws judge them then. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  defineJob,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  watermarkPerRecord,
  type WatermarkStrategy,
} from '../../core/api/index.ts';
import type { LogSource } from '../../core/connectors/log/log-source.ts';
import type { LogSink } from '../../core/connectors/log/log-sink.ts';
import type { SplitReader } from '../../core/connectors/source.ts';
import type { LogSplit } from '../../core/connectors/log/log-source.ts';
import type { Facts, Probe } from '../../core/facts.ts';
import { topicsOf } from '../plan/explicit.ts';
import type { Plan, Topics } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { type Outcome, signatureOf } from '../outcome.ts';
import { Rest } from './rest.ts';
import { run } from './run.ts';

const reading = record({ key: string, ts: int64 });
type Reading = TypeOf<typeof reading>;
const at = (ts: number): Reading => ({ key: 'a', ts });
const timestamp = (value: Reading): number => value.ts;
const counting: AggregateFunction<Reading, number, number> = {
  createAccumulator: () => 0,
  add: (_, count) => count + 1,
  getResult: (count) => count,
  merge: (a, b) => a + b,
};

interface Changes {
  readonly source?: (source: LogSource<Reading>) => LogSource<Reading>;
  readonly sink?: (sink: LogSink<number>) => LogSink<number>;
  readonly readers?: number;
  readonly watermarks?: WatermarkStrategy<Reading>;
}

function unchanged<T>(connector: T): T {
  return connector;
}

/** Counts in windows of 100 ms; without a watermark that passes the end of a window nothing of it comes out. */
function counts(changes: Changes = {}): JobSpec {
  const { source = unchanged, sink = unchanged, readers = 1 } = changes;
  const { watermarks = watermarkPerRecord({ timestamp, delayMs: 0 }) } = changes;
  return defineJob('counts', (env) => {
    env
      .fromSource(source(logSource({ topic: 'in', type: reading, bounded: false })), {
        uid: 'in',
        watermarks,
      })
      .setParallelism(readers)
      .keyBy((r) => r.key, string)
      .window(tumblingEventTime(100))
      .aggregate(counting, int32, int32, ({ result }) => result)
      .uid('count')
      .sinkTo(sink(logSink({ topic: 'out', type: int32 })), { uid: 'out' });
  });
}

function ran(job: JobSpec, topics: Topics, config: Plan['config'] = {}): Outcome {
  const scenario: Scenario = {
    id: 'own',
    states: '',
    parameters: [],
    generate: () => topics,
    build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: false }),
    recordArbitrary: () => fc.constant(at(0)),
  };
  const workload = { kind: 'explicit', topics } as const;
  return run(scenario, { scenario: 'own', config, workload, incidents: [], choices: { explicit: [] } });
}
const signatures = ({ violations }: Outcome): readonly string[] => violations.map(signatureOf);
const waits = ({ violations }: Outcome): string => JSON.stringify(violations.flatMap(({ evidence }) => evidence));

it('commits what its watermarks have brought to an end, and is judged without an end of event time', () => {
  const outcome = ran(counts(), { in: [[at(0), at(50), at(120), at(250)]] });
  expect(signatures(outcome)).toEqual([]);
  // The window [200, 300) has not come to its end.
  expect(outcome.observed.committed['out']).toEqual([2, 1]);
  expect(outcome.heldBack).toEqual([]);
  const { checkpoints } = outcome;
  expect(checkpoints.at(-1)).toMatchObject({ kind: 'stop', status: 'completed' });
  expect(checkpoints.at(-2)).toMatchObject({ kind: 'checkpoint', status: 'completed' });
});

it('settles without periodic checkpoints, and without a record', () => {
  const outcome = ran(counts(), { in: [[at(0), at(150)]] }, { checkpointIntervalMs: 0 });
  expect([signatures(outcome), outcome.observed.committed['out']]).toEqual([[], [1]]);
  expect(outcome.checkpoints.map(({ kind }) => kind)).toEqual(['stop']);
  expect(signatures(ran(counts(), { in: [[]] }))).toEqual([]);
});

it.each([0, 100])(
  'a source that ends beside one that does not may finish, with checkpoints every %i ms',
  (intervalMs) => {
    const job = defineJob('both', (env) => {
      const source = (topic: string, bounded: boolean) =>
        env.fromSource(logSource({ topic, type: reading, bounded }), {
          uid: topic,
          watermarks: boundedOutOfOrderness({ timestamp, delayMs: 0, periodMs: 20 }),
        });
      source('in', false)
        .union(source('ending', true))
        .keyBy((r) => r.key, string)
        .window(tumblingEventTime(100))
        .aggregate(counting, int32, int32, ({ result }) => result)
        .uid('count')
        .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
    });
    const outcome = ran(
      job,
      { in: [[at(0), at(150)]], ending: [[at(10), at(20)]] },
      { checkpointIntervalMs: intervalMs },
    );
    expect([signatures(outcome), outcome.observed.committed['out']]).toEqual([[], [3]]);
    expect(outcome.counters.attempts).toBe(1);
  },
);

describe('what holds event time back for good is named with its source', () => {
  it('a split without a record', () => {
    const outcome = ran(counts(), { in: [[at(0), at(500)], []] });
    expect([signatures(outcome), outcome.observed.committed['out']]).toEqual([[], []]);
    expect(outcome.heldBack).toEqual([
      'source in: in-1 has no record, so its watermark holds event time back behind it',
    ]);
  });

  it('a source without watermarks', () => {
    const outcome = ran(counts({ watermarks: noWatermarks({ timestamp }) }), { in: [[at(0), at(500)]] });
    expect([signatures(outcome), outcome.observed.committed['out']]).toEqual([[], []]);
    expect(outcome.heldBack).toEqual(['source in has no watermarks, so event time stands still behind it']);
  });
});

it('a reader without a split ends, and does not disturb the stop', () => {
  const outcome = ran(counts({ readers: 3 }), { in: [[at(0), at(500)]] });
  expect([signatures(outcome), outcome.observed.committed['out']]).toEqual([[], [1]]);
  expect([outcome.counters.attempts, outcome.heldBack]).toEqual([1, []]);
});

describe('an engine that is broken does not pass for it', () => {
  const records = { in: [[at(0), at(50), at(120), at(250)]] };
  const reading = (poll: (reader: SplitReader<Reading, LogSplit>) => SplitReader<Reading, LogSplit>['poll']) =>
    counts({
      source: (source) => ({
        ...source,
        createReader: (split, env) => {
          const reader = source.createReader(split, env);
          return {
            poll: poll(reader),
            available: () => reader.available(),
            snapshot: () => reader.snapshot(),
          };
        },
      }),
    });
  const writing = (write: (value: number, plain: (value: number) => void) => void) =>
    counts({
      sink: (sink) => ({
        ...sink,
        createWriter: (env) => {
          const writer = sink.createWriter(env);
          const plain = (value: number): void => {
            writer.write(value);
          };
          return {
            open: (restored) => writer.open(restored),
            write: (value) => {
              write(value, plain);
            },
            prepareCommit: () => writer.prepareCommit(),
            get dirty() {
              return writer.dirty;
            },
          };
        },
      }),
    });

  it('a reader that leaves out a record', () => {
    const job = reading((reader) => () => {
      const polled = reader.poll();
      return typeof polled === 'object' && polled.position === 1 ? reader.poll() : polled;
    });
    expect(signatures(ran(job, records))).toContain('sources/gap/in');
  });

  it('a reader that never comes to the last record: the run does not settle, and says how far it is', () => {
    const job = reading((reader) => () => {
      const polled = reader.poll();
      return typeof polled === 'object' && polled.position === 3 ? 'nothing' : polled;
    });
    const outcome = ran(job, records);
    expect(signatures(outcome)).toContain('settle/stuck/job');
    expect(waits(outcome)).toContain('source in: in-0 has been read up to offset 3, its input ends at 4');
  });

  it('a sink that loses a record', () => {
    const job = writing((value, plain) => {
      if (value !== 1) plain(value);
    });
    expect(signatures(ran(job, records))).toContain('sinks/lost/out');
  });

  it('a sink that writes a record twice', () => {
    const job = writing((value, plain) => {
      plain(value);
      if (value === 1) plain(value);
    });
    expect(signatures(ran(job, records))).toContain('sinks/duplicate/out');
  });
});

describe('the rest of a job', () => {
  const task = { vertex: 'in', subtask: 0, attempt: 1 };
  const starting = (attempt: number): Facts['attemptStarting'] => ({
    attempt,
    leaderEpoch: 1,
    restoredFrom: undefined,
    parallelism: new Map([
      ['in', 1],
      ['count', 1],
    ]),
  });
  const sourceRecord = (offset: number, ts: number): Facts['sourceRecord'] => ({
    task,
    split: 'in-0',
    offset,
    value: at(ts),
    timestamp: ts,
  });
  const checkpoint = (number: number): Facts['checkpointTriggered'] & Facts['checkpointCompleted'] => ({
    attempt: 1,
    checkpoint: number,
    kind: 'checkpoint',
    finished: [],
    metadata: '',
  });
  function resting(): { readonly rest: Rest; readonly probe: Required<Probe>; stops: number } {
    const told = { stops: 0 };
    const rest = new Rest({
      job: counts(),
      topics: { in: [[at(10), at(20)]] },
      periodic: true,
      stop: () => told.stops++,
    });
    return Object.assign(told, { rest, probe: rest.probe as Required<Probe> });
  }
  function read(probe: Required<Probe>): void {
    probe.attemptStarting(starting(1));
    probe.splitAdded({ task, split: 'in-0', offset: 0, restored: false });
    probe.attemptRunning({ attempt: 1 });
    probe.sourceRecord(sourceRecord(0, 10));
    probe.sourceRecord(sourceRecord(1, 20));
  }

  it('waits for the watermark that the newest record gives, and names what holds it back', () => {
    const { rest, probe } = resting();
    rest.heal();
    probe.attemptStarting(starting(1));
    expect(rest.waiting()).toEqual(['source in: in-0 is read by nobody']);
    read(probe);
    expect(rest.waiting()).toEqual([
      'source in: in-0 holds the watermark back at its start: its newest record is of 20, so 19 is due',
    ]);
    probe.watermarkGenerated({ task, split: 'in-0', watermark: 9 });
    expect(rest.waiting()[0]).toContain('holds the watermark back at 9');
    probe.watermarkGenerated({ task, split: 'in-0', watermark: 19 });
    expect(rest.waiting()[0]).toContain('no checkpoint has been completed since');
  });

  it('stops behind a checkpoint that was triggered since, not before the heal, and asks again if that comes to nothing', () => {
    const story = resting();
    const { rest, probe } = story;
    read(probe);
    probe.watermarkGenerated({ task, split: 'in-0', watermark: 19 });
    probe.checkpointTriggered(checkpoint(1));
    rest.heal();
    probe.checkpointCompleted(checkpoint(1));
    expect([rest.stopping, story.stops]).toEqual([false, 0]);
    probe.checkpointTriggered(checkpoint(2));
    probe.checkpointCompleted(checkpoint(2));
    expect([rest.stopping, story.stops]).toEqual([true, 1]);
    probe.checkpointAborted({ attempt: 1, checkpoint: 3, kind: 'stop', reason: 'expired' });
    expect(story.stops).toBe(2);
  });

  it('begins again with each attempt, and hears nothing of older ones', () => {
    const { rest, probe } = resting();
    read(probe);
    rest.heal();
    probe.attemptStarting(starting(2));
    probe.watermarkGenerated({ task, split: 'in-0', watermark: 19 });
    probe.splitAdded({ task, split: 'in-0', offset: 2, restored: true });
    expect(rest.waiting()).toEqual(['source in: in-0 is read by nobody']);
  });
});
