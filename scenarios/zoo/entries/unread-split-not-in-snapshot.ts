import type { ZooEntry } from '../entry.ts';

export const unreadSplitNotInSnapshot: ZooEntry = {
  id: 'unread-split-not-in-snapshot',
  title: 'A split of which nothing has been read yet is not in the snapshot of its reader',
  origin:
    'RW b9c3f709cc9: where a source starts is not stored before its first record, and what comes until then is lost after a recovery',
  file: 'core/operators/source-operator.ts',
  find: `    return this.#splits.map(({ reader, watermarks }) => ({
`,
  replace: `    const { startPosition } = this.#source;
    const begun = this.#splits.filter(
      ({ reader, state }) => state === 'released' || reader.snapshot().position !== startPosition,
    );
    return begun.map(({ reader, watermarks }) => ({
`,
  law: 'splits',
};
