/**
 * How one checkpoint travels (SEMANTICS B2 to B4, B8, B9; Flink: `CheckpointOptions`). Chosen by the coordinator for
 * each checkpoint, carried by every barrier, and changed at the edges where the rules say so.
 *
 *   alignment         what the barrier does on its channel
 *   ----------------  ------------------------------------------------------------------------------------------------
 *   at-least-once     takes its turn; the receiver does not wait at it
 *   aligned           takes its turn; the channel is blocked until all barriers have come. With `timeoutMs` > 0: only
 *                     until so long after the trigger, then it overtakes (`unaligned`)
 *   unaligned         overtakes what is queued on both sides; what it overtakes is channel state
 *   forced            always aligned, because the receiving node cannot take channel state; the node
 *                     itself goes on in the checkpoint's own way (`timeoutMs` > 0: aligned with timeout, else unaligned)
 *
 * A node is *forced* iff one of its in-edges is pointwise (forward, rescale) or broadcast: then all of them are.
 */
import type { CheckpointingConfig } from './config.ts';

export const ALIGNMENTS = ['at-least-once', 'aligned', 'unaligned', 'forced'] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

/**
 * `checkpoint`: periodic or final. `savepoint`: asked for by a person; the job goes on. `stop`, `drain`: synchronous
 * savepoints, after which the job ends, without or with the end of event time.
 */
export const CHECKPOINT_KINDS = ['checkpoint', 'savepoint', 'stop', 'drain'] as const;
export type CheckpointKind = (typeof CHECKPOINT_KINDS)[number];
export type SavepointKind = Exclude<CheckpointKind, 'checkpoint'>;

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

/** The node's own way again, behind a forced alignment. */
export function optionsBehind(options: BarrierOptions): BarrierOptions {
  if (options.alignment !== 'forced') return options;
  const { timeoutMs, kind } = options;
  return { alignment: timeoutMs > 0 ? 'aligned' : 'unaligned', timeoutMs, kind };
}

/** Of a barrier that overtakes. */
export function unalignedOptions({ timeoutMs, kind }: BarrierOptions): BarrierOptions {
  return { alignment: 'unaligned', timeoutMs, kind };
}

/** Why a task does not take a checkpoint. Only `failed` counts as a failure of the checkpoint. */
export const DECLINE_REASONS = ['not-ready', 'closing', 'failed', 'cancellation-marker', 'subsumed'] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];
