import type { ZooEntry } from '../entry.ts';

export const valveWithoutFlush: ZooEntry = {
  id: 'valve-without-flush',
  title: 'The last channel goes idle and the valve does not flush what the others had said',
  origin: 'FLINK-7728: all idle, and the final watermark depends on the order in which they went idle',
  file: 'core/time/status-watermark-valve.ts',
  find: `      this.#emit(this.#greatestUnfinished());
      this.#setStatus('idle');
`,
  replace: `      this.#setStatus('idle');
`,
  law: 'watermarks',
};
