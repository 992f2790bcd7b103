/** A bounded input ends behind its last record: offsets that hold none, by which no reader sees that it has come to the end. */
import { defineRate } from './vocabulary/define.ts';
import { knob } from './vocabulary/knob.ts';

export const recordlessTail = defineRate({
  kind: 'recordless-tail',
  title: 'the last offsets of an input hold no record',
  cause: 'transaction markers, aborted transactions, compaction',
  test: ['sim/services/broker.test.ts', 'a bounded partition may end behind its last record'],
  finds: 'end-by-last-record',
  swarm: { name: 'tail', on: 150, drawn: 1000 },
  knobs: {
    recordlessTailMax: knob(
      'count',
      [0, 5],
      0,
      [1, 3],
      'offsets without a record at the end of a source partition that does not grow, at most',
    ),
  },
});
