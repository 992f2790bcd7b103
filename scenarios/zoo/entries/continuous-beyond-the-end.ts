import type { ZooEntry } from '../entry.ts';

export const continuousBeyondTheEnd: ZooEntry = {
  id: 'continuous-beyond-the-end',
  title: 'A continuous trigger plans firings beyond the end of its window',
  origin: 'FLINK-35069: timers at or after the end of the window',
  file: 'core/operators/windows/continuous-trigger.ts',
  find: '    const next = Math.min(saturatingAdd(from, this.#everyMs), maxTimestampOf(window));',
  replace: '    const next = saturatingAdd(from, this.#everyMs);',
  law: 're-execution',
};
