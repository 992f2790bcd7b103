import type { ZooEntry } from '../entry.ts';

export const noMaxAtTheEnd: ZooEntry = {
  id: 'no-max-at-the-end',
  title: 'A source ends without the end of event time',
  origin: 'FLINK-39167: the final watermark is emitted before the output is ready, and lost',
  file: 'core/task/source-input.ts',
  find: `      if (this.#reader.finished) this.#operators.finish(true);
`,
  replace: `      if (this.#reader.finished) this.#operators.finish(false);
`,
  law: 'max-arrives',
};
