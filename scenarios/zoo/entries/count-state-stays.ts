import type { ZooEntry } from '../entry.ts';

export const countStateStays: ZooEntry = {
  id: 'count-state-stays',
  title: 'The count of a count trigger stays when its window is cleaned up',
  origin: 'the mistake that it stands for: a trigger whose clear does nothing',
  file: 'core/operators/windows/element-triggers.ts',
  find: `  override clear(_window: TimeWindow, ctx: TriggerContext): void {
    ctx.getState(COUNT).clear();
  }`,
  replace: `  override clear(): void {
    // Nothing.
  }`,
  law: 're-execution',
};
