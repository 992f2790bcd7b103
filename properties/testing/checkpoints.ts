/** The works of `Script`: what tasks do at barriers, cancel markers and ends, and what a snapshot holds. */
import type { SubtaskImage } from '../../core/checkpoint/storage/reader.ts';
import type { KeyGroupRun } from '../../core/state/backend.ts';
import type { Timestamp } from '../../core/job/functions.ts';
import { toBytes } from '../../core/values/serializers.ts';
import type { WitnessedImage } from '../witness/checkpoints.ts';
import type { SievedState } from '../model/types.ts';
import { edgeMode, isForced, type Mode, modeOf } from '../laws/modes.ts';
import { Cluster, type Line, type Member, type Snapshot } from './cluster.ts';

export class CheckpointingCluster extends Cluster {
  // ---- one element

  protected takeOne(member: Member, line: Line): boolean {
    const [next] = line.queue;
    if (next === undefined || member.finished || member.replays.length > 0) return false;
    if (line.blockedFor > 0 && !(next.kind === 'barrier' && next.overtakes)) return false;
    line.queue.shift();
    const { id: task } = member;
    switch (next.kind) {
      case 'record':
      case 'watermark':
      case 'status':
        line.taken++;
        this.data(member, line.id, next, (watermark) => {
          line.watermark = watermark;
        });
        break;
      case 'barrier':
        this.state('barrierReceived', {
          task,
          channel: line.id,
          checkpoint: next.checkpoint,
          overtook: next.overtakes,
        });
        line.barriers.add(next.checkpoint);
        this.onBarrier(member, line, next.checkpoint, next.overtakes);
        break;
      case 'cancel':
        this.state('cancelReceived', { task, channel: line.id, checkpoint: next.checkpoint });
        if (next.checkpoint >= member.pending) this.giveUp(member, next.checkpoint);
        break;
      case 'end':
        this.state('inputEnded', { task, channel: line.id });
        line.ended = true;
        if (member.inputs.every((input) => input.ended) && !member.outputs.some((output) => output.endSent))
          this.endOutputs(member);
        break;
      case 'end-of-partition':
        this.state('partitionEnded', { task, channel: line.id });
        line.closed = true;
        if (member.pending > 0) this.aligned(member, member.pending);
    }
    return true;
  }

  // ---- checkpoints

  protected mode(checkpoint: number): Mode {
    return modeOf(this.checkpointing, this.kinds.get(checkpoint) ?? 'checkpoint');
  }

  protected onBarrier(member: Member, line: Line, checkpoint: number, overtook: boolean): void {
    const { id: task } = member;
    if (checkpoint < member.pending || (checkpoint <= member.snapshot && checkpoint !== member.pending)) {
      this.state('barrierObsolete', { task, channel: line.id, checkpoint });
      return;
    }
    if (this.mode(checkpoint) !== 'at-least-once') {
      if (member.pending > 0 && member.pending < checkpoint) this.giveUp(member, member.pending);
      member.pending = checkpoint;
    }
    if (overtook) {
      this.snapshot(member, checkpoint, true);
    } else if (this.mode(checkpoint) !== 'at-least-once' && !this.isAligned(member, checkpoint)) {
      line.blockedFor = checkpoint;
      this.state('channelBlocked', { task, channel: line.id, checkpoint });
    }
    this.aligned(member, checkpoint);
  }

  protected isAligned(member: Member, checkpoint: number): boolean {
    return member.inputs.every((input) => input.closed || input.barriers.has(checkpoint));
  }

  protected aligned(member: Member, checkpoint: number): void {
    if (!this.isAligned(member, checkpoint)) return;
    this.snapshot(member, checkpoint, false);
    if (member.pending === checkpoint) member.pending = 0;
    this.unblock(member);
  }

  protected unblock(member: Member): void {
    for (const line of member.inputs) {
      if (line.blockedFor > 0)
        this.state('channelUnblocked', { task: member.id, channel: line.id, checkpoint: line.blockedFor });
      line.blockedFor = 0;
    }
  }

  /** The checkpoint ends at this task; downstream hears it if it has not begun there by it. */
  protected giveUp(member: Member, checkpoint: number): void {
    if (checkpoint <= member.snapshot) {
      if (member.pending === checkpoint) member.pending = 0;
      return;
    }
    for (const line of member.outputs) line.queue.push({ kind: 'cancel', checkpoint });
    this.state('cancelSent', { task: member.id, checkpoint });
    member.snapshot = checkpoint;
    if (member.pending <= checkpoint) {
      member.pending = 0;
      this.unblock(member);
    }
  }

  protected moveToFront(line: Line, checkpoint: number): void {
    const waits = line.queue.find((element) => element.kind === 'barrier' && element.checkpoint === checkpoint);
    if (waits === undefined) return;
    line.queue = [
      { kind: 'barrier', checkpoint, overtakes: true },
      ...line.queue.filter((element) => element !== waits),
    ];
  }

