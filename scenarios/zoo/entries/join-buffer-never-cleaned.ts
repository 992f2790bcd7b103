import type { ZooEntry } from '../entry.ts';

export const joinBufferNeverCleaned: ZooEntry = {
  id: 'join-buffer-never-cleaned',
  title: 'Buffers of an interval join are never cleaned',
  origin: 'state that grows for ever: the timer fires and nothing is removed',
  file: 'core/operators/interval-join-operator.ts',
  find: '    this.#buffer(side).remove(timestamp);\n',
  replace: '',
  law: 're-execution',
};
