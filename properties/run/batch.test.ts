import { expect, it } from 'vitest';
import {
  type DataStream,
  defineJob,
  int32,
  logSink,
  logSource,
  noWatermarks,
  type OperatorStream,
  record,
  string,
} from '../../core/api/index.ts';
import { JobError } from '../../core/errors.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { createModel } from '../model/model.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { KnobValues } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { fakeScenario } from '../plan/testing/scenario.ts';
import { run } from './run.ts';

const count = record({ key: string, n: int32 });
type Count = { readonly key: string; readonly n: number };
const jobOf = (bounded = true): JobSpec =>
  defineJob('counts', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: string, bounded }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .map((key): Count => ({ key, n: 1 }), count, { uid: 'one' })
      .keyBy((one) => one.key, string)
      .reduce((a, b) => ({ key: a.key, n: a.n + b.n }), { uid: 'counts' })
      .sinkTo(logSink({ topic: 'out', type: count }), { uid: 'out' });
  });

const topics = { in: [Array.from('abacabadabacaba'), Array.from('aaddbbcc')] };
const scenarioOf = (job: JobSpec): Scenario => ({
  ...fakeScenario,
  build: () => ({ job, topics, confluent: false }),
});
const planWith = (incidents: readonly Incident[], config: KnobValues = {}): Plan => ({
  scenario: 'fake',
  config: { executionMode: 1, parallelism: 2, sortMemoryBytes: 4_096, resultPartBytes: 64, ...config },
  workload: { kind: 'explicit', topics },
  incidents,
  choices: { seed: 'batch' },
});
const counts = [
  { key: 'a', n: 10 },
  { key: 'b', n: 6 },
  { key: 'c', n: 4 },
  { key: 'd', n: 3 },
];
const byKey = (values: readonly unknown[] = []): readonly unknown[] =>
  [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

it('a running reduction puts out the last value of each key, once, at the end of the job', () => {
  const { verdict, violations, observed, counters } = run(scenarioOf(jobOf()), planWith([]));
  expect([verdict, violations]).toEqual(['pass', []]);
  expect(byKey(observed.committed['out'])).toEqual(counts);
  expect(counters).toMatchObject({ attempts: 2, checkpointsTriggered: 0 });
});

it.each<[string, Incident, number]>([
  [
    'a stage that fails runs again from its inputs, and no other',
    {
      what: { kind: 'kill', process: 'self', restartAfterMs: 5 },
      when: { kind: 'fact', fact: 'keyEnded', nth: 2, where: {} },
    },
    3,
  ],
  [
    'a result that is lost is computed again',
    { what: { kind: 'lost-result', nth: 1 }, when: { kind: 'fact', fact: 'stageFinished', nth: 1, where: {} } },
    4,
  ],
  [
    'a job manager that dies while it commits has the rest committed by the next one',
    {
      what: { kind: 'kill', process: 'jobmanager', restartAfterMs: 5 },
      when: { kind: 'fact', fact: 'batchCommitting', nth: 1, where: {} },
    },
    2,
  ],
])('%s', (_, incident, attempts) => {
  const { verdict, violations, observed, counters } = run(scenarioOf(jobOf()), planWith([incident]));
  expect([verdict, violations]).toEqual(['pass', []]);
  expect(byKey(observed.committed['out'])).toEqual(counts);
  expect(counters.attempts).toBe(attempts);
});

it('processing-time timers of every key fire at its end, those of the last key too', () => {
  const job = defineJob('ends', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: string }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .keyBy((key) => key, string)
      .process(
        () => ({
          processElement: (_key, ctx) => ctx.timerService.registerProcessingTimeTimer(9_000_000_000_000),
          onTimer: (_timestamp, ctx, out) => out.collect(ctx.currentKey),
        }),
        string,
        { uid: 'ends' },
      )
      .sinkTo(logSink({ topic: 'out', type: string }), { uid: 'out' });
  });
  const { verdict, violations, observed } = run(scenarioOf(job), planWith([]));
  expect({ verdict, violations }).toEqual({ verdict: 'pass', violations: [] });
  expect(byKey(observed.committed['out'])).toEqual(['a', 'b', 'c', 'd']);
});

const spread = (stream: DataStream<string>, uid: string): OperatorStream<string> =>
  stream.rebalance().map((key) => key, string, { uid });

it.each([
  ['that', ['in', 'first'], (in_: DataStream<string>): DataStream<string> => spread(in_, 'first')],
  [
    'what came of that',
    ['in', 'before', 'first'],
    (in_: DataStream<string>): DataStream<string> => spread(spread(in_, 'before'), 'first'),
  ],
])('a result is lost: what has read %s runs again, too, since it may come out otherwise', (_, stages, first) => {
  const job = defineJob('two-readers', (env) => {
    const in_ = env.fromSource(logSource({ topic: 'in', type: string }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    });
    first(in_).sinkTo(logSink({ topic: 'first', type: string }), { uid: 'first-out' });
    spread(in_, 'second').sinkTo(logSink({ topic: 'second', type: string }), { uid: 'second-out' });
  });
  const lost: Incident = {
    what: { kind: 'lost-result', nth: 1 },
    when: { kind: 'fact', fact: 'stageFinished', nth: 1, where: { stage: 'first' } },
  };
  const resets: (readonly string[])[] = [];
  const listener = { stagesReset: ({ stages }: { readonly stages: readonly string[] }) => void resets.push(stages) };
  const all = planWith(Array.from({ length: 40 }, () => lost));
  const { verdict, violations, observed } = run(scenarioOf(job), all, { listeners: [listener] });
  expect({ verdict, violations }).toEqual({ verdict: 'pass', violations: [] });
  expect(resets).toEqual([stages]);
  for (const topic of ['first', 'second']) expect(byKey(observed.committed[topic])).toEqual(byKey(topics.in.flat()));
});

it('nobody can rescale it, or stop it with a savepoint', () => {
  const when = { kind: 'fact', fact: 'attemptRunning', nth: 1, where: {} } as const;
  const whats: readonly Incident['what'][] = [
    { kind: 'rescale', parallelism: 3 },
    { kind: 'savepoint' },
    { kind: 'stop', drain: false },
  ];
  const { verdict, counters } = run(scenarioOf(jobOf()), planWith(whats.map((what) => ({ what, when }))));
  expect(verdict).toBe('pass');
  expect(counters).toMatchObject({ attempts: 2, checkpointsTriggered: 0, incidents: { stop: 1 } });
});

it('a source that never ends is refused by name', () => {
  const refused = (): unknown => run(scenarioOf(jobOf(false)), planWith([]));
  expect(refused).toThrow(JobError);
  expect(refused).toThrow('job "counts", source "in" (log): it never ends');
});

it('the model puts out the same: nothing for an element, the last value at the end of the key, then no timer', () => {
  const instance = createModel(jobOf(), 'turn', 'batch').vertex('counts').instance();
  const tape = { clock: [], random: [], cleaned: [], place: { attempt: 1, subtask: 0, parallelism: 1 } };
  const [edge = -1] = createModel(jobOf()).vertex('counts').inEdges;
  for (const n of [1, 2]) expect(instance.record(edge, { key: 'a', n }, 5, -1, tape).sends).toEqual([]);
  instance.closeTimers();
  const { sinkWrites } = instance.advance(Number.MAX_SAFE_INTEGER, tape);
  expect([sinkWrites, instance.nextEventTimer()]).toEqual([[{ sink: 'out', value: { key: 'a', n: 3 } }], undefined]);
});
