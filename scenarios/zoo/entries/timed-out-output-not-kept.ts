import type { ZooEntry } from '../entry.ts';

export const timedOutOutputNotKept: ZooEntry = {
  id: 'timed-out-output-not-kept',
  title: 'An output whose barrier overtakes after the timeout keeps nothing',
  origin: 'FLINK-27251: the output side of the timeout',
  file: 'core/task/task-checkpoints.ts',
  find: `      this.#writer.keepOutput(checkpoint, channel, overtaken);`,
  replace: `      this.#writer.keepOutput(checkpoint, channel, []);`,
  law: 'channel-state',
};
