import type { ZooEntry } from '../entry.ts';

export const channelNotBlocked: ZooEntry = {
  id: 'channel-not-blocked',
  title: 'A channel is not blocked during alignment',
  origin: 'FLINK-17568 in its aligned form: data behind the barrier is consumed while other channels still align',
  file: 'core/task/barrier-actions.ts',
  find: `    channel.blocked = true;
`,
  replace: ``,
  law: 'barrier-discipline',
};
