import type { ZooEntry } from '../entry.ts';

export const readerWithoutSplitsIdleTooEarly: ZooEntry = {
  id: 'reader-without-splits-idle-too-early',
  title:
    'A split that comes and ends between two looks does not begin the time anew that its reader has been without one',
  origin: 'found by the law in our own first version; an active flag that is only sampled',
  file: 'core/operators/source-operator.ts',
  find: `    this.#vacancy?.activity();
`,
  replace: '',
  law: 'idleness',
};
