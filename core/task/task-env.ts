/** What a task is made with, which messages it gets and what it reports. Types only. */
import type { PartitionResult } from '../batch/results.ts';
import type { Timestamp } from '../job/functions.ts';
import type { JobSpec } from '../job/spec.ts';
import type { SplitState } from '../connectors/connector-state.ts';
import type { BarrierOptions } from '../barrier-options.ts';
import type { JobConfig } from '../config.ts';
import type { LocalCopies } from '../checkpoint/local/local-copies.ts';
import type { TaskRestore } from '../checkpoint/restore/task-restore.ts';
import type { TaskId } from '../facts.ts';
import type { RequestEvent } from '../operators/async/requests.ts';
import type { Body, KindsTo } from '../messages.ts';
import type { PhysicalGraph, PhysicalVertex } from '../graph/physical.ts';
import type { Parts } from '../parts.ts';
import type { Ports } from '../ports.ts';
import type { StateQuestion } from '../state/queried.ts';
import type { Scope } from '../waiting.ts';

/** Sends a report of the task to the job manager. `checkpoint`: -1, if the report is of none. */
export type Report = <K extends KindsTo<'attempt' | 'stage'>>(kind: K, checkpoint: number, body: Body<K>) => void;

export interface TaskEnv {
  readonly ports: Ports;
  readonly parts: Parts;
  readonly job: JobSpec;
  readonly config: JobConfig;
  readonly graph: PhysicalGraph;
  readonly vertex: PhysicalVertex;
  readonly task: TaskId;
  /** Undefined: hosts keep no copies of state. */
  readonly copies: LocalCopies | undefined;
  readonly restoredFrom: number | undefined;
  readonly restore: TaskRestore;
  /** Upper bound (exclusive) of the subtasks that may own transactions. */
  readonly ownersMax: number;
  /** The task's coroutines live below it. */
  readonly scope: Scope;
  readonly report: Report;
}

/** Of a task of a stage, in batch. */
export interface BatchTaskEnv extends TaskEnv {
  /** The results that this subtask reads. */
  readonly inputs: readonly PartitionResult[];
}

/** Letters for the input of a source. */
export type SourceLetter =
  | { readonly kind: 'add-splits'; readonly splits: readonly SplitState[] }
  | { readonly kind: 'no-more-splits' }
  | { readonly kind: 'watermark-period' }
  /** A split that is idle has something to read. */
  | { readonly kind: 'idle-arrived' }
  | { readonly kind: 'alignment-period' }
  | { readonly kind: 'alignment-limit'; readonly limit: Timestamp };

export type Letter =
  | SourceLetter
  | {
      readonly kind: 'trigger';
      readonly checkpoint: number;
      readonly triggeredAt: Timestamp;
      readonly options: BarrierOptions;
    }
  | { readonly kind: 'notify-complete'; readonly checkpoint: number }
  | { readonly kind: 'notify-aborted'; readonly checkpoint: number; readonly latestCompleted: number }
  | { readonly kind: 'announcements' }
  | { readonly kind: 'alignment-timeout'; readonly checkpoint: number }
  | { readonly kind: 'query'; readonly question: StateQuestion }
  | { readonly kind: 'processing-time' }
  /** Something has happened to a request to an external service. */
  | { readonly kind: 'request'; readonly event: RequestEvent }
  | { readonly kind: 'flush' };
