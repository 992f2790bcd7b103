/**
 * How each checkpoint has to travel on each edge, worked out from the job as data and its configuration alone (SEMANTICS
 * B8, B9). Written without a look at the engine's.
 *
 *   job and kind of checkpoint                  barrier on an edge
 *   ------------------------------------------  ---------------------------------------------------------------------
 *   savepoint of any kind                       aligned, no timeout
 *   at least once                               at-least-once
 *   exactly once                                aligned, no timeout
 *   unaligned                                   unaligned; into a forced vertex: forced
 *   unaligned, with timeout t                   aligned with t, unaligned once the sender overtook; into a forced vertex: forced with t
 *
 * A vertex is forced iff an edge from another vertex enters it that is pointwise (forward, rescale) or broadcast.
 */
import type { JobSpec } from '../../core/job/spec.ts';
import type { CheckpointingConfig } from '../../core/config.ts';
import type { Alignment, CheckpointKind } from '../../core/barrier-options.ts';
import type { ModelVertex } from '../model/types.ts';

export type Mode = 'at-least-once' | 'aligned' | 'unaligned' | 'timed';

/** The mode of a checkpoint, before a vertex is looked at. */
export function modeOf(config: CheckpointingConfig, kind: CheckpointKind): Mode {
  if (kind !== 'checkpoint') return 'aligned';
  if (config.mode === 'at-least-once') return 'at-least-once';
  if (!config.unaligned) return 'aligned';
  return config.alignedTimeoutMs > 0 ? 'timed' : 'unaligned';
}

export function isForced(job: JobSpec, vertex: ModelVertex): boolean {
  return vertex.inEdges.some((edge) => {
    const kind = job.edges[edge]?.partition.kind;
    return kind === 'forward' || kind === 'rescale' || kind === 'broadcast';
  });
}

/** What a checkpoint of this mode may be at a vertex: overtaking (perhaps only after its time), or in turn. */
export function mayOvertake(mode: Mode, job: JobSpec, receiver: ModelVertex): boolean {
  return (mode === 'unaligned' || mode === 'timed') && !isForced(job, receiver);
}

export interface EdgeMode {
  readonly alignment: Alignment;
  readonly timeoutMs: number;
}

/** How the barrier leaves on an edge into `receiver`. `overtook`: the sender took the checkpoint unaligned. */
export function edgeMode(
  config: CheckpointingConfig,
  mode: Mode,
  job: JobSpec,
  receiver: ModelVertex,
  overtook: boolean,
): EdgeMode {
  switch (mode) {
    case 'at-least-once':
    case 'aligned':
      return { alignment: mode, timeoutMs: 0 };
    case 'unaligned':
      return { alignment: isForced(job, receiver) ? 'forced' : 'unaligned', timeoutMs: 0 };
    case 'timed': {
      const { alignedTimeoutMs: timeoutMs } = config;
      if (isForced(job, receiver)) return { alignment: 'forced', timeoutMs };
      return { alignment: overtook ? 'unaligned' : 'aligned', timeoutMs };
    }
  }
}
