import { expect, it } from 'vitest';
import type { TaskId } from '../../core/facts.ts';
import { event } from '../model/testing/turns.ts';
import { IdleScript } from '../testing/idle-script.ts';
import { anomaliesOf, IDLING, plain, provesLaw } from '../testing/jobs.ts';
import { drop, fact, type History, insertAfter, judge } from '../testing/listen.ts';
import { idleness } from './idleness.ts';
import { watermarks } from './watermarks.ts';

const INPUT = [
  [event('a', 1), event('b', 12), event('a', 31)],
  [event('b', 2), event('a', 13), event('b', 32)],
];

function script(): IdleScript {
  return new IdleScript({ job: IDLING, input: { in: INPUT }, parallelism: { in: 1, sums: 2, out: 1 } }).start();
}

/** Split 0 has nothing from 10 ms on, is idle at `idleAtMs`, and has its second record at 150 ms. */
function falling(idleAtMs = 100): History {
  return script()
    .read(0)
    .at(10_000)
    .quiet(0)
    .read(1)
    .at(1_000 * idleAtMs)
    .idle(0)
    .read(1)
    .drain()
    .at(150_000)
    .back(0)
    .read(0)
    .drain()
    .finish(1).history;
}

/** Split 1 is read at these times, split 0 has nothing. */
function reading(...atMs: readonly number[]): IdleScript {
  const long = Array.from({ length: atMs.length + 1 }, (_, i) => event('b', i));
  const fresh = new IdleScript({
    job: IDLING,
    input: { in: [[event('a', 1)], long] },
    parallelism: { in: 1, sums: 2, out: 1 },
  }).start();
  fresh.quiet(0).at(60_000).idle(0);
  for (const ms of atMs) fresh.at(1_000 * ms).read(1);
  return fresh;
}

const statusOf =
  (idle: boolean) =>
  (fact: { readonly split: string; readonly idle: boolean }): boolean =>
    fact.split === 'in-0' && fact.idle === idle;

provesLaw(idleness, {
  unread: {
    accepts: falling,
    rejects: () => drop(falling(), 'splitDrained', () => true),
  },
  'too-early': {
    accepts: () => falling(60),
    rejects: () => falling(50),
  },
  'read-while-idle': {
    accepts: falling,
    rejects: () => drop(falling(), 'splitStatus', statusOf(false)),
  },
  woken: {
    accepts: falling,
    rejects: () => drop(falling(), 'splitArrived', () => true),
  },
  'not-idle': {
    accepts: () => reading(100, 900, 1_600, 2_900).back(0).finish(1).history,
    rejects: () => drop(reading(100, 900, 1_600, 2_900).back(0).finish(1).history, 'splitStatus', statusOf(true)),
  },
});

it('a split whose strategy has no timeout is never idle', () => {
  const called = insertAfter(
    plain(),
    'sourceRecord',
    () => true,
    ({ task, split }) => fact('splitStatus', { task, split, idle: true }),
  );
  expect(anomaliesOf(idleness, called)).toContain('too-early');
});

it('an idle split does not hold its reader back, and the reader must say when all are idle', () => {
  const ofSource = ({ task }: { readonly task: TaskId }): boolean => task.vertex === 'in';
  const allIdle = script()
    .read(0)
    .read(1)
    .at(10_000)
    .quiet(0)
    .quiet(1)
    .at(100_000)
    .idle(0)
    .idle(1)
    .drain()
    .at(150_000)
    .back(0)
    .back(1)
    .finish(1).history;
  // The tasks behind it are no part of this script.
  const atSource = (history: History): readonly string[] =>
    judge(history).flatMap(({ law, place, anomaly }) => (law === watermarks.name && place === 'in' ? [anomaly] : []));
  expect(atSource(allIdle)).toEqual([]);
  expect(atSource(falling())).toEqual([]);
  // Split 1 stands at 1 when split 0, at 0, goes idle.
  const held = drop(falling(), 'watermarkSent', (sent) => ofSource(sent) && sent.watermark === 1);
  expect(atSource(held)).toContain('held-back');
  expect(atSource(drop(allIdle, 'statusSent', ofSource))).toContain('status');
});
