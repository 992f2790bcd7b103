import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  defineJob,
  int32,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  record,
  string,
  type TypeOf,
  valueState,
  withDefault,
} from '../../../core/api/index.ts';
import type { CheckOptions } from '../../../properties/check/options.ts';
import { check } from './check.ts';
import { inOwnFolder } from './testing/own-folder.ts';

const visit = record({ user: string });
type Visit = TypeOf<typeof visit>;
const total = record({ user: string, n: int32 });
type Total = TypeOf<typeof total>;

const first = valueState('profile', record({ visits: int32 }));
const kept = valueState('profile', record({ visits: int32, days: withDefault(int32, 0) }));
const lost = valueState('profile', record({ count: withDefault(int32, 0) }));

/** Counts visits. The second version has another field in its state; one that calls the old one otherwise loses it. */
function profiles(version: 'first' | 'kept' | 'lost', name = 'profiles', topic = 'totals'): JobSpec {
  return defineJob(name, (env) => {
    env
      .fromSource(logSource({ topic: 'visits', type: visit, bounded: true }), {
        uid: 'visits',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .keyBy((v) => v.user, string)
      .process<Total>(
        () => ({
          processElement({ user }, ctx, out) {
            switch (version) {
              case 'first': {
                const n = (ctx.getState(first).value()?.visits ?? 0) + 1;
                ctx.getState(first).update({ visits: n });
                out.collect({ user, n });
                break;
              }
              case 'kept': {
                const before = ctx.getState(kept).value() ?? { visits: 0, days: 0 };
                ctx.getState(kept).update({ ...before, visits: before.visits + 1 });
                out.collect({ user, n: before.visits + 1 });
                break;
              }
              case 'lost': {
                const n = (ctx.getState(lost).value()?.count ?? 0) + 1;
                ctx.getState(lost).update({ count: n });
                out.collect({ user, n });
              }
            }
          },
        }),
        total,
      )
      .uid('profile')
      .sinkTo(logSink({ topic, type: total }))
      .uid('out');
  });
}

function counted(visits: readonly Visit[]): readonly Total[] {
  const counts = new Map<string, number>();
  return visits.map(({ user }) => {
    const n = (counts.get(user) ?? 0) + 1;
    counts.set(user, n);
    return { user, n };
  });
}

const options = {
  input: { visits: fc.record({ user: fc.constantFrom('ann', 'bob') }) },
  output: ({ visits }: { readonly visits: readonly Visit[] }) => ({ totals: counted(visits) }),
  seed: 'house',
  runs: 12,
  timeLimitMs: 60_000,
} satisfies CheckOptions;

inOwnFolder();

it('what all versions have committed together is judged, and how often one took over is said', () => {
  const result = check(profiles('first'), { ...options, upgrades: [profiles('kept')] });
  expect(result.upgrades).toBeGreaterThan(0);
  expect(result.judged['output']?.runs).toBe(result.runs);
});

it('a version that loses what the one before has remembered is found', () => {
  expect(() => check(profiles('first'), { ...options, upgrades: [profiles('lost')] })).toThrow(
    /law: output[^]*start its next version/,
  );
});

it.each([
  ['no list', profiles('kept'), 'check: upgrades is an object; give a list of jobs'],
  ['no job', [{}], 'check: upgrades[0] is an object; give a job, as defineJob returns it'],
  [
    'another job',
    [profiles('kept', 'other')],
    'check: upgrades[0] is job "other"; a later version of job "profiles" has',
  ],
  [
    'another topic',
    [profiles('kept', 'profiles', 'sums')],
    'check: upgrades[0] writes sums, and the job before it totals;',
  ],
])('upgrades that are none are refused: %s', (_, upgrades, message) => {
  expect(() => check(profiles('first'), { ...options, upgrades: upgrades as readonly JobSpec[] })).toThrow(message);
});
