import type { ZooEntry } from '../entry.ts';

export const inFlightUnderLoopIndex: ZooEntry = {
  id: 'in-flight-under-loop-index',
  title: 'In-flight data is stored under the position of its channel in the gate',
  origin: 'FLINK-20654 (third part)',
  file: 'core/checkpoint/snapshot/upload.ts',
  find: `      const { edge, sender, receiver } = id;`,
  replace: `      const { edge, receiver } = id;
      const sender = side === 'input' ? handles.length : id.sender;`,
  law: 'channel-state',
};
