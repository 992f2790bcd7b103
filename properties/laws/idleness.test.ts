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

/** Of three readers the last one has no split. */
function vacant(): IdleScript {
  return new IdleScript({ job: IDLING, input: { in: INPUT }, parallelism: { in: 3, sums: 2, out: 1 } }).start();
}
const ofVacant = ({ task }: { readonly task: TaskId }): boolean => task.vertex === 'in' && task.subtask === 2;

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

/** The third reader says that it is idle so many milliseconds after its start; a checkpoint comes 3 s after it. */
function vacantFor(ms: number): IdleScript {
  return vacant()
    .at(1_000 * ms)
    .says(2, true)
    .at(3_000_000)
    .end('in', 2)
    .drain();
}

it('a reader without splits is idle after the timeout, and has to say so', () => {
  const of = (script: IdleScript): readonly string[] => anomaliesOf(idleness, script.finish(1).history);
  expect(of(vacantFor(60))).toEqual([]);
  expect(of(vacantFor(40))).toEqual(['too-early']);
  expect(of(vacant().at(60_000).says(2, true).says(2, false).end('in', 2).drain())).toEqual(['woken']);
  const looking = (...looks: readonly number[]): IdleScript => {
    const fresh = vacant();
    for (const ms of looks) fresh.at(1_000 * ms).look(2);
    return fresh.end('in', 2).drain();
  };
  // It is idle at the look at 76 ms, and has said so by the next one.
  expect(of(looking(10, 20, 72, 76))).toEqual([]);
  expect(of(looking(10, 20, 72, 76, 80))).toEqual(['not-idle']);
  const waiting = vacant().at(60_000).says(2, true).at(3_000_000).trigger(1).drain().end('in', 2).drain();
  const history = waiting.complete(1).notify(1).finish(2).history;
  expect(anomaliesOf(idleness, history)).toEqual([]);
  expect(anomaliesOf(idleness, drop(history, 'statusSent', ofVacant))).toEqual(['not-idle']);
});

/** The reader of a split that has nothing from 0 ms on looks at these times; `x`: it is held up. */
function lookingAt(...looks: readonly (number | readonly [ms: number, held: 'x'])[]): IdleScript {
  const fresh = script().read(0).read(1).quiet(0);
  for (const look of looks) {
    const [ms, held] = typeof look === 'number' ? [look] : look;
    fresh.at(1_000 * ms).look(0, held === 'x');
  }
  return fresh;
}

it('a split that is quiet at each look for longer than its timeout is idle at the last of them', () => {
  const of = (looking: IdleScript): readonly string[] => anomaliesOf(idleness, looking.finish(1).history);
  // The first look that it is quiet at starts its clock; the timeout is 50 ms, and a clock may be slow.
  expect(of(lookingAt(10, 20, 72))).toEqual([]);
  expect(of(lookingAt(10, 20, 76))).toEqual(['not-idle']);
  expect(of(lookingAt(10, 20, 76).back(0))).toEqual(['not-idle']);
  expect(of(lookingAt(10, 20).at(70_000).idle(0).at(76_000).look(0).back(0))).toEqual([]);
  // Time in which the reader is held up does not count.
  expect(of(lookingAt(10, 20, [76, 'x'], 100))).toEqual([]);
  expect(of(lookingAt(10, 20, [76, 'x'], 100, 110, 135))).toEqual(['not-idle']);
});

it('time in which alignment pauses a split does not count as quiet', () => {
  const limited = (limit: number): History => {
    return insertAfter(
      lookingAt(10, 20, 76).finish(1).history,
      'splitDrained',
      () => true,
      ({ task }) => fact('alignmentLimited', { task, limit }),
    );
  };
  // Split 0 stands at 0.
  expect(anomaliesOf(idleness, limited(-1))).toEqual([]);
  expect(anomaliesOf(idleness, limited(0))).toEqual(['not-idle']);
});

it('a reader is active when its last split is finished, though that was idle, and idle again after the timeout', () => {
  const input = { in: [[event('a', 1)], [event('b', 1)]] };
  const finishing = (idleAtMs: number): IdleScript => {
    const script = new IdleScript({ job: IDLING, input, parallelism: { in: 2, sums: 2, out: 1 } }).start();
    script.read(0).quiet(0).at(60_000).idle(0).at(70_000).finished(0);
    return script.at(1_000 * idleAtMs).says(0, true);
  };
  const checked = (script: IdleScript): History => script.checkpoint(1).end('in', 0).drain().finish(2).history;
  expect(anomaliesOf(idleness, checked(finishing(130)))).toEqual([]);
  expect(anomaliesOf(idleness, checked(finishing(110)))).toEqual(['too-early']);
  const said = ({ task, idle }: { readonly task: TaskId; readonly idle: boolean }): boolean =>
    task.vertex === 'in' && task.subtask === 0 && !idle;
  expect(anomaliesOf(idleness, drop(checked(finishing(130)), 'statusSent', said))).toEqual(['too-early']);
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
