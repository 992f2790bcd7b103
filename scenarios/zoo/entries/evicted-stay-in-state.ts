import type { ZooEntry } from '../entry.ts';

export const evictedStayInState: ZooEntry = {
  id: 'evicted-stay-in-state',
  title: 'What the evictor has taken out of a pane stays in its state',
  origin: 'FLINK-4369: evicted elements are not removed from the window state',
  file: 'core/operators/windows/contents.ts',
  find: `    this.#put(state, kept);
`,
  replace: `    if (kept.length === all.length) this.#put(state, kept);
`,
  law: 're-execution',
};
