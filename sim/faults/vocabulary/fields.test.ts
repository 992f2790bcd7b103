import { expect, it } from 'vitest';
import { defineIncident } from './define.ts';
import { flag, optionalFact, processRef, whole } from './fields.ts';
import { together } from './cost.ts';

const shake = defineIncident({
  kind: 'shake',
  title: 'a host is shaken',
  cause: 'an earthquake',
  test: ['', ''],
  fields: { process: processRef(), forMs: whole(1, 10, 'ms'), hard: flag('how'), untilFact: optionalFact() },
  inject: () => true,
  draw: () => [],
  words: ({ process, hard }) => `shake ${process}${hard ? ' hard' : ''}`,
});

it('an incident is of a kind if all its fields are there, of their types and in their ranges', () => {
  const good = { kind: 'shake', process: 'self', forMs: 10, hard: true };
  const until = { ...good, untilFact: 'jobEnded' };
  expect([shake.is(good), shake.is(until)]).toEqual([true, true]);
  const bad = [
    { kind: 'shook' },
    { process: 3 },
    { forMs: 0 },
    { forMs: 11 },
    { forMs: 1.5 },
    { hard: 'yes' },
    { untilFact: 7 },
  ];
  expect(bad.map((change) => shake.is({ ...good, ...change }))).toEqual(bad.map(() => false));
  expect(shake.words(good)).toBe('shake self hard');
  expect(() => shake.words({ kind: 'shake' })).toThrow('this is no shake: {"kind":"shake"}');
});

it('costs add up, slow actors multiply, and of absences the longest counts', () => {
  const cost = together([
    { messageUs: 3, stepFactor: 2, restartUs: 5 },
    { messageUs: 4, stepFactor: 3, restartUs: 2 },
  ]);
  expect([cost.messageUs, cost.stepFactor, cost.restartUs, cost.restarts]).toEqual([7, 6, 5, 0]);
});
