import { expect, it } from 'vitest';
import { plain } from '../testing/jobs.ts';
import { uncounted } from '../outcome.ts';
import { CheckTally } from './tally.ts';

it('says why an order was not judged: records came, and none had to be behind another', () => {
  const tally = new CheckTally();
  tally.add({
    ...uncounted({
      counters: { sourceRecords: 3 },
      observed: { committed: { out: [1, 2, 3] } },
      asked: [{ oracle: 'orderedBy', place: 'out', records: 0, unjudged: undefined }],
    }),
    overrides: [],
    vitals: { stateSeen: true, stateRestored: 0, killsAfterCheckpoint: 0, late: 0 },
  });
  const due = { kills: false, restores: false, upgrades: false };
  expect(() => {
    tally.require('job', plain().job, due, new Map([['orderedBy', ['out']]]));
  }).toThrow(
    '`orderedBy` had nothing to compare in topic out: no key has two different records, one made after the other',
  );
});

it('a check of upgrades in which no version took over proves nothing', () => {
  const tally = new CheckTally();
  tally.add({
    ...uncounted({ counters: { sourceRecords: 3 }, observed: { committed: { out: [1, 2, 3] } } }),
    overrides: [],
    vitals: { stateSeen: true, stateRestored: 0, killsAfterCheckpoint: 0, late: 0 },
  });
  const require = (upgrades: boolean) => (): void => {
    tally.require('job', plain().job, { kills: false, restores: false, upgrades }, new Map());
  };
  expect(require(false)).not.toThrow();
  expect(require(true)).toThrow('no version of the job took over from the one before: more runs, or more records');
});
