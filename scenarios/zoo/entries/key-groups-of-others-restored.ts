import type { ZooEntry } from '../entry.ts';

export const keyGroupsOfOthersRestored: ZooEntry = {
  id: 'key-groups-of-others-restored',
  title: 'At a rescale a subtask takes whole runs: their key groups are cut to those of the handle, not to its own',
  origin: 'FLINK-26766 (tier 1)',
  file: 'core/state/lsm/lsm-backend.ts',
  find: `const own = within(of, this.range.start, this.range.end);`,
  replace: `const own = within(of, handle.first, handle.last);`,
  law: 'crash',
};
