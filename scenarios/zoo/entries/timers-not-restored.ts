import type { ZooEntry } from '../entry.ts';

export const timersNotRestored: ZooEntry = {
  id: 'timers-not-restored',
  title: 'Timers are dropped at a restore',
  origin: 'FLINK-19300: heap timers disappear on restore',
  file: 'core/state/restored-groups.ts',
  find: `    this.#target.timers[domain].addFor(this.#owned(key), timestamp, namespace);
`,
  replace: `    this.#owned(key);
`,
  law: 'timers',
};
