/**
 * What a crash does to late data, in Flink and here. Flink keeps no watermark in a checkpoint: after a restore event time begins
 * anew, so a record that was late before the crash is accepted after it, and a window that had been cleaned up opens again and
 * puts out a second, smaller result. Here each key group keeps its watermark (SEMANTICS W1 to W8).
 *
 *     record      a@1   a@25        checkpoint   crash   a@2              a@26
 *     watermark   0     24: pane [0, 10) = 1             Flink: MIN, taken   [0, 10) = 1 once more
 *                                                        ours: 24, late
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AggregateFunction,
  defineJob,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  outputTag,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { investigate } from '../../properties/campaign/investigate.ts';
import { expand } from '../../properties/plan/generate.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { run, type RunResult } from '../../properties/run/run.ts';

const click = record({ key: string, ts: int64 });
type Click = TypeOf<typeof click>;
const pane = record({ start: int64, count: int32 });
const late = outputTag('late', click);

const counting: AggregateFunction<Click, number, number> = {
  createAccumulator: () => 0,
  add: (_click, count) => count + 1,
  getResult: (count) => count,
};

function jobOf(): JobSpec {
  return defineJob('late-data', (env) => {
    const panes = env
      .fromSource(logSource({ topic: 'clicks', type: click }), {
        uid: 'clicks',
        watermarks: watermarkPerRecord({ timestamp: ({ ts }) => ts, delayMs: 0 }),
      })
      .keyBy(({ key }) => key, string)
      .window(tumblingEventTime(10))
      .sideOutputLateData(late)
      .aggregate(counting, int32, pane, ({ window, result }) => ({ start: window.start, count: result }))
      .uid('pane');
    panes.sinkTo(logSink({ topic: 'panes', type: pane }), { uid: 'panes' });
    panes.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: click }), { uid: 'late-out' });
  });
}

const lateData: Scenario<{ readonly clicks: Click }> = {
  id: 'late-data',
  states: 'One window operator and late data.',
  parameters: [],
  build: (plan) => ({ job: jobOf(), topics: topicsOf(lateData, plan), confluent: false }),
  generate: (seed, count) => {
    const draws = planDraws(seed)('late-data');
    const time = (i: number): number => Math.max(0, 5 * i - draws.below(60));
    return { clicks: [Array.from({ length: count }, (_, i) => ({ key: `k${draws.below(3)}`, ts: time(i) }))] };
  },
  recordArbitrary: () =>
    fc.record({ key: fc.nat(2).map((n) => `k${n}`), ts: fc.nat(1_000) }, { noNullPrototype: true }),
};

const CRASH: Plan['incidents'] = [
  {
    what: { kind: 'kill', process: 'self', restartAfterMs: 5 },
    when: { kind: 'fact', fact: 'notifiedComplete', nth: 1, where: { 'task.vertex': 'pane', checkpoint: 2 } },
  },
];

/** Enough to make it small; a campaign takes more, to make it smallest. */
const BUDGETS = { shrink: { runs: 100, events: 1_000_000 }, polish: 5 };

/** The four records of the picture, half a second apart; a checkpoint every 700 ms. */
function told(flinkCompatibleWatermarks: 0 | 1): RunResult {
  const clicks = [1, 25, 2, 26].map((ts) => ({ key: 'a', ts }));
  return run(lateData, {
    scenario: lateData.id,
    config: { parallelism: 1, recordIntervalUs: 500_000, checkpointIntervalMs: 300, flinkCompatibleWatermarks },
    workload: { kind: 'explicit', topics: { clicks: [clicks] } },
    incidents: CRASH,
    choices: { explicit: [] },
  });
}

const committed = ({ observed }: RunResult, topic: string): readonly unknown[] => observed.committed[topic] ?? [];

it('as in Flink: after the crash the late record is accepted, and the window that was cleaned up opens again', () => {
  const result = told(1);
  expect(result.counters.restores).toBe(1);
  expect(committed(result, 'late')).toEqual([]);
  expect(result.violations.map(({ law, anomaly }) => `${law}/${anomaly}`)).toContain(
    'watermark-regression/accepted-late',
  );
  // The second pane is no pane of the history either; the watermark that fell is named first.
  expect([...new Set(result.violations.map(({ law }) => law))]).toEqual(['watermark-regression', 'event-time']);
});

it('with floors: it is late after the crash as before it', () => {
  const result = told(0);
  expect(result.counters.restores).toBe(1);
  expect(result.violations).toEqual([]);
  expect(committed(result, 'late')).toHaveLength(1);
});

it('a campaign finds what Flink does within few plans with one crash, and shrinks it to at most six records', () => {
  for (let i = 0; i < 1_000; i++) {
    const seed = `flink-${i}`;
    const drawn = expand(lateData, seed);
    const config = { recordIntervalUs: 8_000, checkpointIntervalMs: 60, flinkCompatibleWatermarks: 1 };
    const plan: Plan = { ...drawn, config, workload: { kind: 'generated', seed, count: 40 }, incidents: CRASH };
    const violation = run(lateData, plan).violations.find(({ anomaly }) => anomaly !== 'fell');
    if (violation?.law !== 'watermark-regression') continue;
    const signature = `${violation.law}/${violation.anomaly}/${violation.place}`;
    const finding = investigate(lateData, { seed, run: i }, signature, run, { plan, budgets: BUDGETS });
    const { workload } = finding?.kase.plan ?? plan;
    const records = workload.kind === 'explicit' ? (workload.topics['clicks'] ?? []).flat().length : Infinity;
    expect(records).toBeLessThanOrEqual(6);
    expect(finding?.violation.evidence.map(({ label }) => label)).toContain('reached before in this history');
    return;
  }
  expect.fail('none of 1,000 plans broke the law');
});
