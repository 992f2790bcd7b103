import type { ZooEntry } from '../entry.ts';

export const oldAttemptAcknowledges: ZooEntry = {
  id: 'old-attempt-acknowledges',
  title: 'An acknowledgement of an old attempt is accepted',
  origin: `an id guard dropped: the checkpoint id alone does not say which attempt's checkpoint it is`,
  file: 'core/cluster/job-manager.ts',
  find: '        this.#current(header)?.onAcknowledge(header, body);',
  replace: '        this.#attempt?.onAcknowledge(header, body);',
  law: 're-execution',
};
