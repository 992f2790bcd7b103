import type { ZooEntry } from '../entry.ts';

export const countFiresOneLate: ZooEntry = {
  id: 'count-fires-one-late',
  title: `A count trigger fires at the element after the last one that it waits for`,
  origin: `the boundary of SEMANTICS L11: > for >=`,
  file: 'core/operators/windows/element-triggers.ts',
  find: `    if ((state.get() ?? 0) < this.#count) return 'continue';`,
  replace: `    if ((state.get() ?? 0) <= this.#count) return 'continue';`,
  law: 're-execution',
};
