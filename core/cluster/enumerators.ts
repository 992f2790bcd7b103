/** The split enumerators of one attempt: one for each source, here with the job manager. */
import type { JobConfig } from '../config.ts';
import type { CheckpointMetadata } from '../checkpoint/storage/metadata.ts';
import type { EnumeratorState } from '../connectors/connector-state.ts';
import { requireSource } from '../connectors/check.ts';
import { guardedSource } from '../connectors/own-code.ts';
import { type NamedSplit, SourceCoordinator } from '../connectors/source-coordinator.ts';
import type { PhysicalVertex } from '../graph/physical.ts';
import type { Body } from '../messages.ts';
import type { Ports } from '../ports.ts';
import type { Scope } from '../waiting.ts';

export interface EnumeratorsEnv {
  readonly ports: Ports;
  readonly config: JobConfig;
  readonly attempt: number;
  /** Sends to the task manager that runs this subtask of every vertex. */
  readonly toSubtask: <K extends 'addSplits' | 'noMoreSplits'>(subtask: number, kind: K, body: Body<K>) => void;
}

export class Enumerators {
  readonly #enumerators: readonly SourceCoordinator[];

  /** Those of these vertices that are sources. `restored`: the checkpoint that the attempt starts from, if any. */
  constructor(vertices: readonly PhysicalVertex[], restored: CheckpointMetadata | undefined, env: EnumeratorsEnv) {
    const { ports, config, attempt, toSubtask } = env;
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
    for (const enumerator of this.#enumerators) scope.spawn('enumerator', enumerator.run());
  }

  /** What a checkpoint that is triggered now keeps of them. */
  snapshot(): readonly EnumeratorState[] {
    return this.#enumerators.map((enumerator) => enumerator.snapshot());
  }
}
