/**
 * A disk fails by itself: reads that cannot be done, bits that are not those that were written, appends for which it has no room
 * or which it writes in the wrong place.
 */
import { defineRate } from './vocabulary/define.ts';
import { DISK_ERRORS, knob } from './vocabulary/knob.ts';

export const diskErrors = defineRate({
  kind: 'disk-errors',
  title: 'reads of a disk fail, what is on it rots, it is full',
  cause: 'bad sectors, bit rot, a lost write, other users of the disk, firmware that mixes up addresses',
  test: [
    'sim/services/disk.test.ts',
    'reads fail, bits rot, appends find no room, and requests stall, until faults heal',
  ],
  marks: [
    'read-failed-in-turn',
    'damaged-block-found',
    'no-room-during-flush',
    'no-room-during-compaction',
    'damage-of-misdirected-write',
    'local-copy-rejected',
  ],
  swarm: DISK_ERRORS,
  knobs: {
    diskReadErrorPpm: knob(
      'ppm',
      [0, 20_000],
      0,
      [100, 2_000],
      'reads that meet a sector that cannot be read from then on',
    ),
    diskBitRotPer1000: knob('per1000', [0, 100], 0, [2, 20], 'appends of which a bit is another one from then on'),
    diskFullPer1000: knob('per1000', [0, 100], 0, [2, 20], 'appends that find no room'),
    diskMisdirectedPer1000: knob('per1000', [0, 100], 0, [1, 10], 'appends that overwrite something else on the disk'),
  },
  // What is damaged before faults heal is found afterwards.
  cost: ({ diskReadErrorPpm, diskBitRotPer1000, diskMisdirectedPer1000 }) =>
    diskReadErrorPpm + diskBitRotPer1000 + diskMisdirectedPer1000 > 0 ? { restarts: 2 } : {},
});
