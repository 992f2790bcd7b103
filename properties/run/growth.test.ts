import { expect, it } from 'vitest';
import type { CheckpointFigures } from '../../core/checkpoint/storage/figures.ts';
import { growingIn } from './growth.ts';

const over = (counts: readonly (number | undefined)[]): readonly CheckpointFigures[] =>
  counts.map((entries, at) => ({
    job: 'job',
    checkpoint: at + 1,
    kind: 'checkpoint',
    attempt: 1,
    parallelism: 1,
    operators: [],
    inFlight: [],
    states:
      entries === undefined
        ? []
        : [
            {
              uid: 'op',
              state: 'all',
              kind: 'union list',
              type: 'int32',
              keys: undefined,
              entries,
              bytes: entries,
            } as const,
          ],
  }));

it.each<[string, (number | undefined)[], boolean]>([
  ['grows at every checkpoint', [1, 2, 3, 4], true],
  ['is multiplied at each restore', [2, 2, 4, 4, 8, 8, 16], true],
  ['begins with nothing', [undefined, 1, 2, 5], true],
  ['falls once', [1, 2, 3, 2, 4, 5], false],
  ['has gone in the end', [1, 2, 3, 4, undefined], false],
  ['has come to rest', [1, 2, 3, 4, 4], false],
  ['rose too seldom', [1, 1, 1, 1, 1, 2, 3, 4], false],
  ['two steps say nothing', [1, 2, 3], false],
])('a count that %s', (_, counts, grows) => {
  const found = growingIn(over(counts));
  expect(found).toEqual(
    grows
      ? [{ uid: 'op', state: 'all', kind: 'union list', from: counts[0] ?? 0, to: counts.at(-1), over: counts.length }]
      : [],
  );
});
