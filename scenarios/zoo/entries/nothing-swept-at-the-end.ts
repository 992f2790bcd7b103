import type { ZooEntry } from '../entry.ts';

export const nothingSweptAtTheEnd: ZooEntry = {
  id: 'nothing-swept-at-the-end',
  title: 'The leader of a job that has ended does not sweep',
  origin: 'FLINK-26450, second part: the clean-up is believed done',
  file: 'core/cluster/job-master.ts',
  find: `    const checkpoints = yield* readUntilAnswered(this.#store, ports.clock);
    try {`,
  replace: `    const checkpoints = yield* readUntilAnswered(this.#store, ports.clock);
    if (checkpoints.completed.length >= 0) return;
    try {`,
  law: 'reference-closure',
};
