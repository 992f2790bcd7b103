/** A read returns fewer bytes than were asked for and are there, but at least one. */
import { defineRate } from './vocabulary/define.ts';
import { DISK, knob } from './vocabulary/knob.ts';

export const shortReads = defineRate({
  kind: 'short-reads',
  title: 'reads of a disk return less than was asked for',
  cause: 'what the system call promises',
  test: ['sim/services/disk.test.ts', 'a short read returns less than is there, and at least one byte'],
  marks: ['disk-read-short'],
  swarm: DISK,
  knobs: {
    diskShortReadPer1000: knob('per1000', [0, 500], 0, [10, 200], 'reads that return fewer bytes than asked for'),
  },
});
