import type { ZooEntry } from '../entry.ts';

export const recordCountsBeforeItIsEmitted: ZooEntry = {
  id: 'record-counts-before-it-is-emitted',
  title: 'A record counts for the watermark of its source when it is taken, and not when it has been emitted',
  origin: 'timely-9548bf9c: an input counts as consumed while outputs at its time are still to come',
  file: 'core/task/source-input.ts',
  find: `    this.#operators.emit(value, timestamp, side);
    if (side === undefined) this.#reader.taken(record);
    else ports.probe.recordAhead?.({ task, split, timestamp });
`,
  replace: `    if (side === undefined) this.#reader.taken(record);
    else ports.probe.recordAhead?.({ task, split, timestamp });
    this.#announce();
    this.#operators.emit(value, timestamp, side);
`,
  law: 'watermarks',
};
