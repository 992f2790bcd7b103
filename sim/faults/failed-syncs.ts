/** A sync fails, once: what it should have written counts as written from then on, and is gone after a power loss. */
import { defineRate } from './vocabulary/define.ts';
import { knob, POWER } from './vocabulary/knob.ts';

export const failedSyncs = defineRate({
  kind: 'failed-syncs',
  title: 'syncs fail once, and lie afterwards',
  cause: 'kernels that mark a page clean when its write has failed',
  test: [
    'sim/services/disk.test.ts',
    'a sync that has failed says the next time that all is well, and a power loss shows that it is not',
  ],
  marks: ['failed-sync-lied'],
  swarm: POWER,
  knobs: {
    diskSyncFailPer1000: knob('per1000', [0, 300], 0, [10, 150], 'syncs that fail'),
  },
});
