/**
 * Places of the engine that do on purpose what the real one does rarely: a notification that is lost, late or repeated, a
 * snapshot worker that is slow. A site is active for a whole run or not at all; an active one fires per call.
 */
import { SLOW_WORKER_MS } from '../../core/task/async-snapshots.ts';
import { defineRate } from './vocabulary/define.ts';
import { knob } from './vocabulary/knob.ts';

export const misbehavingSites = defineRate({
  kind: 'misbehaving-sites',
  title: 'notifications of checkpoints lost, late, repeated; slow uploads (buggify)',
  cause: 'best-effort messages, reordering, a busy disk',
  test: [
    'sim/kernel/actors.test.ts',
    'activates a buggify site for the whole run or not at all, alike in every process, and fires it per call',
  ],
  finds: 'final-notification-awaited-once',
  swarm: { name: 'buggify', on: 250, drawn: 1000 },
  knobs: {
    buggifySitePer1000: knob('per1000', [0, 1_000], 0, [300, 1_000], 'sites of the engine that misbehave on purpose'),
    buggifyFirePer1000: knob('per1000', [0, 500], 0, [50, 500], 'calls of such a site that do'),
  },
  cost: ({ buggifySitePer1000, buggifyFirePer1000 }) =>
    buggifySitePer1000 > 0 && buggifyFirePer1000 > 0 ? { uploadUs: SLOW_WORKER_MS * 1000 } : {},
});
