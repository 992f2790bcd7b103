/**
 * The reply to a write is lost: the caller hears `unknown`, and a further draw says whether the write was applied. In
 * the object store, the HA store and the broker, until faults heal.
 */
import { defineRate } from './vocabulary/define.ts';
import { knob } from './vocabulary/knob.ts';

export const lostReplies = defineRate({
  kind: 'lost-replies',
  title: 'the reply to a write is lost: applied or not, the caller cannot know',
  cause: 'timeouts',
  test: [
    'sim/services/object-store.test.ts',
    'a refused put whose reply is lost is unknown, and the object is as it was',
  ],
  finds: 'unknown-write-is-failure',
  swarm: { name: 'lostReplies', on: 150, drawn: 1000 },
  knobs: { lostReplyPer1000: knob('per1000', [0, 100], 0, [1, 15], 'writes whose reply is lost') },
});
