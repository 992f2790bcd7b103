/** What was not synced may be there after a power loss all the same: all of it, or some sectors. */
import { defineRate } from './vocabulary/define.ts';
import { knob, POWER } from './vocabulary/knob.ts';

export const writtenBack = defineRate({
  kind: 'written-back',
  title: 'a power loss leaves some of what was not synced: torn writes',
  cause: 'a page cache that writes back by itself, sector by sector, and a journal for names',
  test: [
    'sim/services/disk.test.ts',
    'a power loss may leave what was not synced: all of it, some sectors, the first names',
  ],
  marks: ['unsynced-write-survived'],
  swarm: POWER,
  knobs: {
    diskWrittenBackPer1000: knob(
      'per1000',
      [0, 1_000],
      0,
      [200, 900],
      'files of which a power loss leaves something that was not synced',
    ),
  },
});
