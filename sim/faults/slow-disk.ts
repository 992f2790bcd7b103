/** Requests to a disk take time, and not always the same. */
import { defineRate } from './vocabulary/define.ts';
import { DISK, knob } from './vocabulary/knob.ts';

export const slowDisk = defineRate({
  kind: 'slow-disk',
  title: 'slow and jittery disks',
  cause: 'load, network storage',
  test: ['sim/faults/rates.test.ts', 'a request to each service takes its latency, and at most its jitter more'],
  swarm: DISK,
  knobs: {
    diskLatencyUs: knob('us', [0, 300], 100, [20, 150], 'least time of a request to a disk'),
    diskJitterUs: knob('us', [0, 300], 0, [20, 150], 'added to it by a draw'),
  },
  cost: ({ diskLatencyUs, diskJitterUs }) => ({ diskUs: diskLatencyUs + diskJitterUs }),
});
