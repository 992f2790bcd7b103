import { expect, it } from 'vitest';
import { event } from '../model/testing/turns.ts';
import { operatorState } from './operator-state.ts';
import { anomaliesOf, LISTS, plain, provesLaw } from '../testing/jobs.ts';
import { change, changeImage, changeSubtasks, hear, type History } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';

/** Five records at two subtasks of `hold`, which keep two of them each at checkpoint 1, or one; a restore with `subtasks`. */
function held(subtasks = 3): History {
  const input = [[event('a', 1, 1), event('b', 2, 2), event('c', 3, 3), event('d', 4, 4), event('e', 5, 5)]];
  const script = new Script({ job: LISTS, input: { in: input }, parallelism: { hold: 2 } }).start();
  for (let i = 0; i < 5; i++) script.read(0);
  return script.drain().checkpoint(1).start(1, { hold: subtasks }).finish(2).history;
}
type Lists = readonly { operator: string; state: string; mode: string; items: readonly unknown[] }[];

const edit = (edited: (lists: Lists, subtask: number) => Lists): History =>
  changeImage(held(), 1, (image) =>
    changeSubtasks(image, 'hold', (subtask, i) => ({ ...subtask, operatorState: edited(subtask.operatorState, i) })),
  );
/** What one subtask is given is another. */
const given = (subtask: number, state: string, items: (before: readonly unknown[]) => readonly unknown[]): History =>
  change(
    held(),
    'operatorStateRestored',
    ({ task }) => task.attempt === 2 && task.subtask === subtask,
    ({ states }) => ({
      states: states.map((list) => (list.state === state ? { ...list, items: items(list.items) } : list)),
    }),
  );

provesLaw(operatorState, {
  missing: { accepts: held, rejects: () => edit((lists, i) => (i === 1 ? [] : lists)) },
  stray: {
    nothingToCompare: true,
    accepts: plain,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'out', (subtask) => ({
          ...subtask,
          operatorState: [{ operator: 'out', state: 'buffer', mode: 'split', items: [1] }],
        })),
      ),
  },
  content: {
    accepts: () => edit((lists) => lists.map((list) => ({ ...list, items: [...list.items] }))),
    rejects: () => edit((lists) => lists.map((list) => ({ ...list, items: list.items.toReversed() }))),
  },
  lost: { accepts: () => held(1), rejects: () => given(0, 'buffer', () => []) },
  doubled: { accepts: () => held(2), rejects: () => given(1, 'buffer', (items) => [...items, 5]) },
  'union-incomplete': { accepts: () => held(5), rejects: () => given(2, 'seen', (items) => items.slice(1)) },
});

it('an item that goes to another subtask than it should is no matter of conservation', () => {
  const moved = change(
    held(1),
    'operatorStateRestored',
    ({ task }) => task.attempt === 2,
    ({ states }) => ({ states: states.map((list) => ({ ...list, items: list.items.toReversed() })) }),
  );
  expect(anomaliesOf(operatorState, moved)).toEqual(['union-incomplete']);
});

it('a mode that changes is another content', () => {
  const modes = edit((lists) => lists.map((list) => ({ ...list, mode: 'split' })));
  expect(anomaliesOf(operatorState, modes)).toContain('content');
});

it('has compared nothing where all lists are empty, in the bytes and in the model', () => {
  const empty = new Script({ job: LISTS, input: { in: [[]] }, parallelism: { hold: 2 } }).start().drain().checkpoint(1);
  expect(hear(empty.finish(2).history)).toMatchObject({ violations: [] });
  expect(hear(empty.history).compared).not.toContain('operator-state');
});
