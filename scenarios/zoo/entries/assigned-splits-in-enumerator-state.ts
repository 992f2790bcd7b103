import type { ZooEntry } from '../entry.ts';

export const assignedSplitsInEnumeratorState: ZooEntry = {
  id: 'assigned-splits-in-enumerator-state',
  title: `The enumerator keeps what it has assigned in its state, and assigns it again after a restore`,
  origin: `FLINK-21817: the tracker of assigned splits in the coordinator state`,
  file: 'core/connectors/list-enumerator.ts',
  find: `      this.#unassigned = this.#unassigned.slice(due.length);
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const own = due.filter((_, i) => (first + i) % parallelism === subtask);
        if (own.length > 0) assign(subtask, ...own);
      }
    }
  }

  snapshot(): SplitListState<S> {
    return { listed: this.#listed, assigned: this.#assigned, unassigned: this.#unassigned };`,
  replace: `      this.#given = [...this.#given, ...due];
      this.#unassigned = this.#unassigned.slice(due.length);
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const own = due.filter((_, i) => (first + i) % parallelism === subtask);
        if (own.length > 0) assign(subtask, ...own);
      }
    }
  }

  #given: readonly S[] = [];

  snapshot(): SplitListState<S> {
    return { listed: this.#listed, assigned: this.#assigned, unassigned: [...this.#given, ...this.#unassigned] };`,
  law: 'splits',
};
