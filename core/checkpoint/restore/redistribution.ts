/**
 * What each new subtask of a vertex restores from a checkpoint that was taken at any parallelism.
 *
 * - Keyed state by key group: a new subtask gets the handles of all old ones that hold a group of its range.
 * - Splits are list state (SEMANTICS O1): unchanged at the same parallelism; otherwise, in
 *   order of (old subtask, position), contiguous, the first `total mod P` subtasks get one more.
 * - Lists of operators without key: `core/state/operator-handles.ts`.
 * - In-flight data: see `in-flight.ts`.
 * - A vertex all of whose subtasks had finished restores as finished; a partly finished one restarts whole, with the state
 *   that is left.
 * - Broadcast state is the same everywhere: new subtask i copies that of the `i mod n`-th of the n old subtasks that have
 *   left one; a subtask that had finished has left none.
 * - Objects that lie in the metadata go to every new subtask that has a handle of them.
 * - Committables of old subtask i go to new subtask `i mod P`, the same one that looks after what i left.
 */
import type { BroadcastHandle, InlineObject, KeyedHandle } from '../../state/handles.ts';
import { redistributed } from '../../state/operator-handles.ts';
import { type CheckpointMetadata, inlineIn, namedBy, type SubtaskSnapshot } from '../storage/metadata.ts';
import type { CommittableState, SplitState } from '../../connectors/connector-state.ts';
import { keyGroupRange } from '../../graph/key-groups.ts';
import type { PhysicalVertex } from '../../graph/physical.ts';
import { JobError } from '../../errors.ts';
import { inFlightOf, type Neighbours } from './in-flight.ts';
import { storedKeyGroups } from './stored-key-groups.ts';
import { type LocalRestore, NO_CHECKSUM, type TaskRestore } from './task-restore.ts';

/** Whether all subtasks of a vertex had finished. */
function hadFinished(uid: string, metadata: CheckpointMetadata | undefined): boolean {
  const subtasks = metadata?.vertices.find((candidate) => candidate.uid === uid)?.subtasks ?? [];
  return subtasks.length > 0 && subtasks.every(({ finished }) => finished);
}

/** `owned`: see `TaskRestore`. @throws JobError if the checkpoint cannot be restored into this vertex. */
export function restoreOf(
  vertex: PhysicalVertex,
  metadata: CheckpointMetadata | undefined,
  graph: Neighbours,
  owned = true,
): readonly TaskRestore[] {
  const old = metadata?.vertices.find((candidate) => candidate.uid === vertex.uid);
  const pendingAnywhere = (metadata?.vertices ?? []).flatMap((candidate) =>
    candidate.subtasks.flatMap((subtask) => subtask.pending),
  );
  const stored = storedKeyGroups(metadata).get(vertex.uid);
  if (stored !== undefined && vertex.keyed && stored !== vertex.maxParallelism) {
    throw new JobError(
      `operator ${vertex.uid}: the checkpoint has max parallelism ${stored}, the job has ` +
        `${vertex.maxParallelism}; key groups cannot be re-assigned, set it back, or declare none`,
    );
  }
  const subtasks = old?.subtasks ?? [];
  const splits = redistributeSplits(subtasks, vertex.parallelism);
  const lists = redistributed(
    subtasks.map(({ operatorState }) => operatorState),
    vertex.parallelism,
  );
  const finished = hadFinished(vertex.uid, metadata);
  const inFlight = metadata === undefined || finished ? [] : inFlightOf(vertex, metadata, graph);
  const inline = new Map((metadata === undefined ? [] : inlineIn(metadata)).map((one) => [one.object, one]));
  return Array.from({ length: vertex.parallelism }, (_, subtask) => {
    const stored = storedOf(vertex, subtasks, subtask, lists[subtask] ?? [], inFlight[subtask] ?? [], inline);
    return {
      keyed: stored.keyed,
      broadcast: stored.broadcast,
      operatorState: stored.operatorState,
      inFlight: stored.inFlight,
      inline: stored.inline,
      owned,
      local: metadata === undefined || !vertex.keyed ? null : localOf(metadata, subtasks, vertex, subtask),
      splits: splits[subtask] ?? [],
      pending: pendingOf(subtasks, vertex.parallelism, subtask),
      pendingAnywhere,
      inFlightAttempt: metadata?.attempt ?? 0,
      finished,
      inputEnded: vertex.outEdges.some((edge) => hadFinished(graph.receiver(edge).uid, metadata)),
    };
  });
}

