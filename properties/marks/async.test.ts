import type { Facts } from '../../core/facts.ts';
import {
  asyncAnswerAfterRestore,
  asyncAnsweredTwice,
  asyncHeldByHead,
  asyncHeldByWatermark,
  asyncLastRetry,
  asyncLateAnswer,
  asyncRetrySucceeds,
  asyncTimeout,
} from './async.ts';
import { type Event, proves, states, task } from './testing/facts.ts';

const answer = (element: number, fact: Partial<Facts['asyncAnswered']> = {}): Event =>
  states('asyncAnswered', { task: task(), element, nth: 1, outcome: 'answered', value: 7, counts: true, ...fact });
const asked = (element: number): Event => states('asyncRequested', { task: task(), element, request: 1 });
const out = (element: number, by: 'answer' | 'timeout' = 'answer'): Event =>
  states('asyncCompleted', { task: task(), element, by });
const again = (element: number): Event =>
  states('asyncResumed', { task: task(), element, value: 'v', timestamp: undefined });
const late = (element: number): Event => states('asyncTimedOut', { task: task(), element });
const rises: Event = states('watermarkAdvanced', { task: task(), watermark: 5 });
const failed = { outcome: 'failed', value: undefined } as const;

// It fails; another element has the answer; the same number in another attempt.
proves(asyncAnswerAfterRestore, {
  reaches: [again(0), answer(0)],
  nearMiss: [again(0), answer(0, failed), answer(1), answer(0, { task: task(2) })],
});
// It was given up, and the task fails for it.
proves(asyncTimeout, { reaches: [out(0, 'timeout')], nearMiss: [late(0), out(1)] });
// A failure and an answer; the answer to a retry; the same number at another subtask.
proves(asyncAnsweredTwice, {
  reaches: [answer(0), answer(0, { counts: false })],
  nearMiss: [answer(0, failed), answer(0, { nth: 2 }), answer(1), answer(0, { task: task(1, 1) })],
});
// Of another element; before it.
proves(asyncLateAnswer, {
  reaches: [late(0), answer(0, { counts: false })],
  nearMiss: [answer(0), late(0), answer(1)],
});
// The retry fails, too; its answer comes too late to count.
proves(asyncRetrySucceeds, {
  reaches: [answer(0, failed), answer(0, { nth: 2 })],
  nearMiss: [answer(0, failed), answer(0, { ...failed, nth: 2 }), answer(0, { nth: 3, counts: false })],
});
// Something waits, and for no retry.
proves(asyncLastRetry, {
  reaches: [states('asyncDraining', { task: task(), pending: 2, retrying: 1 })],
  nearMiss: [states('asyncDraining', { task: task(), pending: 2, retrying: 0 })],
});
// The second has its answer and goes out first; a watermark lies between; the first has its answer first.
proves(asyncHeldByHead, {
  reaches: [asked(0), asked(1), answer(1), answer(0), out(0)],
  nearMiss: [asked(0), asked(1), answer(1), out(1), rises, asked(2), answer(2), answer(0), out(0), answer(3), out(2)],
});
proves(asyncHeldByWatermark, {
  reaches: [asked(0), rises, asked(1), answer(1), answer(0), out(0)],
  nearMiss: [asked(0), asked(1), answer(1), answer(0), out(0), rises, asked(2), out(1), answer(2), out(2)],
});
