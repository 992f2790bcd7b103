import type { ZooEntry } from '../entry.ts';

export const recordsBeforeUnalignedSnapshot: ZooEntry = {
  id: 'records-before-unaligned-snapshot',
  title: 'The input goes on between an overtaking barrier and the snapshot that it asks for',
  origin: 'FLINK-17568 (tier 1)',
  file: 'core/task/barrier-actions.ts',
  find: `        const waits = this.#snapshot(action.checkpoint, action.unaligned);
        if (waits === undefined) continue;
`,
  replace: `        if (action.unaligned) {
          const later = function* (self: BarrierActions): Coroutine<void> {
            const waits = self.#snapshot(action.checkpoint, true);
            if (waits !== undefined) self.#goOnAfter(waits, action.checkpoint, actions.slice(index + 1));
            else self.do(actions.slice(index + 1));
            self.#targets.outputs.afterStep();
          };
          this.#targets.scope.spawn('snapshot', later(this));
          return;
        }
        const waits = this.#snapshot(action.checkpoint, action.unaligned);
        if (waits === undefined) continue;
`,
  law: 'barriers-forwarded',
};
