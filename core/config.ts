/**
 * Configuration of a job's run. Times are milliseconds by the owner's monotonic clock.
 */
import { JobError } from './errors.ts';

/** Flink's names, where it has the option. */
export interface CheckpointingConfig {
  /** `at-least-once`: a task does not wait at barriers, so that records behind one may be in its snapshot. */
  readonly mode: 'exactly-once' | 'at-least-once';
  /** Barriers overtake what is queued, and what they overtake is part of the checkpoint. Needs `exactly-once` and `maxConcurrent` 1. */
  readonly unaligned: boolean;
  /** With `unaligned`: a checkpoint starts aligned and turns unaligned so long after its trigger; 0: unaligned at once. */
  readonly alignedTimeoutMs: number;
  /** 0: no periodic checkpoints (the final one is still taken). */
  readonly intervalMs: number;
  /** A checkpoint that is not complete by then is aborted. */
  readonly timeoutMs: number;
  /** From the completion of one checkpoint to the trigger of the next; savepoints are not bound by it. */
  readonly minPauseMs: number;
  /** Checkpoints that may be under way at once; >= 1. */
  readonly maxConcurrent: number;
  /** Failed checkpoints in a row that the job survives; the next one fails the attempt. */
  readonly tolerableFailures: number;
  /**
   * A checkpoint names what earlier ones have written, and writes what is new only: where keyed state is that of the `lsm`
   * backend, but for states whose time to live is cleaned up in full snapshots. Savepoints are always full.
   */
  readonly incremental: boolean;
  /** Completed checkpoints kept; >= 1. */
  readonly retained: number;
  /**
   * State of a task of which an object would not be larger than this goes with the acknowledgement into the metadata of the checkpoint, or
   * savepoint, instead of into the object store (Flink: `state.storage.fs.memory-threshold`); bytes, 0 .. 1048576, 0: never. What
   * checkpoints share is always an object.
   */
  readonly inlineStateBytes: number;
}

/**
 * How a job runs (Flink: `execution.runtime-mode`). `batch`, for bounded input only: stage by stage, a stage when the results of
 * those before it are whole; no checkpoints, a failed stage runs again (SEMANTICS E3).
 */
export type ExecutionMode = 'streaming' | 'batch';

/**
 * How many subtasks a job has (Flink: `scheduler-mode`). `default`: what it declares, else `parallelism`, and it waits for the slots.
 * `reactive`: what declares none has as many as there are slots, and follows when task managers come and go (SEMANTICS C8).
 */
export type SchedulerMode = 'default' | 'reactive';

/** `heap`: state in memory. `lsm`: state in files on the host's disk, within a budget of memory (Flink: `rocksdb`). */
export type StateBackendName = 'heap' | 'lsm';

export interface JobConfig {
  /** In `batch` what is said of checkpoints and of the state backend means nothing. */
  readonly executionMode: ExecutionMode;
  /** `reactive` needs `streaming`. */
  readonly schedulerMode: SchedulerMode;
  /** In `reactive`: an attempt begins, or begins anew, when no task manager has come or gone for so long (Flink: `resource-stabilization-timeout`). */
  readonly resourceStabilizationMs: number;
  /** In `reactive`: so long after an attempt has begun it is not begun anew for more slots (Flink: `cooldown-after-rescaling`). */
  readonly rescaleCooldownMs: number;
  /** Subtasks of every operator that does not declare its own; 1 .. 32768. In `reactive` it means nothing. */
  readonly parallelism: number;
  /** After the first restart; 0 keeps `parallelism`. */
  readonly parallelismAfterRestart: number;
  /** Each slot takes one subtask of every vertex. */
  readonly slotsPerTaskManager: number;
  readonly bufferRecords: number;
  /** An open buffer is sent after this time; 0: at the end of every step. */
  readonly bufferTimeoutMs: number;
  /** Buffers that a receiver grants each channel. */
  readonly credits: number;
  readonly outputBuffersMax: number;
  /** In one process, records pass by reference; false: over bytes, as between processes. */
  readonly byReference: boolean;
  /** Where keyed state lives. Nothing of a job depends on it: a savepoint of one is restored by the other. */
  readonly stateBackend: StateBackendName;
  /** With `lsm`: bytes of memory for the keyed state of one subtask; >= 4096. */
  readonly stateMemoryBytes: number;
  /**
   * Hosts keep copies of the keyed state that their tasks put into checkpoints on their disks, and a task that restarts on the same host
   * reads its copy (Flink: `state.backend.local-recovery`; SEMANTICS U8). In `batch` it means nothing.
   */
  readonly localRecovery: boolean;
  /** In `batch`: what a keyed subtask sorts in memory, beyond which it writes to the host's disk; bytes, >= 4096. */
  readonly sortMemoryBytes: number;
  /** In `batch`: a result partition is written in objects of about this size; bytes, >= 64. */
  readonly resultPartBytes: number;
  readonly checkpointing: CheckpointingConfig;
  /** Task managers answer those who ask for keyed state (Flink: `queryable-state.enable`). */
  readonly queryableState: boolean;
  /** A mistake of the job (`JobFault`) fails an attempt, as an outage does, instead of the job: for jobs that throw on purpose. */
  readonly restartOnJobFaults: boolean;
  /**
   * Watermarks are not kept over a restore, as in Flink: floors are dropped, and splits forget what they have emitted (SEMANTICS,
   * Watermarks across a restore). What was late may then be accepted, and a pane that was purged may open again.
   */
  readonly flinkCompatibleWatermarks: boolean;
  readonly restartDelayMs: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  /** Between two attempts of a task manager to reach the job manager. */
  readonly reconnectMs: number;
  readonly fetchMaxRecords: number;
  /** Pause of a split enumerator before each split that it assigns. */
  readonly splitAssignmentIntervalMs: number;
}

