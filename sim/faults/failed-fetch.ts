/** The log broker cannot answer the next reads of it: whoever reads hears an error, and no record. */
import { defineIncident } from './vocabulary/define.ts';
import { whole } from './vocabulary/fields.ts';

const PLANS_PER_1000 = 60;
const FETCHES_MAX = 3;

export const failedFetch = defineIncident({
  kind: 'failed-fetch',
  title: 'reads of the log fail',
  cause: 'a leader that has moved, a segment that cannot be read, a request that has timed out',
  test: ['sim/faults/incidents.test.ts', 'failed fetches are the next ones, and end when faults heal'],
  finds: 'read-error-ends-the-split',
  fields: { fetches: whole(1, FETCHES_MAX, 'how many fetches fail') },
  inject: ({ broker }, { fetches }) => {
    broker.failFetches(fetches);
    return true;
  },
  // A stage in batch begins anew, and so often it may not.
  draw: (dice, shape) =>
    !shape.batch && dice.chance(PLANS_PER_1000)
      ? [{ what: { kind: 'failed-fetch', fetches: dice.skewed(1, FETCHES_MAX) }, when: shape.anywhere(dice).when }]
      : [],
  cost: ({ fetches }) => ({ restarts: fetches }),
  words: ({ fetches }) => `fail the next ${fetches === 1 ? 'read' : `${fetches} reads`} of the log`,
});
