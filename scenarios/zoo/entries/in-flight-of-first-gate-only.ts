import type { ZooEntry } from '../entry.ts';

export const inFlightOfFirstGateOnly: ZooEntry = {
  id: 'in-flight-of-first-gate-only',
  title: 'In-flight data is kept for the channels of the first input only',
  origin: 'FLINK-18139 (tier 1)',
  file: 'core/task/barrier-actions.ts',
  find: `    if (gate.channels.map((channel) => channel.startPersisting(checkpoint)).every(Boolean)) return;
`,
  replace: `    const first = gate.channels.filter(({ id }) => id.edge === gate.channels[0]?.id.edge);
    if (first.map((channel) => channel.startPersisting(checkpoint)).every(Boolean)) return;
`,
  law: 'channel-state',
};
