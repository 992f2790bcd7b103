import type { ZooEntry } from '../entry.ts';

export const keyGroupsOfOthersRestored: ZooEntry = {
  id: 'key-groups-of-others-restored',
  title: 'At a rescale a subtask takes whole runs: their key groups are cut to those of the handle, not to its own',
  origin: 'FLINK-26766 (tier 1)',
  file: 'core/state/lsm/lsm-backend.ts',
  find: `within(within(run, handle.first, handle.last), this.range.start, this.range.end)`,
  replace: `within(within(run, handle.first, handle.last), handle.first, handle.last)`,
  law: 're-execution',
};
