import { queryAnswered, queryAnsweredByMovedTask } from './queries.ts';
import { proves, states } from './testing/facts.ts';
import type { Facts } from '../../core/facts.ts';

const answered = (reply: Partial<Facts['queryAnswered']>) =>
  states('queryAnswered', {
    query: 1,
    answeredBy: 2,
    error: undefined,
    value: 1,
    now: 0,
    asked: undefined,
    moved: false,
    ...reply,
  });

proves(queryAnswered, { reaches: [answered({})], nearMiss: [answered({ error: 'unknown-key', value: undefined })] });
// Answered by the task that was looked up first; or not answered at all, wherever it has gone.
proves(queryAnsweredByMovedTask, { reaches: [answered({ moved: true })], nearMiss: [answered({ moved: false })] });
proves(queryAnsweredByMovedTask, {
  reaches: [answered({ moved: true, error: 'unknown-key' })],
  nearMiss: [answered({ moved: true, error: 'not-running' })],
});
