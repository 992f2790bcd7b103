import { expect, it } from 'vitest';
import { mapState } from '../job/states.ts';
import { int32, string } from '../job/types.ts';
import { JobError } from '../errors.ts';
import { UserCode } from '../user-code.ts';
import { BroadcastStore, decodeBroadcast } from './broadcast-state.ts';

const rules = mapState('rules', string, int32);
const limits = mapState('limits', int32, string);
const store = (): BroadcastStore => new BroadcastStore('op', [rules, limits], new UserCode());

/** As broadcast elements would. */
function write(to: BroadcastStore, turn: (state: BroadcastStore['state']) => void): BroadcastStore {
  to.write(() => {
    turn((descriptor) => to.state(descriptor));
  });
  return to;
}

it('is a function of the content: order of writes, empty states and removed entries leave no trace', () => {
  const a = write(store(), (state) => {
    state(rules).put('x', 1);
    state(rules).put('a', 2);
  });
  const b = write(store(), (state) => {
    state(limits).put(1, 'gone');
    state(limits).clear();
    state(rules).put('a', 0);
    state(rules).put('z', 3);
    state(rules).remove('z');
    state(rules).put('a', 2);
    state(rules).put('x', 1);
  });
  expect(b.snapshot().encode()).toEqual(a.snapshot().encode());
  expect(decodeBroadcast(a.snapshot().encode())).toEqual([
    {
      state: 'rules',
      entries: [
        ['a', 2],
        ['x', 1],
      ],
    },
  ]);
  expect(a.state(rules).entries()).toEqual([
    ['a', 2],
    ['x', 1],
  ]);
});

it('a snapshot does not see what is written after it', () => {
  const live = write(store(), (state) => state(rules).put('a', 1));
  const snapshot = live.snapshot();
  write(live, (state) => {
    state(rules).put('a', 2);
    state(limits).put(1, 'x');
  });
  expect(decodeBroadcast(snapshot.encode())).toEqual([{ state: 'rules', entries: [['a', 1]] }]);
});

it('is read back from its bytes, also a state that is no longer declared', () => {
  const before = write(store(), (state) => {
    state(rules).put('a', 1);
    state(limits).put(7, 'x');
  });
  const after = new BroadcastStore('op', [rules], new UserCode());
  after.restore(before.snapshot().encode());
  expect(after.state(rules).get('a')).toBe(1);
  expect(after.snapshot().encode()).toEqual(before.snapshot().encode());
  expect(() => after.state(limits)).toThrow(
    'it has no broadcast state "limits" (it has rules); give its descriptor to broadcast',
  );
});

it('says what is wrong with another type and with undefined', () => {
  const wrong = mapState('rules', string, string);
  expect(() => store().state(wrong)).toThrow('the broadcast state "rules" was declared with keys of');
  const before = write(store(), (state) => state(rules).put('a', 1));
  expect(() => new BroadcastStore('op', [wrong], new UserCode()).restore(before.snapshot().encode())).toThrow(JobError);
  const any = mapState<string, unknown>('any', string, int32);
  const put = (): BroadcastStore =>
    write(new BroadcastStore('op', [any], new UserCode()), (state) => state(any).put('a', undefined));
  expect(put).toThrow('undefined cannot be stored in the broadcast state "any"');
});

it('is written in the turn of a broadcast element only: a state that was kept refuses, also after a turn that threw', () => {
  const live = store();
  const kept = live.state(rules);
  const refusal = 'the broadcast state "rules" is read-only for elements and timers';
  const turn = (): void =>
    live.write(() => {
      kept.put('a', 1);
      throw new Error('thrown by the job');
    });
  expect(turn).toThrow('thrown by the job');
  expect(() => kept.put('b', 2)).toThrow(refusal);
  expect(() => kept.remove('a')).toThrow(refusal);
  expect(() => kept.clear()).toThrow(refusal);
  expect(kept.entries()).toEqual([['a', 1]]);
});
