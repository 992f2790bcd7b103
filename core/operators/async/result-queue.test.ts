import { expect, it } from 'vitest';
import type { AsyncMode } from '../../job/async-functions.ts';
import { ResultQueue, type Waiting } from './result-queue.ts';

/** "a b | c": elements and watermarks come. "c": it is done. Then what leaves: "a b |". */
function leaves(mode: AsyncMode, script: string): string {
  const queue = new ResultQueue(mode);
  const known = new Map<string, Waiting>();
  const left: string[] = [];
  let watermarks = 0;
  for (const step of script.split(' ')) {
    if (step === '|') queue.watermark(++watermarks);
    else if (step.startsWith('+')) {
      const name = step.slice(1);
      const waiting = { element: known.size, value: name, timestamp: undefined, outcome: undefined };
      known.set(name, waiting);
      queue.put(waiting);
    } else {
      const waiting = known.get(step);
      if (waiting !== undefined) queue.done(waiting, { by: 'answer', value: step });
    }
    for (let next = queue.release(); next !== undefined; next = queue.release())
      left.push(next.kind === 'watermark' ? `|${next.timestamp}` : String(next.waiting.value));
  }
  return `${left.join(' ')} (${queue.size})`;
}

// By hand: script, what leaves in ordered mode, in unordered mode, and how much is left.
it.each([
  ['+a a', 'a (0)', 'a (0)'],
  ['+a', ' (1)', ' (1)'],
  ['+a +b b', ' (2)', 'b (1)'],
  ['+a +b b a', 'a b (0)', 'b a (0)'],
  ['+a +b +c c b a', 'a b c (0)', 'c b a (0)'],
  ['+a +b +c b a c', 'a b c (0)', 'b a c (0)'],
  ['|', '|1 (0)', '|1 (0)'],
  ['| |', '|1 |2 (0)', '|1 |2 (0)'],
  ['+a | a', 'a |1 (0)', 'a |1 (0)'],
  ['+a | |', ' (2)', ' (2)'],
  ['+a | | a', 'a |2 (0)', 'a |2 (0)'],
  ['| +a a', '|1 a (0)', '|1 a (0)'],
  ['+a | +b b', ' (3)', ' (3)'],
  ['+a | +b b a', 'a |1 b (0)', 'a |1 b (0)'],
  ['+a | +b a', 'a |1 (1)', 'a |1 (1)'],
  ['+a +b | +c c b', ' (4)', 'b (3)'],
  ['+a +b | +c c b a', 'a b |1 c (0)', 'b a |1 c (0)'],
  ['+a | +b | +c c b a', 'a |1 b |2 c (0)', 'a |1 b |2 c (0)'],
  ['+a | +b +c c b a', 'a |1 b c (0)', 'a |1 c b (0)'],
  ['+a | +b +c c a b', 'a |1 b c (0)', 'a |1 c b (0)'],
  ['+a a | +b | b', 'a |1 b |2 (0)', 'a |1 b |2 (0)'],
  ['+a +b a | b', 'a b |1 (0)', 'a b |1 (0)'],
  ['+a +b b | a', 'a b |1 (0)', 'b a |1 (0)'],
  ['+a | +b b | a', 'a |1 b |2 (0)', 'a |1 b |2 (0)'],
])('%s: ordered %s, unordered %s', (script, ordered, unordered) => {
  expect(leaves('ordered', script)).toBe(ordered);
  expect(leaves('unordered', script)).toBe(unordered);
});
