/**
 * Configuration of a job's run. Times are milliseconds by the owner's monotonic clock.
 */
import { JobError } from '../errors.ts';

export interface JobConfig {
  /** Subtasks of every operator that does not declare its own; 1 .. 32768. */
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
  /** Records and state values are frozen when they are handed over, so that a job that changes one fails at that line. */
  readonly freezeValues: boolean;
  /** 0: no periodic checkpoints (the final one is still taken). */
  readonly checkpointIntervalMs: number;
  readonly checkpointTimeoutMs: number;
  /** Completed checkpoints kept; >= 1. */
  readonly retainedCheckpoints: number;
  readonly restartDelayMs: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  /** Between two attempts of a task manager to reach the job manager. */
  readonly reconnectMs: number;
  readonly fetchMaxRecords: number;
  /** Pause of a split enumerator before each split that it deals. */
  readonly dealIntervalMs: number;
}

export const DEFAULT_JOB_CONFIG: JobConfig = {
  parallelism: 2,
  parallelismAfterRestart: 0,
  slotsPerTaskManager: 2,
  bufferRecords: 8,
  bufferTimeoutMs: 0,
  credits: 2,
  outputBuffersMax: 2,
  byReference: true,
  freezeValues: false,
  checkpointIntervalMs: 200,
  checkpointTimeoutMs: 5_000,
  retainedCheckpoints: 1,
  restartDelayMs: 20,
  heartbeatIntervalMs: 500,
  heartbeatTimeoutMs: 2_000,
  reconnectMs: 20,
  fetchMaxRecords: 16,
  dealIntervalMs: 0,
};

/** Lower bounds; a configuration below one is a `JobError` that names the field. */
const LEAST: Readonly<Record<keyof Omit<JobConfig, 'byReference' | 'freezeValues'>, number>> = {
  parallelism: 1,
  parallelismAfterRestart: 0,
  slotsPerTaskManager: 1,
  bufferRecords: 1,
  bufferTimeoutMs: 0,
  credits: 1,
  outputBuffersMax: 1,
  checkpointIntervalMs: 0,
  checkpointTimeoutMs: 1,
  retainedCheckpoints: 1,
  restartDelayMs: 0,
  heartbeatIntervalMs: 1,
  heartbeatTimeoutMs: 1,
  reconnectMs: 1,
  fetchMaxRecords: 1,
  dealIntervalMs: 0,
};

/** Throws a `JobError` for a value that is not a whole number in range. */
export function checkJobConfig(config: JobConfig): void {
  const entries: readonly (readonly [string, number])[] = Object.entries(LEAST);
  const values = new Map<string, unknown>(Object.entries(config));
  for (const [name, least] of entries) {
    const value = values.get(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw new JobError(`job configuration: ${name} must be a whole number >= ${least}, got ${String(value)}`);
    }
  }
}
