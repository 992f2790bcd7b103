import { expect, it } from 'vitest';
import { EngineBug, IoError, JobError, Killed } from './errors.ts';
import { JobFault } from './job-fault.ts';
import { record, int32, bytes } from './job/types.ts';
import { UserCode } from './user-code.ts';
import { takerOf } from './values/taker.ts';

/** What becomes of an error that is thrown in a call of user code; `pauses`: user code had called the engine. */
function thrown(error: unknown, pauses = false): Error {
  const user = new UserCode();
  user.atRecord({ n: 1 });
  user.enter('p');
  if (pauses) user.pause();
  return user.thrown(error, 'p', 'processElement');
}

it('what user code throws is its fault, with the record', () => {
  const fault = thrown(new TypeError('x is undefined'));
  expect(fault).toBeInstanceOf(JobFault);
  expect(fault instanceof JobFault && fault.data('head')).toMatchObject({
    kind: 'threw',
    operator: 'p',
    message: 'operator p: processElement threw TypeError: x is undefined',
    record: '{"n":1}',
  });
});

it('what the engine throws inside of a call stays what it is', () => {
  const bug = new TypeError('of the engine');
  expect(thrown(bug, true)).toBe(bug);
  for (const error of [new EngineBug('an assertion'), new IoError('gone'), new Killed()]) {
    expect(thrown(error, true)).toBe(error);
  }
  expect(thrown(new Killed())).toBeInstanceOf(Killed);
});

it('a rule of the job that the engine finds broken is a fault, whoever runs', () => {
  expect(thrown(new JobError('two types'), true)).toMatchObject({ kind: 'broken-rule', message: 'two types' });
});

it('the innermost operator is to blame, and the first fault ends the turn even if it is caught', () => {
  const user = new UserCode();
  user.atRecord(1);
  user.enter('outer');
  const running = user.pause();
  user.enter('inner');
  const fault = user.thrown(new Error('no'), 'inner', 'the map function', 2);
  user.resume(running);
  expect(user.thrown(fault, 'outer', 'processElement')).toBe(fault);
  expect(fault instanceof JobFault && fault.data('?')).toMatchObject({ operator: 'inner', record: '2' });
  expect(() => user.check()).toThrow(fault);
});

it('takes what is of the type and freezes it all the way down', () => {
  const user = new UserCode();
  user.enter('p');
  const value = { n: 1, in: { n: 2 } };
  user.take(takerOf(record({ n: int32, in: record({ n: int32 }) })), value, 'collect');
  expect(Object.isFrozen(value.in)).toBe(true);
  expect(() => user.take(takerOf(record({ n: int32 })), { n: 1, m: 2 }, 'collect')).toThrow(
    'at .m: a field that the type does not declare',
  );
});

it('finds bytes that change after they were taken, at the end of that turn or of the next', () => {
  const user = new UserCode();
  user.enter('p');
  const value = new Uint8Array([1, 2]);
  user.take(takerOf(bytes), value, 'collect');
  user.check();
  value[1] = 3;
  user.atRecord(0);
  expect(() => user.check()).toThrow('collect was changed after it had been handed over');
});

it.each([
  [new TypeError("Cannot assign to read only property 'n' of object '#<Object>'"), 'mutated'],
  [new TypeError('Cannot add property 1, object is not extensible'), 'mutated'],
  [new TypeError("Cannot delete property 'n' of #<Object>"), 'mutated'],
  [new TypeError('Attempted to assign to readonly property.'), 'mutated'],
  [new TypeError('this account is read-only since May'), 'threw'],
  [new Error("Cannot assign to read only property 'n'"), 'threw'],
])('%s is of kind %s', (error, kind) => {
  expect(thrown(error)).toMatchObject({ kind });
});
