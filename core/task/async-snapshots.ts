/**
 * The async part of the checkpoints of one task, beside its records: in-flight data complete -> upload -> acknowledge. A
 * failure declines the checkpoint; the task goes on. But not on damaged state: no later snapshot of it could be written either.
 */
import type { CheckpointKind } from '../barrier-options.ts';
import type { SnapshotPlace } from '../checkpoint/snapshot/snapshot-output.ts';
import { type SnapshotParts, type UploadedSnapshot, uploadSnapshot } from '../checkpoint/snapshot/upload.ts';
import { isShared, prefixOf, sharedPrefix, type SubtaskSnapshot } from '../checkpoint/storage/metadata.ts';
import type { CommittableState, SplitState } from '../connectors/connector-state.ts';
import { DamageError, IoError } from '../errors.ts';
import type { Ms } from '../ports.ts';
import type { Coroutine, Pending, Scope } from '../waiting.ts';
import type { CheckpointsUnderWay } from './checkpoints-under-way.ts';
import { declineCheckpoint } from './decline.ts';
import type { TaskEnv } from './task-env.ts';

/** How late a snapshot worker is where buggify makes it so. */
export const SLOW_WORKER_MS = 20;

/** What the sync part leaves to the async part: structure only. */
export interface TakenSnapshot {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  readonly unaligned: boolean;
  readonly syncDurationMs: Ms;
  readonly state: SnapshotParts;
  readonly splits: readonly SplitState[];
  readonly pending: readonly CommittableState[];
  /** All input had been processed. */
  readonly ended: boolean;
}

export class AsyncSnapshots {
  readonly #env: TaskEnv;
  readonly #scope: Scope;
  readonly #checkpoints: CheckpointsUnderWay;
  readonly #parts = new Set<Pending<void>>();
  /** Objects of a checkpoint that somebody else may delete. */
  readonly #foreign: ReadonlySet<string>;

  constructor(env: TaskEnv, scope: Scope, checkpoints: CheckpointsUnderWay) {
    this.#env = env;
    this.#scope = scope;
    this.#checkpoints = checkpoints;
    const { owned, keyed } = env.restore;
    this.#foreign = new Set(owned ? [] : keyed.flatMap(({ objects }) => objects));
  }

  start(taken: TakenSnapshot): void {
    const part = this.#scope.spawn(`upload ${taken.checkpoint}`, this.#run(taken));
    for (const old of this.#parts) if (old.settled) this.#parts.delete(old);
    this.#parts.add(part);
  }

  /** An async part that is under way, if there is one. */
  get underWay(): Pending<void> | undefined {
    for (const part of this.#parts) if (!part.settled) return part;
    return undefined;
  }

  *#run(taken: TakenSnapshot): Coroutine<void> {
    const { checkpoint, unaligned, syncDurationMs, splits, pending } = taken;
    const { job, report, restore, task } = this.#env;
    const { probe, objects, clock, buggify } = this.#env.ports;
    const { sequence, alignment } = this.#checkpoints;
    const started = clock.monotonic();
    // The worker that makes bytes of the snapshot may come to it late: records go on meanwhile.
    if (buggify.fires('snapshot-worker')) yield* clock.sleep(SLOW_WORKER_MS);
    const { channelState } = taken.state;
    if (channelState !== undefined && !(yield* channelState.closed)) {
      taken.state.keyed?.snapshot.discard();
      sequence.end(checkpoint);
      return;
    }
    let uploaded: UploadedSnapshot;
    try {
      uploaded = yield* uploadSnapshot(objects, this.#place(taken), taken.state, (edge) => job.edges[edge]?.type);
    } catch (error) {
      if (!(error instanceof IoError) || error instanceof DamageError) throw error;
      if (sequence.end(checkpoint)) declineCheckpoint(this.#env, checkpoint, 'failed', error.message);
      return;
    }
    probe.snapshotUploaded?.({ task, checkpoint });
    if (!sequence.end(checkpoint)) return;
    this.#checkpoints.cancelTimeout(checkpoint);
    probe.acknowledged?.({ task, checkpoint });
    const { keyed, broadcast, operatorState, channelState: slices, inline } = uploaded.handles;
    const { copies } = this.#env;
    const isKept = copies !== undefined && taken.kind === 'checkpoint';
    const snapshot: SubtaskSnapshot = {
      keyed,
      checksums: isKept ? copies.keep(checkpoint, keyed, uploaded.written, inline) : [],
      broadcast,
      operatorState,
      channelState: slices,
      inline,
      splits,
      pending,
      finished: restore.finished,
      ended: taken.ended,
    };
    const { startDelayMs, alignmentDurationMs, bytesProcessedDuringAlignment } = alignment.metrics(checkpoint);
    const metrics = {
      startDelayMs,
      alignmentDurationMs,
      bytesProcessedDuringAlignment,
      syncDurationMs,
      asyncDurationMs: Math.floor(clock.monotonic() - started),
      bytesPersistedDuringAlignment: uploaded.channelStateBytes,
      unalignedCheckpoint: unaligned,
      stateSizeBytes: uploaded.totalBytes,
    };
    report('acknowledge', checkpoint, { vertex: task.vertex, subtask: task.subtask, snapshot, metrics });
  }

  #place({ checkpoint, kind }: TakenSnapshot): SnapshotPlace {
    const { config, job, task } = this.#env;
    const name = `${task.vertex}-${task.subtask}`;
    return {
      checkpoint,
      kind,
      prefix: `${prefixOf(kind, job.name, task.attempt, checkpoint)}${name}`,
      sharedPrefix: `${sharedPrefix(job.name, task.attempt, checkpoint)}${name}`,
      isOwn: (object) => isShared(job.name, object) && !this.#foreign.has(object),
      inlineStateBytes: config.checkpointing.inlineStateBytes,
    };
  }
}
