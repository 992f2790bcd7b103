import type { ZooEntry } from '../entry.ts';

export const retainedNotRegisteredAtStart: ZooEntry = {
  id: 'retained-not-registered-at-start',
  title: 'An attempt does not know which objects the retained checkpoints share',
  origin: 'SEMANTICS R1: registered on restore; FLINK-6964: the keys of the old run are not found',
  file: 'core/checkpoint/coordinator/shared-state.ts',
  find: `    this.#registry = env.attempt.shared;`,
  replace: `    this.#registry = new Map();`,
  law: 'settle',
  also: ['reference-closure', 'founded-aborts'],
  note: 'What restored tasks name again is gone for the registry, so that no checkpoint completes any more.',
};
