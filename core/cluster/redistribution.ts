/**
 * What each new subtask of a vertex restores from a checkpoint that was taken at any parallelism.
 *
 * - Keyed state by key group: a new subtask reads the groups of its range from whichever old subtasks hold them.
 * - Splits are list state (SEMANTICS "Operator state redistribution"): unchanged at the same parallelism; otherwise, in
 *   order of (old subtask, position), contiguous, the first `total mod P` subtasks get one more.
 * - A pending transaction goes to subtask `owner mod P`, the same one that looks after its owner's leftovers.
 */
import type { ChannelStateHandle, CheckpointMetadata, KeyedHandle, PendingTransaction, SplitState, SubtaskSnapshot } from '../checkpoint/metadata.ts';
import { keyGroupRange } from '../graph/key-groups.ts';
import type { PhysicalVertex } from '../graph/physical.ts';
import { JobError } from '../errors.ts';
import type { TaskRestore } from './messages.ts';

/** Throws `JobError` if the checkpoint cannot be restored into this vertex. */
export function restoreOf(vertex: PhysicalVertex, metadata: CheckpointMetadata | undefined): readonly TaskRestore[] {
  const old = metadata?.vertices.find((candidate) => candidate.uid === vertex.uid);
  const pendingAnywhere = (metadata?.vertices ?? []).flatMap((candidate) =>
    candidate.subtasks.flatMap((subtask) => subtask.pending.map((pending) => pending.transaction)),
  );
  if (old !== undefined && vertex.keyed && old.maxParallelism !== vertex.maxParallelism) {
    throw new JobError(
      `operator ${vertex.uid}: the checkpoint has max parallelism ${old.maxParallelism}, the job has ` +
        `${vertex.maxParallelism}; key groups cannot be re-dealt, set it back`,
    );
  }
  const subtasks = old?.subtasks ?? [];
  const splits = redistributeSplits(subtasks, vertex.parallelism);
  return Array.from({ length: vertex.parallelism }, (_, subtask) => ({
    keyed: vertex.keyed ? keyedOf(subtasks, vertex, subtask) : [],
    splits: splits[subtask] ?? [],
    pending: pendingOf(subtasks, vertex.parallelism, subtask),
    pendingAnywhere,
    broadcast: [],
    inFlight: metadata === undefined ? [] : inFlightOf(vertex, metadata, subtask),
    inFlightAttempt: metadata?.attempt ?? 0,
    finished: subtasks.length > 0 && subtasks.every((old) => old.finished),
  }));
}

function keyedOf(subtasks: readonly SubtaskSnapshot[], vertex: PhysicalVertex, subtask: number): KeyedHandle[] {
  const range = keyGroupRange(subtask, vertex.parallelism, vertex.maxParallelism);
  const handles: KeyedHandle[] = [];
  for (const { keyed } of subtasks) {
    if (keyed === null) continue;
    const groups = keyed.groups
      .filter((group) => group.last >= range.start && group.first <= range.end)
      .map((group) => ({ ...group, first: Math.max(group.first, range.start), last: Math.min(group.last, range.end) }));
    if (groups.length > 0) handles.push({ object: keyed.object, header: keyed.header, groups });
  }
  return handles;
}

function redistributeSplits(subtasks: readonly SubtaskSnapshot[], parallelism: number): readonly (readonly SplitState[])[] {
  if (subtasks.length === parallelism) return subtasks.map((subtask) => subtask.splits);
  const all = subtasks.flatMap((subtask) => subtask.splits);
  const base = Math.floor(all.length / parallelism);
  const more = all.length % parallelism;
  const dealt: SplitState[][] = [];
  let at = 0;
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const count = base + (subtask < more ? 1 : 0);
    dealt.push(all.slice(at, at + count));
    at += count;
  }
  return dealt;
}

function pendingOf(subtasks: readonly SubtaskSnapshot[], parallelism: number, subtask: number): PendingTransaction[] {
  return subtasks.flatMap((snapshot) => snapshot.pending.filter((pending) => ownerOf(pending) % parallelism === subtask));
}

/** `<job>/<sink>/<owner>/<attempt>/<sequence>`. */
function ownerOf(pending: PendingTransaction): number {
  const parts = pending.transaction.split('/');
  return Number(parts.at(-3));
}

/** In-flight data that subtask `subtask` replays: of both sides, by old channel, the receiver's part first. */
function inFlightOf(vertex: PhysicalVertex, metadata: CheckpointMetadata, subtask: number): TaskRestore['inFlight'] {
  const edges = new Set(vertex.inEdges.map((edge) => edge.id));
  const channels = new Map<string, { edge: number; sender: number; receiver: number; parts: ChannelStateHandle[] }>();
  const all = metadata.vertices.flatMap((old) => old.subtasks.flatMap((snapshot) => snapshot.channelState));
  for (const side of ['input', 'output']) {
    for (const handle of all) {
      if (handle.side !== side || !edges.has(handle.edge)) continue;
      const { edge, sender, receiver } = handle;
      if (!isDealtTo(vertex, metadata, edge, receiver, subtask)) continue;
      const key = `${edge}/${sender}/${receiver}`;
      const known = channels.get(key);
      if (known === undefined) channels.set(key, { edge, sender, receiver, parts: [handle] });
      else known.parts.push(handle);
    }
  }
  return [...channels.values()];
}

function isDealtTo(vertex: PhysicalVertex, metadata: CheckpointMetadata, edge: number, receiver: number, subtask: number): boolean {
  const before = metadata.vertices.find((candidate) => candidate.uid === vertex.uid);
  const kind = vertex.inEdges.find(({ id }) => id === edge)?.partition.kind;
  if (before === undefined || kind === undefined) return false;
  if (kind === 'custom') return true;
  if (kind !== 'hash') return receiver % vertex.parallelism === subtask;
  const old = keyGroupRange(receiver, before.parallelism, before.maxParallelism);
  const own = keyGroupRange(subtask, vertex.parallelism, vertex.maxParallelism);
  return old.start <= own.end && own.start <= old.end;
}
