import { expect, it } from 'vitest';
import { decide, type DeciderState, type Decision } from './request-decider.ts';

const calm: DeciderState = {
  stopping: false,
  running: true,
  pending: 0,
  maxConcurrent: 1,
  savepoints: [],
  finalDue: false,
  periodicDue: false,
  now: 1_000,
  lastCompletion: undefined,
  minPauseMs: 0,
};
const checkpoint: Decision = { kind: 'trigger', what: 'checkpoint' };
const waits = (why: 'over' | 'not-all-running' | 'nothing' | 'max-concurrent'): Decision => ({ kind: 'wait', why });

it.each<[string, Partial<DeciderState>, Decision]>([
  ['nothing is asked for', {}, waits('nothing')],
  ['the interval is over', { periodicDue: true }, checkpoint],
  [
    'a task does not run',
    { running: false, periodicDue: true, savepoints: ['stop'], finalDue: true },
    waits('not-all-running'),
  ],
  ['a stop is under way', { stopping: true, periodicDue: true, savepoints: ['savepoint'] }, waits('over')],
  ['as many as may be are pending', { pending: 1, periodicDue: true }, waits('max-concurrent')],
  [
    'a savepoint is bound by max concurrent, too',
    { pending: 2, maxConcurrent: 2, savepoints: ['savepoint'] },
    waits('max-concurrent'),
  ],
  ['one more may be pending', { pending: 1, maxConcurrent: 2, periodicDue: true }, checkpoint],
  [
    'savepoints come first, in order',
    { periodicDue: true, finalDue: true, savepoints: ['stop', 'savepoint'] },
    { kind: 'trigger', what: 'stop' },
  ],
  [
    'the pause is not over',
    { periodicDue: true, lastCompletion: 900, minPauseMs: 150 },
    { kind: 'wait', why: 'min-pause', ms: 50 },
  ],
  ['the pause is just over', { periodicDue: true, lastCompletion: 850, minPauseMs: 150 }, checkpoint],
  [
    'the pause does not bind savepoints',
    { savepoints: ['savepoint'], lastCompletion: 999, minPauseMs: 150 },
    { kind: 'trigger', what: 'savepoint' },
  ],
  ['the pause does not bind the final one', { finalDue: true, lastCompletion: 999, minPauseMs: 150 }, checkpoint],
  ['no pause before the first one', { periodicDue: true, minPauseMs: 10_000 }, checkpoint],
])('%s', (_, change, expected) => {
  expect(decide({ ...calm, ...change })).toEqual(expected);
});
