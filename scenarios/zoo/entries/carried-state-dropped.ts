import type { ZooEntry } from '../entry.ts';

export const carriedStateDropped: ZooEntry = {
  id: 'carried-state-dropped',
  title: 'State that this version of the job has not asked for is left out of snapshots',
  origin: 'SEMANTICS U4: lazy registration taken for the whole of the state',
  file: 'core/state/keyed-states.ts',
  find: `    const carried = [...this.#carried.values()].flat().filter((table) => !table.isEmpty);`,
  replace: `    const carried = [...this.#carried.values()].flat().filter(() => false);`,
  law: 're-execution',
};
