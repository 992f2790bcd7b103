import type { ZooEntry } from '../entry.ts';

export const oldAttemptAcknowledges: ZooEntry = {
  id: 'old-attempt-acknowledges',
  title: 'An acknowledgement of an old attempt is accepted',
  origin: `an id guard dropped: the checkpoint id alone does not say which attempt's checkpoint it is`,
  file: 'core/cluster/job-master.ts',
  find: `    if (leaderEpoch !== this.#leaderEpoch || attempt !== this.#attempt?.number) return;`,
  replace: `    if (this.#attempt === undefined) return;
    const current = leaderEpoch === this.#leaderEpoch && attempt === this.#attempt.number;
    if (!current && message.kind !== 'acknowledge') return;`,
  law: 're-execution',
};
