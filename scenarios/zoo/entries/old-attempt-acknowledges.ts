import type { ZooEntry } from '../entry.ts';

export const oldAttemptAcknowledges: ZooEntry = {
  id: 'old-attempt-acknowledges',
  title: 'An acknowledgement of an old attempt is accepted',
  origin: `an id guard dropped: the checkpoint id alone does not say which attempt's checkpoint it is; FLINK-11719: late callbacks of a former leader session reach the new one`,
  file: 'core/cluster/under-way.ts',
  find: `  if (message.header.leaderEpoch !== leaderEpoch || message.header.attempt !== current?.number) return;`,
  replace: `  if (current === undefined) return;
  const isCurrent = message.header.leaderEpoch === leaderEpoch && message.header.attempt === current.number;
  if (!isCurrent && message.kind !== 'acknowledge') return;`,
  law: 're-execution',
};
