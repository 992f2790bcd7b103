import type { KeyGroupNumbers } from '../../graph/physical.ts';
import type { CheckpointMetadata } from '../storage/metadata.ts';

/**
 * How many key groups the operators have whose keyed state is in the checkpoint (SEMANTICS U1). One without key has none, nor
 * has one all of whose subtasks had finished: of those any number will do.
 */
export function storedKeyGroups(metadata: CheckpointMetadata | undefined): KeyGroupNumbers {
  const keyed = (metadata?.vertices ?? []).filter(({ subtasks }) => subtasks.some((one) => one.keyed.length > 0));
  return new Map(keyed.map(({ uid, maxParallelism }) => [uid, maxParallelism]));
}
