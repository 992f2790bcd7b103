/** What a run counts of what the engine says about itself; what is in checkpoints is read from the services. */
import { readMetadata } from '../../core/checkpoint/storage/metadata.ts';
import { rethrowKilled } from '../../core/errors.ts';
import type { CheckpointStats, Probe } from '../../core/facts.ts';
import type { ObjectLookup } from '../../core/state/handles.ts';
import type { Counters } from '../outcome.ts';

type Counted = Pick<
  Counters,
  | 'checkpointsTriggered'
  | 'checkpointsCompleted'
  | 'checkpointsAborted'
  | 'attempts'
  | 'restores'
  | 'inFlightRecords'
  | 'inFlightBytes'
  | 'replayedRecords'
>;

export class Tally {
  /** Why the last attempt that failed did. */
  lastFailure: string | undefined;
  /** Every checkpoint that came to an end, in that order. */
  readonly checkpoints: CheckpointStats[] = [];
  readonly probe: Probe;
  /** Some function has registered a processing-time timer. */
  hasProcessingTimers = false;
  readonly #object: ObjectLookup;
  #triggered = 0;
  #completed = 0;
  #aborted = 0;
  #attempts = 0;
  #restores = 0;
  #inFlightRecords = 0;
  #inFlightBytes = 0;
  #replayed = 0;
  /** The newest attempt started from a checkpoint and has not processed a record yet. */
  #restoring: number | undefined;

  /** `object`: what the object store holds. */
  constructor(object: ObjectLookup) {
    this.#object = object;
    this.probe = {
      checkpointTriggered: () => {
        this.#triggered++;
      },
      checkpointCompleted: ({ metadata }) => {
        this.#completed++;
        this.#readInFlight(metadata);
      },
      checkpointAborted: () => {
        this.#aborted++;
      },
      checkpointStats: (stats) => {
        this.checkpoints.push(stats);
      },
      attemptFailed: ({ attempt, message }) => {
        this.lastFailure = `${attempt}, ${message}`;
      },
      attemptStarting: ({ attempt, restoredFrom }) => {
        this.#attempts++;
        this.#restoring = restoredFrom === undefined ? undefined : attempt;
      },
      timerRegistered: ({ domain }) => {
        if (domain === 'processing') this.hasProcessingTimers = true;
      },
      sourceRecord: ({ task }) => {
        this.#processed(task.attempt);
      },
      recordProcessed: ({ task, channel }) => {
        this.#processed(task.attempt);
        if (channel.attempt < task.attempt) this.#replayed++;
      },
    };
  }

  counters(): Counted {
    return {
      checkpointsTriggered: this.#triggered,
      checkpointsCompleted: this.#completed,
      checkpointsAborted: this.#aborted,
      attempts: this.#attempts,
      restores: this.#restores,
      inFlightRecords: this.#inFlightRecords,
      inFlightBytes: this.#inFlightBytes,
      replayedRecords: this.#replayed,
    };
  }

  #processed(attempt: number): void {
    if (this.#restoring !== attempt) return;
    this.#restoring = undefined;
    this.#restores++;
  }

  /** Metadata that cannot be read is the laws' to judge. */
  #readInFlight(name: string): void {
    const bytes = this.#object(name);
    if (bytes === undefined) return;
    try {
      for (const { subtasks } of readMetadata(bytes).vertices) {
        for (const { channelState } of subtasks) {
          for (const { records, length } of channelState) {
            this.#inFlightRecords += records;
            this.#inFlightBytes += length;
          }
        }
      }
    } catch (error) {
      rethrowKilled(error);
    }
  }
}
