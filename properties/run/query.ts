/**
 * What a client asks for: a state and a key of the newest checkpoint or savepoint that the HA store names. The key is one of the
 * operator's, which need not have anything in this very state, then or any more. Looking there leaves no trace in the run.
 */
import {
  completedKey,
  foundAt,
  readCompleted,
  readMetadata,
  restorePoint,
} from '../../core/checkpoint/storage/metadata.ts';
import { readState } from '../../core/checkpoint/storage/reader.ts';
import type { StateQuery } from '../../core/cluster/state-client.ts';
import { IoError, JobError } from '../../core/errors.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { Parts } from '../../core/parts.ts';
import type { Universe } from '../../sim/universe.ts';
import { canonical } from '../model/equal.ts';

/** `state`, `key`: numbers of the plan. Undefined: there is nothing to ask for. */
export function queryIn(
  { ha, objects }: Universe,
  job: JobSpec,
  parts: Parts,
  { state, key }: { readonly state: number; readonly key: number },
): StateQuery | undefined {
  const entry = ha.value(completedKey(job.name));
  const newest = entry === undefined ? undefined : restorePoint(readCompleted(entry.bytes));
  const bytes = newest === undefined ? undefined : objects.object(newest.metadata);
  if (newest === undefined || bytes === undefined) return undefined;
  const { vertices } = foundAt(newest.metadata, readMetadata(bytes));
  const operators = vertices.flatMap(({ uid, subtasks }) => {
    const keyType = keyTypeOf(job, uid);
    if (keyType === undefined) return [];
    const entries = subtasks.flatMap((subtask) =>
      entriesOf(() => readState(subtask, (name) => objects.object(name), parts.stateBackend.inspect)),
    );
    if (entries.length === 0) return [];
    const names = [...new Set(entries.map((one) => one.state))].sort();
    return names.map((name) => ({ uid, keyType, name, keys: entries.map((one) => one.key) }));
  });
  const chosen = operators[state % Math.max(1, operators.length)];
  if (chosen === undefined) return undefined;
  const { uid, keyType, name, keys } = chosen;
  const distinct = [...new Map(keys.map((one) => [canonical(one), one])).values()];
  return { operator: uid, state: name, key: distinct[key % distinct.length], keyType };
}

/** None of what cannot be read: that is the laws' to judge. */
function entriesOf(
  read: () => ReturnType<typeof readState>,
): readonly { readonly state: string; readonly key: unknown }[] {
  try {
    return read().keyGroups.flatMap(({ entries }) => entries);
  } catch (error) {
    if (error instanceof IoError || error instanceof JobError) return [];
    throw error;
  }
}

function keyTypeOf({ nodes, edges }: JobSpec, uid: string) {
  const node = nodes.find((one) => one.uid === uid);
  const partition = edges.find((edge) => edge.to === node?.id && edge.partition.kind === 'hash')?.partition;
  return partition?.kind === 'hash' ? partition.keyType : undefined;
}
