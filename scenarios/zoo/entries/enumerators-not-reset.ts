import type { ZooEntry } from '../entry.ts';

export const enumeratorsNotReset: ZooEntry = {
  id: 'enumerators-not-reset',
  title: `Before the first checkpoint the enumerators of a new attempt go on where those of the failed one were`,
  origin: `FLINK-20222 (tier 1): coordinators are not reset when there is no checkpoint yet`,
  file: 'core/cluster/enumerators.ts',
  find: `    const { ports, config, attempt, toSubtask } = env;
    this.#enumerators = vertices.flatMap((vertex) => {
      const head = vertex.nodes[0]?.operator;
      if (head?.kind !== 'source') return [];
      const source = vertex.uid;
      const state = restored?.enumerators.find((candidate) => candidate.source === source);
      const enumeratorEnv = {
        ports,
        parallelism: vertex.parallelism,
        assignIntervalMs: config.splitAssignmentIntervalMs,
        assign: (subtask: number, splits: readonly NamedSplit[]) => {
          for (const { id } of splits) ports.probe.splitAssigned?.({ attempt, source, split: id, subtask });
          toSubtask(subtask, 'addSplits', { source, subtask, splits: splits.map(({ state }) => state) });
        },
        noMoreSplits: (subtask: number) => {
          toSubtask(subtask, 'noMoreSplits', { source, subtask });
        },
      };
      return [
        new SourceCoordinator(source, guardedSource(source, requireSource(source, head.source)), enumeratorEnv, state),
      ];
    });
  }

  /** All tasks run: they take splits. */
  start(scope: Scope): void {
`,
  replace: `    const { ports, config, attempt, toSubtask } = env;
    const last: unknown = restored === undefined ? Reflect.get(ports, 'enumerators') : undefined;
    const states = last instanceof Enumerators ? last.snapshot() : (restored?.enumerators ?? []);
    Reflect.set(ports, 'enumerators', this);
    this.#enumerators = vertices.flatMap((vertex) => {
      const head = vertex.nodes[0]?.operator;
      if (head?.kind !== 'source') return [];
      const source = vertex.uid;
      const state = states.find((candidate) => candidate.source === source);
      const enumeratorEnv = {
        ports,
        parallelism: vertex.parallelism,
        assignIntervalMs: config.splitAssignmentIntervalMs,
        assign: (subtask: number, splits: readonly NamedSplit[]) => {
          for (const { id } of splits) ports.probe.splitAssigned?.({ attempt, source, split: id, subtask });
          toSubtask(subtask, 'addSplits', { source, subtask, splits: splits.map(({ state }) => state) });
        },
        noMoreSplits: (subtask: number) => {
          toSubtask(subtask, 'noMoreSplits', { source, subtask });
        },
      };
      return [
        new SourceCoordinator(source, guardedSource(source, requireSource(source, head.source)), enumeratorEnv, state),
      ];
    });
  }

  /** All tasks run: they take splits. */
  start(scope: Scope): void {
`,
  law: 'splits',
  // The lost split shows as input that nobody reads, too.
  also: ['sources'],
};