export const DEFAULT_JOB_CONFIG: JobConfig = {
  executionMode: 'streaming',
  schedulerMode: 'default',
  resourceStabilizationMs: 0,
  rescaleCooldownMs: 0,
  parallelism: 2,
  parallelismAfterRestart: 0,
  slotsPerTaskManager: 2,
  bufferRecords: 8,
  bufferTimeoutMs: 0,
  credits: 2,
  outputBuffersMax: 2,
  byReference: true,
  stateBackend: 'heap',
  stateMemoryBytes: 4 * 1024 * 1024,
  localRecovery: false,
  sortMemoryBytes: 4 * 1024 * 1024,
  resultPartBytes: 64 * 1024,
  checkpointing: {
    mode: 'exactly-once',
    unaligned: false,
    alignedTimeoutMs: 0,
    intervalMs: 200,
    timeoutMs: 5_000,
    minPauseMs: 0,
    maxConcurrent: 1,
    tolerableFailures: 0,
    incremental: false,
    retained: 1,
    inlineStateBytes: 20 * 1024,
  },
  queryableState: false,
  restartOnJobFaults: false,
  flinkCompatibleWatermarks: false,
  restartDelayMs: 20,
  heartbeatIntervalMs: 500,
  heartbeatTimeoutMs: 2_000,
  reconnectMs: 20,
  fetchMaxRecords: 16,
  splitAssignmentIntervalMs: 0,
};

type Switch = 'byReference' | 'localRecovery' | 'queryableState' | 'restartOnJobFaults' | 'flinkCompatibleWatermarks';

/** Lower bounds; a configuration below one is a `JobError` that names the field. */
const LEAST: Readonly<
  Record<keyof Omit<JobConfig, Switch | 'checkpointing' | 'stateBackend' | 'executionMode' | 'schedulerMode'>, number>
> = {
  resourceStabilizationMs: 0,
  rescaleCooldownMs: 0,
  parallelism: 1,
  parallelismAfterRestart: 0,
  slotsPerTaskManager: 1,
  bufferRecords: 1,
  bufferTimeoutMs: 0,
  credits: 1,
  outputBuffersMax: 1,
  stateMemoryBytes: 4_096,
  sortMemoryBytes: 4_096,
  resultPartBytes: 64,
  restartDelayMs: 0,
  heartbeatIntervalMs: 1,
  heartbeatTimeoutMs: 1,
  reconnectMs: 1,
  fetchMaxRecords: 1,
  splitAssignmentIntervalMs: 0,
};

const LEAST_CHECKPOINTING: Readonly<
  Record<keyof Omit<CheckpointingConfig, 'mode' | 'unaligned' | 'incremental'>, number>
> = {
  alignedTimeoutMs: 0,
  intervalMs: 0,
  timeoutMs: 1,
  minPauseMs: 0,
  maxConcurrent: 1,
  tolerableFailures: 0,
  retained: 1,
  inlineStateBytes: 0,
};

/** A job manager has all of it in its memory (Flink: the largest value of the option). */
const INLINE_STATE_BYTES_MAX = 1024 * 1024;

/** Throws a `JobError` for a value that is not a whole number in range, or for settings that exclude each other. */
export function checkJobConfig(config: JobConfig): void {
  checkNumbers('', LEAST, config);
  const { checkpointing, stateBackend, executionMode, schedulerMode } = config;
  if (!['streaming', 'batch'].includes(executionMode)) {
    throw new JobError(`job configuration: executionMode must be streaming or batch, got ${executionMode}`);
  }
  if (!['default', 'reactive'].includes(schedulerMode)) {
    throw new JobError(`job configuration: schedulerMode must be default or reactive, got ${schedulerMode}`);
  }
  if (schedulerMode === 'reactive' && executionMode === 'batch') {
    throw new JobError(
      'job configuration: schedulerMode reactive needs executionMode streaming; take the default mode for batch',
    );
  }
  if (!['heap', 'lsm'].includes(stateBackend)) {
    throw new JobError(`job configuration: stateBackend must be heap or lsm, got ${stateBackend}`);
  }
  checkNumbers('checkpointing.', LEAST_CHECKPOINTING, checkpointing);
  if (checkpointing.inlineStateBytes > INLINE_STATE_BYTES_MAX) {
    throw new JobError(
      `job configuration: checkpointing.inlineStateBytes must be a whole number <= ${INLINE_STATE_BYTES_MAX}, got ` +
        `${checkpointing.inlineStateBytes}; larger state belongs into the object store`,
    );
  }
  if (!checkpointing.unaligned) return;
  if (checkpointing.mode !== 'exactly-once') {
    throw new JobError(
      'job configuration: checkpointing.unaligned needs mode exactly-once; switch it off, or change the mode',
    );
  }
  if (checkpointing.maxConcurrent !== 1) {
    throw new JobError(
      `job configuration: checkpointing.unaligned needs maxConcurrent 1, got ${checkpointing.maxConcurrent}`,
    );
  }
}

function checkNumbers(prefix: string, least: Readonly<Record<string, number>>, config: object): void {
  const values = new Map<string, unknown>(Object.entries(config));
  for (const [name, min] of Object.entries(least)) {
    const value = values.get(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min) {
      throw new JobError(`job configuration: ${prefix}${name} must be a whole number >= ${min}, got ${String(value)}`);
    }
  }
}
