import type { ZooEntry } from '../entry.ts';

export const assignedSplitsInEnumeratorState: ZooEntry = {
  id: 'assigned-splits-in-enumerator-state',
  title: `The enumerator keeps what it has assigned in its state, and assigns it again after a restore`,
  origin: `FLINK-21817: the tracker of assigned splits in the coordinator state`,
  file: 'core/connectors/list-enumerator.ts',
  find: `  let { listed, assigned, unassigned } = restored ?? { listed: false, assigned: 0, unassigned: [] };
  const assignAll = function* (): Coroutine<void> {
    for (;;) {
      if (env.assignIntervalMs > 0) yield* env.ports.clock.sleep(env.assignIntervalMs);
      const due = env.assignIntervalMs > 0 ? unassigned.slice(0, 1) : unassigned;
      if (due.length === 0) return;
      const first = assigned;
      assigned += due.length;
      unassigned = unassigned.slice(due.length);
      for (let subtask = 0; subtask < env.parallelism; subtask++) {
        const own = due.filter((_, i) => (first + i) % env.parallelism === subtask);
        if (own.length > 0) env.assign(subtask, ...own);
      }
    }
  };
  return {
    *run() {
      for (;;) {
        if (!listed || lookAgainMs > 0) {
          const found = yield* discover();
          unassigned = [...unassigned, ...found.slice(assigned + unassigned.length)];
          listed = true;
        }
        yield* assignAll();
        if (lookAgainMs === 0) break;
        yield* env.ports.clock.sleep(lookAgainMs);
      }
      for (let subtask = 0; subtask < env.parallelism; subtask++) env.noMoreSplits(subtask);
    },
    snapshot: () => ({ listed, assigned, unassigned }),`,
  replace: `  let given: readonly S[] = [];
  let { listed, assigned, unassigned } = restored ?? { listed: false, assigned: 0, unassigned: [] };
  const assignAll = function* (): Coroutine<void> {
    for (;;) {
      if (env.assignIntervalMs > 0) yield* env.ports.clock.sleep(env.assignIntervalMs);
      const due = env.assignIntervalMs > 0 ? unassigned.slice(0, 1) : unassigned;
      if (due.length === 0) return;
      const first = assigned;
      assigned += due.length;
      given = [...given, ...due];
      unassigned = unassigned.slice(due.length);
      for (let subtask = 0; subtask < env.parallelism; subtask++) {
        const own = due.filter((_, i) => (first + i) % env.parallelism === subtask);
        if (own.length > 0) env.assign(subtask, ...own);
      }
    }
  };
  return {
    *run() {
      for (;;) {
        if (!listed || lookAgainMs > 0) {
          const found = yield* discover();
          unassigned = [...unassigned, ...found.slice(assigned + unassigned.length)];
          listed = true;
        }
        yield* assignAll();
        if (lookAgainMs === 0) break;
        yield* env.ports.clock.sleep(lookAgainMs);
      }
      for (let subtask = 0; subtask < env.parallelism; subtask++) env.noMoreSplits(subtask);
    },
    snapshot: () => ({ listed, assigned, unassigned: [...given, ...unassigned] }),`,
  law: 'splits',
};
