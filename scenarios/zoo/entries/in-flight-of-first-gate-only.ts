import type { ZooEntry } from '../entry.ts';

export const inFlightOfFirstGateOnly: ZooEntry = {
  id: 'in-flight-of-first-gate-only',
  title: 'In-flight data is kept for the channels of the first input only',
  origin: 'FLINK-18139 (tier 1)',
  file: 'core/runtime/task-checkpoints.ts',
  find: `        for (const channel of gate.channels) channel.startPersisting(checkpoint);`,
  replace: `        for (const channel of gate.channels) if (channel.id.edge === gate.channels[0]?.id.edge) channel.startPersisting(checkpoint);`,
  law: 'channel-state',
};
