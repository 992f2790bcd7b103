import type { ZooEntry } from '../entry.ts';

export const inlineStateOfOwnSubtaskOnly: ZooEntry = {
  id: 'inline-state-of-own-subtask-only',
  title:
    'Of the state in the metadata a new subtask is given that of the old one with its number, whatever it has handles of',
  origin: 'handles are dealt out anew at a rescale, and what travels beside them is not',
  file: 'core/checkpoint/restore/redistribution.ts',
  find: `[...new Set(named)].flatMap((object) => inline.get(object) ?? []);`,
  replace: `(subtasks[subtask]?.inline ?? []).filter(({ object }) => named.includes(object) && inline.has(object));`,
  law: 'settle',
};
