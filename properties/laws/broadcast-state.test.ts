import { expect, it } from 'vitest';
import type { KeyedBroadcastProcessFunction } from '../../core/job/functions.ts';
import { event } from '../model/testing/turns.ts';
import { broadcastState } from './broadcast-state.ts';
import { plain, provesLaw, RULES } from '../testing/jobs.ts';
import { change, changeImage, changeSubtasks, type History, judge } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';

/** Two subtasks with rules for a and b at checkpoint 1; a restore with one more subtask; more rules. */
function ruled(): History {
  const input = [[event('a', 1, 3), event('b', 2, 4), event('a', 3, 5)]];
  return new Script({ job: RULES, input: { in: input }, parallelism: { apply: 2 } })
    .start()
    .read(0)
    .read(0)
    .drain()
    .checkpoint(1)
    .start(1, { apply: 3 })
    .finish(2).history;
}
const edit = (
  checkpoint: number,
  only: (subtask: number) => boolean,
  broadcast: readonly { state: string; entries: readonly (readonly [unknown, unknown])[] }[] | null,
): History =>
  changeImage(ruled(), checkpoint, (image) =>
    changeSubtasks(image, 'apply', (subtask, i) => (only(i) ? { ...subtask, broadcast } : subtask)),
  );
const RIGHT = [
  {
    state: 'rules',
    entries: [
      ['a', 3],
      ['b', 4],
    ],
  },
] as const;
const WRONG = [
  {
    state: 'rules',
    entries: [
      ['a', 3],
      ['b', 5],
    ],
  },
] as const;

provesLaw(broadcastState, {
  missing: { accepts: ruled, rejects: () => edit(1, (i) => i === 1, null) },
  stray: {
    nothingToCompare: true,
    accepts: plain,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'sums', (subtask) => ({ ...subtask, broadcast: RIGHT })),
      ),
  },
  content: { accepts: () => edit(1, () => true, RIGHT), rejects: () => edit(1, () => true, WRONG) },
  unequal: { accepts: () => drawn(1), rejects: () => drawn(2) },
});

/** Each copy is right by its own turns, and yet no two are the same: the function keeps what it draws. */
function drawn(subtasks: number, then: (script: Script) => Script = (script) => script.finish(2)): History {
  const state = { kind: 'map', name: 'rules', keyType: { kind: 'string' }, type: { kind: 'int32' } } as const;
  const apply = RULES.nodes[1];
  if (apply?.operator.kind !== 'keyedBroadcast') throw new Error('unreachable');
  const create = (): KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown> => ({
    processElement: (_value, ctx) => void ctx.random(10),
    processBroadcastElement: (_value, ctx) => ctx.getBroadcastState(state).put('drawn', ctx.random(10)),
  });
  const nodes = RULES.nodes.with(1, { ...apply, operator: { ...apply.operator, create } });
  const tape = ({ vertex, subtask }: { readonly vertex: string; readonly subtask: number }) => ({
    clock: [],
    random: vertex === 'apply' ? [{ n: 10, value: subtask }] : [],
  });
  const script = new Script({
    job: { ...RULES, nodes },
    input: { in: [[event('a', 1, 3)]] },
    parallelism: { apply: subtasks },
    tape,
  });
  return then(script.start().read(0).drain().checkpoint(1)).history;
}

it('copies may differ while barriers do not block', () => {
  const first = ({ checkpoint }: { readonly checkpoint: number }): boolean => checkpoint === 1;
  const passing = change(drawn(2), 'barrierSent', first, ({ edges }) => ({
    edges: edges.map((edge) => ({ ...edge, alignment: 'at-least-once' as const })),
  }));
  const others = (history: History): readonly string[] =>
    judge(history)
      .filter(({ message }) => message.includes('checkpoint 1 '))
      .map(({ anomaly }) => anomaly);
  expect(others(drawn(2))).toEqual(['unequal']);
  expect(others(passing)).toEqual([]);
});

it('copies that were ahead of their sources stay so behind a restore', () => {
  const restored = drawn(2, (script) => script.start(1).checkpoint(2).finish(3));
  const passing = change(
    restored,
    'barrierSent',
    ({ checkpoint }) => checkpoint === 1,
    ({ edges }) => ({ edges: edges.map((edge) => ({ ...edge, alignment: 'at-least-once' as const })) }),
  );
  const unequal = (history: History): readonly string[] =>
    judge(history).flatMap(({ anomaly, message }) => (anomaly === 'unequal' ? [message.slice(0, 12)] : []));
  expect(unequal(restored)).toEqual(['checkpoint 1']);
  expect(unequal(passing)).toEqual([]);
  // From nothing, or from a checkpoint before it, everything is as it was.
  const anew = drawn(2, (script) => script.start().read(0).drain().checkpoint(1).finish(2));
  const first = change(
    anew,
    'barrierSent',
    ({ checkpoint }) => checkpoint === 1,
    ({ edges }) => ({ edges: edges.map((edge) => ({ ...edge, alignment: 'at-least-once' as const })) }),
  );
  expect(unequal(first)).toEqual(['checkpoint 1']);
});

it('a savepoint is judged, too', () => {
  const input = { in: [[event('a', 1, 3), event('b', 2, 4)]] };
  const script = new Script({ job: RULES, input, parallelism: { apply: 2 } })
    .start()
    .read(0)
    .read(0)
    .drain()
    .savepoint(1)
    .checkpoint(2)
    .finish(3);
  const wrong = changeImage(script.history, 1, (image) =>
    changeSubtasks(image, 'apply', (subtask) => ({ ...subtask, broadcast: WRONG })),
  );
  expect(judge(script.history)).toEqual([]);
  expect(judge(wrong).map(({ law, anomaly }) => `${law}/${anomaly}`)).toContain('broadcast-state/content');
});
