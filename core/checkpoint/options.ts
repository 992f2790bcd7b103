/**
 * How one checkpoint travels (SEMANTICS "Barriers at a task"; Flink: `CheckpointOptions`). Chosen by the coordinator for
 * each checkpoint, carried by every barrier, and changed at the edges where the rules say so.
 *
 *   alignment         what the barrier does on its channel
 *   ----------------  ------------------------------------------------------------------------------------------------
 *   at-least-once     takes its turn; the receiver does not wait at it
 *   aligned           takes its turn; the channel is blocked until all barriers have come. With `timeoutMs` > 0: only
 *                     until so long after the trigger, then it overtakes (`unaligned`)
 *   unaligned         overtakes what is queued on both sides; what it overtakes is channel state
 *   forced            aligned, whatever the job says, because the receiving node cannot take channel state; the node
 *                     itself goes on in the checkpoint's own way (`timeoutMs` > 0: aligned with timeout, else unaligned)
 *
 * A node is *forced* iff one of its in-edges is pointwise (forward, rescale) or broadcast: then all of them are.
 */
import { boolean, int32, record, type TypeOf } from '../api/types.ts';
import type { CheckpointingConfig } from '../cluster/config.ts';
import { EngineBug } from '../errors.ts';
import type { PhysicalVertex } from '../graph/physical.ts';
import { isPointwise } from '../graph/pointwise.ts';
import type { ByteReader, ByteWriter } from '../state/bytes.ts';

export const ALIGNMENTS = ['at-least-once', 'aligned', 'unaligned', 'forced'] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

/**
 * `checkpoint`: periodic or final. `savepoint`: asked for by a person; the job goes on. `stop`, `drain`: synchronous
 * savepoints, after which the job ends, without or with the end of event time.
 */
export const CHECKPOINT_KINDS = ['checkpoint', 'savepoint', 'stop', 'drain'] as const;
export type CheckpointKind = (typeof CHECKPOINT_KINDS)[number];

/** Nothing of the job follows it. */
export function endsJob(kind: CheckpointKind): boolean {
  return kind === 'stop' || kind === 'drain';
}

export interface BarrierOptions {
  readonly alignment: Alignment;
  /** Milliseconds from the trigger after which an aligned barrier overtakes; 0: never. */
  readonly timeoutMs: number;
  readonly kind: CheckpointKind;
}

/** For control messages. */
export const barrierOptionsType = record({ alignment: int32, timeoutMs: int32, kind: int32 });
export type BarrierOptionsBody = TypeOf<typeof barrierOptionsType>;

export function optionsToBody({ alignment, timeoutMs, kind }: BarrierOptions): BarrierOptionsBody {
  return { alignment: ALIGNMENTS.indexOf(alignment), timeoutMs, kind: CHECKPOINT_KINDS.indexOf(kind) };
}
export function optionsFromBody(body: BarrierOptionsBody): BarrierOptions {
  const alignment = ALIGNMENTS[body.alignment];
  const kind = CHECKPOINT_KINDS[body.kind];
  if (alignment === undefined || kind === undefined) throw new EngineBug('barrier options of no known kind');
  return { alignment, timeoutMs: body.timeoutMs, kind };
}
export function writeOptions(options: BarrierOptions, out: ByteWriter): void {
  out.byte(ALIGNMENTS.indexOf(options.alignment) * CHECKPOINT_KINDS.length + CHECKPOINT_KINDS.indexOf(options.kind));
  out.varint(options.timeoutMs);
}
export function readOptions(input: ByteReader): BarrierOptions {
  const tag = input.byte();
  return optionsFromBody({
    alignment: Math.floor(tag / CHECKPOINT_KINDS.length),
    kind: tag % CHECKPOINT_KINDS.length,
    timeoutMs: input.varint(),
  });
}

/** What the coordinator says to the sources. Savepoints are always aligned and know no timeout. */
export function optionsOf(config: CheckpointingConfig, kind: CheckpointKind): BarrierOptions {
  if (config.mode === 'at-least-once' && kind === 'checkpoint')
    return { alignment: 'at-least-once', timeoutMs: 0, kind };
  if (!config.unaligned || kind !== 'checkpoint') return { alignment: 'aligned', timeoutMs: 0, kind };
  if (config.alignedTimeoutMs > 0) return { alignment: 'aligned', timeoutMs: config.alignedTimeoutMs, kind };
  return { alignment: 'unaligned', timeoutMs: 0, kind };
}

/** It takes its turn now, and may overtake later. */
export function isTimed({ alignment, timeoutMs }: BarrierOptions): boolean {
  return alignment === 'aligned' && timeoutMs > 0;
}

/** What the barrier says on an edge into `receiver`, when the sender's snapshot was taken with `options`. */
export function optionsOnEdge(options: BarrierOptions, receiver: PhysicalVertex): BarrierOptions {
  const mayOvertake = options.alignment === 'unaligned' || isTimed(options);
  return mayOvertake && isForcedAligned(receiver) ? { ...options, alignment: 'forced' } : options;
}

/** The node's own way again, behind a forced alignment. */
export function optionsBehind(options: BarrierOptions): BarrierOptions {
  if (options.alignment !== 'forced') return options;
  return { ...options, alignment: options.timeoutMs > 0 ? 'aligned' : 'unaligned' };
}

/** The vertex cannot take channel state: a record of a pointwise or broadcast edge has no key by which it could be re-dealt. */
function isForcedAligned(vertex: PhysicalVertex): boolean {
  return vertex.inEdges.some((edge) => isPointwise(edge) || edge.partition.kind === 'broadcast');
}

/** How a task took part in a checkpoint (Flink: `CheckpointMetrics`). */
export const taskMetricsType = record({
  /** From the trigger until the first barrier came, by the task's wall clock. */
  startDelayMs: int32,
  /** From the first barrier to the last. */
  alignmentDurationMs: int32,
  syncDurationMs: int32,
  asyncDurationMs: int32,
  /** Of records that were processed between the first barrier and the last. */
  bytesProcessedDuringAlignment: int32,
  /** Of channel state. */
  bytesPersistedDuringAlignment: int32,
  unalignedCheckpoint: boolean,
  /** Everything that this task wrote for the checkpoint. */
  stateSizeBytes: int32,
});
export type TaskMetrics = TypeOf<typeof taskMetricsType>;
/** Why a task does not take a checkpoint. Only `failed` counts as a failure of the checkpoint. */
export const DECLINE_REASONS = ['not-ready', 'closing', 'failed', 'cancellation-marker', 'subsumed'] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];
