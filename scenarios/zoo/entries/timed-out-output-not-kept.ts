import type { ZooEntry } from '../entry.ts';

export const timedOutOutputNotKept: ZooEntry = {
  id: 'timed-out-output-not-kept',
  title: 'An output whose barrier overtakes after the timeout keeps nothing',
  origin: 'FLINK-27251: the output side of the timeout',
  file: 'core/task/barrier-sender.ts',
  find: `      channelState.keepOutput(checkpoint, channel, overtaken);`,
  replace: `      channelState.keepOutput(checkpoint, channel, []);`,
  law: 'channel-state',
};
