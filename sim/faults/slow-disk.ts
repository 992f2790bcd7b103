/** Requests to a disk take time, and not always the same. */
import { defineRate } from './vocabulary/define.ts';
import { DISK, knob } from './vocabulary/knob.ts';

export const slowDisk = defineRate({
  kind: 'slow-disk',
  title: 'slow and jittery disks',
  cause: 'load, network storage',
  test: ['sim/faults/rates.test.ts', 'a request to each service takes its latency, and at most its jitter more'],
  swarm: DISK,
  parked: 'no part of the engine uses the disk yet',
  knobs: {
    diskLatencyUs: knob('us', [0, 20_000], 100, [50, 2_000], 'least time of a request to a disk'),
    diskJitterUs: knob('us', [0, 20_000], 0, [50, 5_000], 'added to it by a draw'),
  },
});