  protected snapshot(member: Member, checkpoint: number, unaligned: boolean): void {
    if (checkpoint <= member.snapshot) return;
    const { id: task, vertex } = member;
    for (const sink of vertex.sinks) {
      const values = member.open.filter((write) => write.sink === sink);
      if (values.length === 0) continue;
      const id = `${this.options.job.name}/${sink}/${task.subtask}/${task.attempt}/${member.transactions++}`;
      member.prepared.push({ id, sink, checkpoint, values });
      this.state('transactionPrepared', { task, sink, checkpoint, transaction: id });
    }
    member.open = [];
    const mode = this.mode(checkpoint);
    const edges = vertex.outEdges.map((edge) => ({
      edge,
      ...edgeMode(this.checkpointing, mode, this.options.job, this.model.receiver(edge), unaligned),
    }));
    for (const line of member.outputs) {
      const overtakes = edges.find(({ edge }) => edge === line.id.edge)?.alignment === 'unaligned';
      if (overtakes) line.queue.unshift({ kind: 'barrier', checkpoint, overtakes });
      else line.queue.push({ kind: 'barrier', checkpoint, overtakes });
    }
    this.state('barrierSent', {
      task,
      checkpoint,
      kind: this.kinds.get(checkpoint) ?? 'checkpoint',
      edges: edges.map(({ edge, alignment, timeoutMs }) => ({ edge, alignment, timeoutMs })),
    });
    const states = statesToSieve(member);
    if (states.length > 0) this.state('snapshotSieved', { task, now: this.#snapshotTime(checkpoint), states });
    this.state('snapshotTaken', { task, checkpoint, unaligned: unaligned && !isForced(this.options.job, vertex) });
    member.snapshot = checkpoint;
    let parts = this.snapshots.get(checkpoint);
    if (parts === undefined) {
      parts = new Map();
      this.snapshots.set(checkpoint, parts);
    }
    parts.set(member, this.part(member, checkpoint));
    this.state('acknowledged', { task, checkpoint });
    this.state('checkpointAcknowledged', { task, checkpoint });
  }

  #snapshotTime(checkpoint: number): Timestamp {
    const { snapshotsAt = 0 } = this.options;
    return typeof snapshotsAt === 'function' ? snapshotsAt(checkpoint) : snapshotsAt;
  }

  protected part(member: Member, checkpoint: number): Snapshot {
    const { vertex, range } = member;
    const groups =
      range === undefined ? [] : [...Array(range.end - range.start + 1).keys()].map((i) => i + range.start);
    const instances = new Map(
      [...member.instances].map(([group, instance]) => {
        const kept = instance.fork();
        kept.sieve(statesToSieve(member), this.#snapshotTime(checkpoint));
        return [`${vertex.uid}/${group}`, kept];
      }),
    );
    const subtask: SubtaskImage = {
      keyGroups: joined(
        (member.finishedOnRestore ? [] : groups).map((keyGroup) => ({
          first: keyGroup,
          last: keyGroup,
          floor: this.eff(member, keyGroup),
          ...(instances.get(`${vertex.uid}/${keyGroup}`)?.content() ?? { entries: [], timers: [] }),
        })),
      ),
      splits: member.splits.map((split) => ({
        split: this.splitName(member, split.partition),
        offset: split.offset,
        maxTimestamp: split.maxTimestamp,
        lastWatermark: split.lastWatermark,
        generator: undefined,
      })),
      pending: member.prepared.map(({ id, sink, checkpoint: at }) => ({ sink, transaction: id, checkpoint: at })),
      broadcast: member.finishedOnRestore ? null : (member.broadcast?.content() ?? null),
      operatorState: member.finishedOnRestore
        ? []
        : (member.broadcast?.lists() ?? []).map((list) => ({ operator: vertex.uid, ...list })),
      channelState: [],
      finished: member.finishedOnRestore,
    };
    const image: WitnessedImage = {
      checkpoint,
      kind: 'checkpoint',
      attempt: this.attempt,
      leaderEpoch: 1,
      parallelism: 1,
      vertices: [{ uid: vertex.uid, parallelism: 1, maxParallelism: 1, subtasks: [subtask] }],
      enumerators: [],
      channels: [],
    };
    const places = new Map<Line, { received?: number; sent?: number }>();
    for (const line of member.inputs) places.set(line, { received: line.taken });
    for (const line of member.outputs) places.set(line, { sent: line.data.length });
    const broadcasts = new Map(
      member.broadcast === undefined ? [] : [[`${vertex.uid}/${member.id.subtask}`, member.broadcast.fork()] as const],
    );
    return { attempt: this.attempt, image, instances, broadcasts, places, inFlight: [], pending: [...member.prepared] };
  }

  protected commitOne(pending: Member['prepared'][number], member: Member | undefined, recovered: boolean): void {
    const already = this.steps.some((step) => step.step === 'committed' && step.record.transaction === pending.id);
    for (const { sink, value } of already ? [] : pending.values) {
      const operator = this.options.job.nodes.find(({ uid }) => uid === sink)?.operator;
      if (operator?.kind !== 'sink') throw new Error(`${sink} is no sink`);
      const { output: topic, type } = operator.sink;
      const record = {
        topic,
        partition: 0,
        offset: this.visible++,
        bytes: toBytes(type, value),
        transaction: pending.id,
      };
      this.steps.push({ step: 'committed', record });
    }
    if (member !== undefined) {
      this.state('transactionCommitted', { task: member.id, sink: pending.sink, transaction: pending.id, recovered });
    }
  }
}

/** All key groups of a task have asked for the same. */
function statesToSieve({ instances, place }: Member): readonly SievedState[] {
  const [any] = instances.values();
  return any?.toSieve(place) ?? [];
}

/** As a backend is inspected: one run for all neighbours that hold nothing, at the same floor. */
function joined(groups: readonly KeyGroupRun[]): readonly KeyGroupRun[] {
  const runs: KeyGroupRun[] = [];
  for (const group of groups) {
    const before = runs.at(-1);
    if (before?.floor === group.floor && holdsNothing(before) && holdsNothing(group)) {
      runs[runs.length - 1] = { ...before, last: group.last };
    } else runs.push(group);
  }
  return runs;
}

function holdsNothing({ entries, timers }: KeyGroupRun): boolean {
  return entries.length === 0 && timers.length === 0;
}
