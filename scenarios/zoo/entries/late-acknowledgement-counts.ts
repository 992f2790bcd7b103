import type { ZooEntry } from '../entry.ts';

export const lateAcknowledgementCounts: ZooEntry = {
  id: 'late-acknowledgement-counts',
  title: 'An acknowledgement of an aborted checkpoint counts for the one that is pending',
  origin: 'an id guard dropped',
  file: 'core/checkpoint/coordinator/coordinator.ts',
  find: `    const pending = this.#pending.get(checkpoint);
    if (pending === undefined || this.#over) return;
    const { clock, probe }`,
  replace: `    const pending = this.#pending.get(checkpoint) ?? [...this.#pending.values()].at(-1);
    if (pending === undefined || this.#over) return;
    const { clock, probe }`,
  law: 're-execution',
  also: ['watermark-floor', 'channel-state'],
  note: 'The part of one task is of another cut: its state, or the floors and the in-flight data beside it.',
};
