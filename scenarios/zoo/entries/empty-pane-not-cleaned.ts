import type { ZooEntry } from '../entry.ts';

export const emptyPaneNotCleaned: ZooEntry = {
  id: 'empty-pane-not-cleaned',
  title: 'A timer of a pane that holds nothing is passed over, the clean-up timer too',
  origin: 'FLINK-5363: the trigger is not invoked when the window state is empty',
  file: 'core/operators/windows/window-operator.ts',
  find: `    if (state === undefined) return;
    const trigger`,
  replace: `    if (state === undefined || !this.#contents.has(state)) return;
    const trigger`,
  law: 're-execution',
};
