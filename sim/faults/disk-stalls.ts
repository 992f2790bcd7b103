/** A share of the requests to a disk takes far longer than usual, until faults heal; one that blocks holds up its task. */
import { defineRate } from './vocabulary/define.ts';
import { DISK, knob } from './vocabulary/knob.ts';

export const diskStalls = defineRate({
  kind: 'disk-stalls',
  title: 'requests to a disk stall',
  cause: 'a full queue, a retry of the drive, a snapshot of the volume',
  test: [
    'sim/services/disk.test.ts',
    'reads fail, bits rot, appends find no room, and requests stall, until faults heal',
  ],
  marks: ['disk-request-stalled'],
  swarm: DISK,
  knobs: {
    diskStallPpm: knob('ppm', [0, 2_000], 0, [100, 1_000], 'requests to a disk that stall'),
    diskStallMs: knob('ms', [0, 100], 20, [5, 50], 'how long they stall'),
  },
});
