import { expect, it } from 'vitest';
import { mapState } from '../api/functions.ts';
import { int32, string } from '../api/types.ts';
import { JobError } from '../errors.ts';
import { BroadcastStore, decodeBroadcast } from './broadcast-state.ts';

const rules = mapState('rules', string, int32);
const limits = mapState('limits', int32, string);
const store = (): BroadcastStore => new BroadcastStore('op', [rules, limits]);

it('is a function of the content: order of writes, empty states and removed entries leave no trace', () => {
  const a = store();
  a.state(rules).put('x', 1);
  a.state(rules).put('a', 2);
  const b = store();
  b.state(limits).put(1, 'gone');
  b.state(limits).clear();
  b.state(rules).put('a', 0);
  b.state(rules).put('z', 3);
  b.state(rules).remove('z');
  b.state(rules).put('a', 2);
  b.state(rules).put('x', 1);
  expect(b.snapshot().encode()).toEqual(a.snapshot().encode());
  expect(decodeBroadcast(a.snapshot().encode())).toEqual([{ state: 'rules', entries: [['a', 2], ['x', 1]] }]);
  expect(a.state(rules).entries()).toEqual([['a', 2], ['x', 1]]);
});

it('a snapshot does not see what is written after it', () => {
  const live = store();
  live.state(rules).put('a', 1);
  const snapshot = live.snapshot();
  live.state(rules).put('a', 2);
  live.state(limits).put(1, 'x');
  expect(decodeBroadcast(snapshot.encode())).toEqual([{ state: 'rules', entries: [['a', 1]] }]);
});

it('comes back from its bytes, also a state that nobody declares any more', () => {
  const before = store();
  before.state(rules).put('a', 1);
  before.state(limits).put(7, 'x');
  const after = new BroadcastStore('op', [rules]);
  after.restore(before.snapshot().encode());
  expect(after.state(rules).get('a')).toBe(1);
  expect(after.snapshot().encode()).toEqual(before.snapshot().encode());
  expect(() => after.state(limits)).toThrow('operator op has no broadcast state "limits" (it has rules); give its descriptor to broadcast');
});

it('says what is wrong with another type and with undefined', () => {
  const wrong = mapState('rules', string, string);
  expect(() => store().state(wrong)).toThrow('the broadcast state "rules" was declared with other types');
  const before = store();
  before.state(rules).put('a', 1);
  expect(() => new BroadcastStore('op', [wrong]).restore(before.snapshot().encode())).toThrow(JobError);
  expect(() => mapStateOf().put('a', undefined)).toThrow('undefined cannot be stored in the broadcast state "any"');
});

function mapStateOf() {
  const any = mapState<string, unknown>('any', string, int32);
  return new BroadcastStore('op', [any]).state(any);
}
