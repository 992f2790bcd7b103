import type { ZooEntry } from '../entry.ts';

export const inFlightKeptPastBarrier: ZooEntry = {
  id: 'in-flight-kept-past-barrier',
  title: 'What arrives behind the barrier is kept as in-flight data, too',
  origin: 'an early return that skips clean-up: the status is not moved on when the barrier comes',
  file: 'core/channels/channel-state-persister.ts',
  find: `    this.#status = 'received';
`,
  replace: `    if (this.#status !== 'pending') this.#status = 'received';
`,
  law: 'channel-state',
};