/** The handles of a new subtask, and what they name that is not in the store. */
function storedOf(
  vertex: PhysicalVertex,
  subtasks: readonly SubtaskSnapshot[],
  subtask: number,
  operatorState: TaskRestore['operatorState'],
  inFlight: TaskRestore['inFlight'],
  inline: ReadonlyMap<string, InlineObject>,
): Pick<TaskRestore, 'keyed' | 'broadcast' | 'operatorState' | 'inFlight' | 'inline'> {
  const keyed = vertex.keyed ? keyedOf(subtasks, vertex, subtask) : [];
  const broadcast = broadcastOf(subtasks, subtask);
  const named = namedBy({ keyed, broadcast, operatorState, channelState: inFlight.flatMap(({ parts }) => parts) });
  const own = [...new Set(named)].flatMap((object) => inline.get(object) ?? []);
  return { keyed, broadcast, operatorState, inFlight, inline: own };
}

function keyedOf(subtasks: readonly SubtaskSnapshot[], vertex: PhysicalVertex, subtask: number): KeyedHandle[] {
  const range = keyGroupRange(subtask, vertex.parallelism, vertex.maxParallelism);
  return subtasks.flatMap(({ keyed }) => keyed.filter(({ first, last }) => last >= range.start && first <= range.end));
}

/** Of the same subtask among as many: no other one has had its key groups. */
function localOf(
  { checkpoint, attempt }: CheckpointMetadata,
  subtasks: readonly SubtaskSnapshot[],
  vertex: PhysicalVertex,
  subtask: number,
): LocalRestore | null {
  const old = subtasks.length === vertex.parallelism ? subtasks[subtask] : undefined;
  if (old === undefined || old.checksums.length === 0) return null;
  const inline = new Set(old.inline.map(({ object }) => object));
  const objects = old.keyed
    .flatMap((handle) => handle.objects)
    .map((object, at) => ({ object, checksum: old.checksums[at] ?? NO_CHECKSUM }))
    .filter(({ object }) => !inline.has(object));
  return { checkpoint, attempt, objects };
}

/** Empty if the vertex has no broadcast state, or if no subtask had taken a snapshot of it. */
function broadcastOf(subtasks: readonly SubtaskSnapshot[], subtask: number): BroadcastHandle[] {
  const left = subtasks.flatMap(({ broadcast }) => (broadcast === null ? [] : [broadcast]));
  const handle = left[subtask % left.length];
  return handle === undefined ? [] : [handle];
}

function redistributeSplits(
  subtasks: readonly SubtaskSnapshot[],
  parallelism: number,
): readonly (readonly SplitState[])[] {
  if (subtasks.length === parallelism) return subtasks.map((subtask) => subtask.splits);
  const all = subtasks.flatMap((subtask) => subtask.splits);
  const base = Math.floor(all.length / parallelism);
  const more = all.length % parallelism;
  const assigned: SplitState[][] = [];
  let at = 0;
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const count = base + (subtask < more ? 1 : 0);
    assigned.push(all.slice(at, at + count));
    at += count;
  }
  return assigned;
}

function pendingOf(subtasks: readonly SubtaskSnapshot[], parallelism: number, subtask: number): CommittableState[] {
  return subtasks.flatMap(({ pending }, old) => (old % parallelism === subtask ? pending : []));
}
