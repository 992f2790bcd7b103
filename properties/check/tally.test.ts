import { expect, it } from 'vitest';
import { plain } from '../testing/jobs.ts';
import type { RunResult } from '../run/run.ts';
import { CheckTally } from './tally.ts';

it('says why an order was not judged: records came, and none had to be behind another', () => {
  const tally = new CheckTally();
  tally.add({
    counters: { sourceRecords: 3, committed: { out: 3 }, incidents: {} },
    observed: { committed: { out: [1, 2, 3] } },
    marks: [],
    laws: [],
    vitals: { stateSeen: true },
    asked: [{ oracle: 'orderedBy', place: 'out', records: 0, unjudged: undefined }],
    verdict: 'pass',
  } as unknown as RunResult);
  const due = { kills: false, restores: false };
  expect(() => {
    tally.require('job', plain().job, due, new Map([['orderedBy', ['out']]]));
  }).toThrow(
    '`orderedBy` had nothing to compare in topic out: no key has two different records, one made after the other',
  );
});
