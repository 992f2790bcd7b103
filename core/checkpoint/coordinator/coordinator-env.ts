/** What a checkpoint coordinator is made with and whom it speaks to. Types only. */
import type { JobConfig } from '../../config.ts';
import type { EnumeratorState } from '../../connectors/connector-state.ts';
import type { PhysicalGraph } from '../../graph/physical.ts';
import type { Body } from '../../messages.ts';
import type { Ports } from '../../ports.ts';
import type { Scope } from '../../waiting.ts';
import type { SharedObjects } from '../storage/shared-registry.ts';
import type { CompletedStore } from '../storage/completed-store.ts';

/** The attempt whose checkpoints are coordinated. */
export interface CoordinatedAttempt {
  readonly job: string;
  readonly attempt: number;
  readonly leaderEpoch: number;
  readonly parallelism: number;
  readonly graph: PhysicalGraph;
  /** Id of the restored checkpoint; 0: none. */
  readonly restoredFrom: number;
  /** Objects that the retained checkpoints share. */
  readonly shared: SharedObjects;
}

/** All task managers of the attempt. */
export interface CheckpointedTasks {
  /** Arrives as long as the connection lasts. */
  toAll(kind: 'trigger', checkpoint: number, body: Body<'trigger'>): void;
  /** Best effort: may be lost, late, or come twice. */
  notifyAll<K extends 'notifyComplete' | 'notifyAborted'>(kind: K, checkpoint: number, body: Body<K>): void;
}

/** What the end of a checkpoint means to the attempt. */
export interface CoordinatorListener {
  /** The attempt cannot go on: too many failed checkpoints in a row, or a failed stop. */
  failed(message: string): void;
  /** The HA store refused: somebody else leads. */
  deposed(error: unknown): void;
  /** The point of no return: the HA store says that the job is stopped, with this metadata object. */
  stopped(savepoint: string): void;
}

export interface CoordinatorEnv {
  readonly attempt: CoordinatedAttempt;
  readonly ports: Pick<Ports, 'clock' | 'random' | 'objects' | 'probe'>;
  readonly config: JobConfig;
  readonly scope: Scope;
  /** Read when the attempt began. */
  readonly store: CompletedStore;
  /** What the enumerators say at this instant; undefined: one of them threw, and the attempt has ended by it. */
  readonly enumerators: () => readonly EnumeratorState[] | undefined;
  readonly tasks: CheckpointedTasks;
  readonly listener: CoordinatorListener;
}
