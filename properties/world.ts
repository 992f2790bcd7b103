/** What laws and marks may see of a run beside facts: the job, its input, and what the services hold. */
import type { DiskFault } from '../sim/services/disk.ts';
import type { CheckpointKind } from '../core/barrier-options.ts';
import type { CheckpointingConfig, ExecutionMode, JobConfig } from '../core/config.ts';
import type { JobSpec } from '../core/job/spec.ts';
import type { TransactionInfo } from '../core/ports.ts';
import type { InspectState } from '../core/state/backend.ts';
import type { OracleName, Violation } from './outcome.ts';
import type { Expectations } from './plan/expects.ts';
import type { Refusal, Topics } from './plan/plan.ts';

/** A record that readers of committed data see. */
export interface CommittedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Undefined: it was appended outside any transaction. */
  readonly transaction: string | undefined;
}

/** What somebody has said of how many subtasks there are to be. */
export type ScaleAsked =
  /** A job manager has started, of a job that was deployed with so many; it knows of nothing that was asked before. */
  | { readonly kind: 'started'; readonly parallelism: number }
  /** It has agreed to so many: of one operator, and what forward edges join to it, or of all that declare none. */
  | { readonly kind: 'rescaled'; readonly parallelism: number; readonly uid: string | undefined }
  /** It has agreed to end the job by a savepoint. */
  | { readonly kind: 'stop' };

/** What decides on the number of subtasks. */
export type Scheduling = Pick<
  JobConfig,
  'schedulerMode' | 'parallelismAfterRestart' | 'resourceStabilizationMs' | 'rescaleCooldownMs'
>;

/** Ground truth: what the services see. Reading it leaves no trace in the run. */
export interface WorldView {
  /** The first version of it. */
  readonly job: JobSpec;
  /** The same, made anew: its functions have seen nothing of this run. */
  afresh(): JobSpec;
  /** Versions of the job that have been deployed, oldest first. */
  jobs(): readonly JobSpec[];
  readonly input: Topics;
  /** Default: streaming. */
  readonly executionMode?: ExecutionMode;
  /** By name, what external services answer. */
  readonly services?: Readonly<Record<string, (request: unknown) => unknown>>;
  /** How many partitions of an input are there at a time, or will be. */
  partitionsAt(input: string, us: number): number;
  readonly checkpointing: CheckpointingConfig;
  readonly scheduling: Scheduling;
  /** Called when somebody has said how many subtasks there are to be. */
  onScaleAsked(listener: (asked: ScaleAsked) => void): void;
  /** Called when a person has asked for a checkpoint or savepoint, and the job manager has agreed; it may have triggered it by then. */
  onCheckpointAsked(listener: (kind: CheckpointKind) => void): void;
  /** Bytes that the keyed state of one subtask may take in memory, the rest being on the disk; undefined: all of it is in memory. */
  readonly stateMemoryBytes: number | undefined;
  /** A mistake of the job fails an attempt, and not the run. */
  readonly restartOnJobFaults: boolean;
  /** What the version of the job that was deployed last cannot read, by plan. */
  refuses?(): Refusal | 'whatever' | undefined;
  /** Watermarks are not kept over a restore, as in Flink. */
  readonly flinkCompatibleWatermarks: boolean;
  nowUs(): number;
  /** Called for each record in the event that makes it visible. */
  onCommitted(listener: (record: CommittedRecord) => void): void;
  /** Reads the keyed state of images: belongs to the state backend of the run. */
  readonly inspectState: InspectState;
  /** The objects that the store holds now, and those that a fault has taken from it: nothing of the engine's did. */
  object(name: string): Uint8Array | undefined;
  /** A fault has taken the object from the store. */
  isLost(name: string): boolean;
  /** Names of the objects that the store holds now and that begin so, sorted. */
  objects(prefix: string): readonly string[];
  /** Called in the event in which a process writes or removes an object, behind the change, with its name. */
  onObjectChanged(listener: (name: string) => void): void;
  /** What the HA store holds now: the very bytes, so that another value is another array. */
  haValue(key: string): Uint8Array | undefined;
  /** Transactions that are open or prepared in the broker now. */
  transactions(): readonly TransactionInfo[];
  /** Called when a disk does something wrong, with what it does, the host whose it is, and the path if a request for a file meets it. */
  onDiskFault(listener: (what: DiskFault, host: string, path: string | undefined) => void): void;
  /** Paths on the disk of a process' host, sorted. */
  hostFiles(process: string): readonly string[];
  /** Undefined: there is no such process. */
  hostOf(process: string): string | undefined;
  /** Called in the event in which the wall clock of a process' host is set, with the process and by how many milliseconds. */
  onClockStepped(listener: (process: string, byMs: number) => void): void;
  /** What the wall clock of a process' host shows at this moment; undefined: there is no such process. */
  wallMs(process: string): number | undefined;
  /** Called in the event in which the host of a process loses power, with the process. */
  onPowerLost(listener: (process: string) => void): void;
  /** Called in the event in which a process is killed, with its name. */
  onKilled(listener: (process: string) => void): void;
  /** Called in the event in which a process ends by an error that escaped from its code. */
  onCrashed(listener: (process: string, message: string) => void): void;
  /** The process that states the fact that is being heard; undefined outside facts. */
  currentProcess(): string | undefined;
  violated(violation: Omit<Violation, 'atUs'>): void;
  /** What the scenario's author expects. */
  readonly expects: Expectations;
  /** An oracle of the author's was asked about so many records of a topic; `unjudged`: why it says nothing about this run. */
  asked(oracle: OracleName, place: string, asked: { readonly records: number } | { readonly unjudged: string }): void;
}
