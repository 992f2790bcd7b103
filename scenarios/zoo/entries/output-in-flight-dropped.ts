import type { ZooEntry } from '../entry.ts';

export const outputInFlightDropped: ZooEntry = {
  id: 'output-in-flight-dropped',
  title: 'What a barrier overtakes at the sender is in no snapshot',
  origin: 'one member of a set forgotten: only the input side of in-flight data is kept',
  file: 'core/task/barrier-sender.ts',
  find: `      channelState.keepOutput(checkpoint, channel, channel.sendOvertaking(barrier));
`,
  replace: `      channel.sendOvertaking(barrier);
      channelState.keepOutput(checkpoint, channel, []);
`,
  law: 'channel-state',
};
