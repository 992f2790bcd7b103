/**
 * For tests of laws and marks: an honest little cluster in one thread, which writes down what an engine would state and
 * what the services would hold. It runs a job with the model's own turns.
 *
 *   start, read, drain, end       attempts and data               trigger, complete, notify      checkpoints, step by step
 *   checkpoint                    all of that                     savepoint, stop, resumed       savepoints
 *   announce                      a barrier waits in a queue      abort                          a checkpoint is given up
 *   timeOut, outputTimeOut        aligned turns unaligned
 *   replay                        in-flight data of the restored  finishTask                     tasks finish one by one
 *
 * Each line keeps all its data, so that what is in flight at a cut is what lies between two places in it; the first half of
 * it counts as the receiver's side.
 */
import { MAX_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { CheckpointKind } from '../../core/barrier-options.ts';
import { NO_TAPE } from '../model/testing/turns.ts';
import type { ChannelSlice } from '../witness/channel-state.ts';
import type { WitnessedImage } from '../witness/checkpoints.ts';
import type { InFlight, Line, Member, Snapshot } from './cluster.ts';
import { CheckpointingCluster } from './checkpoints.ts';

export class Script extends CheckpointingCluster {
  /** A new attempt, from the beginning or from a completed checkpoint, perhaps at another parallelism. */
  start(restoredFrom?: number, parallelism: Readonly<Record<string, number>> = {}): this {
    const base = restoredFrom === undefined ? undefined : this.completed.get(restoredFrom);
    this.attempt++;
    for (const [uid, subtasks] of Object.entries(parallelism)) this.parallelism.set(uid, subtasks);
    this.state('attemptStarting', {
      attempt: this.attempt,
      leaderEpoch: 1,
      restoredFrom,
      parallelism: new Map(this.parallelism),
    });
    this.lines = new Map();
    this.snapshots = new Map();
    this.members = this.model.vertices.flatMap((vertex) =>
      Array.from({ length: this.subtasks(vertex.uid) }, (_, subtask) => this.member(vertex, subtask, base)),
    );
    for (const pending of base?.pending ?? []) this.commitOne(pending, this.members[0], true);
    for (const one of base?.inFlight ?? []) this.assignInFlight(one, base);
    for (const member of this.members) {
      const { id, vertex, broadcast, finishedOnRestore } = member;
      const lists = finishedOnRestore ? [] : (broadcast?.lists() ?? []);
      if (lists.length > 0)
        this.state('operatorStateRestored', {
          task: id,
          states: lists.map((one) => ({ operator: vertex.uid, ...one })),
        });
      if (!finishedOnRestore) broadcast?.open(member.place);
      this.state('taskOpened', {
        task: member.id,
        parallelism: this.subtasks(member.vertex.uid),
        keyGroups: member.range,
        restoredFrom,
        finishedOnRestore: member.finishedOnRestore,
      });
      if (member.replays.length > 0)
        this.state('replayStarted', { task: member.id, channels: member.replays.map(({ id }) => id) });
      if (member.finishedOnRestore) {
        this.sendWatermark(member, MAX_TIMESTAMP);
        this.endOutputs(member);
      } else if (member.vertex.kind === 'source') this.addSplits(member, base);
    }
    this.state('attemptRunning', { attempt: this.attempt });
    return this;
  }

  /** A source reads the next record of a partition. */
  read(partition: number): this {
    const { member, split } = this.reader(partition);
    const value = this.records(member)[partition]?.[split.offset];
    const turn = member.vertex.sourceRecord(value, NO_TAPE);
    this.state('sourceRecord', {
      task: member.id,
      split: this.splitName(member, partition),
      offset: split.offset,
      value,
      timestamp: turn.timestamp,
    });
    this.effects(member, turn);
    this.state('turnEnded', { task: member.id });
    split.offset++;
    split.maxTimestamp = Math.max(split.maxTimestamp, turn.timestamp);
    this.generate(member, split);
    return this;
  }

  /** Everything that can be processed is, channel by channel. */
  drain(...only: readonly string[]): this {
    for (let moved = true; moved;) {
      moved = false;
      for (const member of this.members) {
        if (only.length > 0 && !only.includes(member.vertex.uid)) continue;
        this.replayAll(member);
        for (const line of member.inputs) while (this.takeOne(member, line)) moved = true;
      }
    }
    return this;
  }

  /** One task takes up to so many elements of one of its channels, in-flight data of the restored checkpoint not counted. */
  take(uid: string, subtask: number, count: number, from: { readonly edge?: number; readonly sender: number }): this {
    const member = this.memberAt(uid, subtask);
    this.replayAll(member);
    const line = member.inputs.find(
      ({ id }) => id.sender === from.sender && (from.edge === undefined || id.edge === from.edge),
    );
    for (let i = 0; line !== undefined && i < count; i++) this.takeOne(member, line);
    return this;
  }

  /** A task takes so many elements of the in-flight data that it has to replay. */
  replay(uid: string, subtask: number, count: number): this {
    const member = this.memberAt(uid, subtask);
    for (let i = 0; i < count; i++) this.replayOne(member);
    return this;
  }

  /** Barriers leave the sources, or the tasks behind finished ones; the rest comes with `drain`. */
  trigger(checkpoint: number, kind: CheckpointKind = 'checkpoint'): this {
    this.kinds.set(checkpoint, kind);
    const finished = this.members.filter((member) => member.finished).map(({ id }) => `${id.vertex}[${id.subtask}]`);
    this.state('checkpointTriggered', { attempt: this.attempt, checkpoint, kind, finished });
    for (const member of this.members) {
      if (member.finished) continue;
      if (!member.inputs.every((line) => this.#senderOf(line)?.finished === true)) continue;
      this.state('triggerReceived', { task: member.id, checkpoint });
      if (member.inputs.length === 0) {
        if (kind === 'drain') this.sendWatermark(member, MAX_TIMESTAMP);
        if (kind === 'stop' || kind === 'drain') this.endOutputs(member);
        this.snapshot(member, checkpoint, this.mode(checkpoint) === 'unaligned');
      } else {
        member.pending = checkpoint;
        this.aligned(member, checkpoint);
      }
    }
    return this;
  }

  /** A task takes note of the newest barrier that waits in the queue from this sender. */
  announce(uid: string, subtask: number, from: { readonly sender: number }): this {
    const member = this.memberAt(uid, subtask);
    for (const { id, queue } of member.inputs) {
      const barrier = queue.findLast((element) => element.kind === 'barrier');
      if (id.sender !== from.sender || barrier === undefined) continue;
      this.state('barrierAnnounced', { task: member.id, channel: id, checkpoint: barrier.checkpoint });
      if (member.pending > 0 && member.pending < barrier.checkpoint) this.giveUp(member, member.pending);
      member.pending = barrier.checkpoint;
    }
    return this;
  }

  /** The time of an aligned checkpoint is over at a task: barriers that wait in its queues overtake. */
  timeOut(uid: string, subtask: number, checkpoint: number): this {
    const member = this.memberAt(uid, subtask);
    this.state('alignmentTimedOut', { task: member.id, checkpoint });
    for (const line of member.inputs) this.moveToFront(line, checkpoint);
    if (member.inputs.some((line) => line.barriers.has(checkpoint))) this.snapshot(member, checkpoint, true);
    return this;
  }

  /** The same at the output of a task, to one receiver. */
  outputTimeOut(uid: string, subtask: number, receiver: number, checkpoint: number): this {
    const line = this.memberAt(uid, subtask).outputs.find(({ id }) => id.receiver === receiver);
    if (line === undefined) throw new Error(`${uid}[${subtask}] has no receiver ${receiver}`);
    this.state('outputTimedOut', { task: this.memberAt(uid, subtask).id, channel: line.id, checkpoint });
    this.moveToFront(line, checkpoint);
    return this;
  }

  /** A task cannot take it: the coordinator gives the checkpoint up, and these tasks hear of it: they unblock, and say so downstream. */
  abort(checkpoint: number, ...notified: readonly (readonly [uid: string, subtask: number])[]): this {
    const [first] = this.members;
    if (first !== undefined)
      this.state('declined', { task: first.id, checkpoint, reason: 'failed', message: 'the object store refuses' });
    this.state('checkpointAborted', {
      attempt: this.attempt,
      checkpoint,
      kind: this.kinds.get(checkpoint) ?? 'checkpoint',
      reason: 'declined',
    });
    for (const [uid, subtask] of notified) {
      const member = this.memberAt(uid, subtask);
      this.state('notifiedAborted', { task: member.id, checkpoint, latestCompleted: 0 });
      this.giveUp(member, checkpoint);
    }
    return this;
  }

  /** The HA store lists it. */
  complete(checkpoint: number): this {
    const { listed, image } = this.finishedImage(checkpoint);
    this.steps.push({ step: 'listed', listed, image });
    this.state('checkpointCompleted', {
      attempt: this.attempt,
      checkpoint,
      kind: 'checkpoint',
      metadata: listed.metadata,
    });
    return this;
  }

  /** A savepoint of the kind that it was triggered with: plain, or the end of the job. */
  completeSavepoint(checkpoint: number): this {
    const kind = this.kinds.get(checkpoint) ?? 'savepoint';
    const { listed, image } = this.finishedImage(checkpoint);
    if (kind === 'savepoint') this.steps.push({ step: 'stored', listed, image });
    else this.steps.push({ step: 'stopped', listed, image, drained: kind === 'drain' });
    this.state('checkpointCompleted', { attempt: this.attempt, checkpoint, kind, metadata: listed.metadata });
    return this;
  }

  savepoint(checkpoint: number): this {
    return this.trigger(checkpoint, 'savepoint').drain().completeSavepoint(checkpoint);
  }

  /** The job is stopped: it settles, or `start` goes on from the savepoint after `resumed`. */
  stop(checkpoint: number, kind: 'stop' | 'drain' = 'stop'): this {
    this.trigger(checkpoint, kind).drain().completeSavepoint(checkpoint).notify(checkpoint);
    for (const member of this.members) if (!member.finished) this.#finishMember(member);
    this.state('jobEnded', {
      attempt: this.attempt,
      status: 'stopped',
      message: `${this.attempt}-${checkpoint}`,
      fault: undefined,
    });
    return this;
  }
  resumed(): this {
    this.steps.push({ step: 'resumed' });
    return this;
  }

  /** A task that has processed all its input finishes. */
  finishTask(uid: string, subtask: number): this {
    this.#finishMember(this.memberAt(uid, subtask));
    return this;
  }

  #senderOf(line: Line): Member | undefined {
    return this.members.find(({ outputs }) => outputs.includes(line));
  }

  #finishMember(member: Member): void {
    for (const line of member.outputs) line.queue.push({ kind: 'end-of-partition' });
    member.finished = true;
    this.state('taskFinished', { task: member.id });
  }

  /** The part of every task, and what was in flight between them. */
  protected finishedImage(checkpoint: number): {
    readonly listed: { readonly checkpoint: number; readonly attempt: number; readonly metadata: string };
    readonly image: WitnessedImage;
  } {
    const parts = this.snapshots.get(checkpoint) ?? new Map<Member, Snapshot>();
    const inFlight = this.inFlight(parts);
    const image: WitnessedImage = {
      checkpoint,
      kind: this.kinds.get(checkpoint) ?? 'checkpoint',
      attempt: this.attempt,
      leaderEpoch: 1,
      parallelism: 1,
      vertices: this.model.vertices.map(({ uid }) => ({
        uid,
        parallelism: this.subtasks(uid),
        maxParallelism: this.maxParallelism(uid),
        subtasks: this.members
          .filter((member) => member.vertex.uid === uid)
          .map(
            (member) =>
              parts.get(member)?.image.vertices[0]?.subtasks[0] ?? {
                keyGroups: [],
                splits: [],
                pending: [],
                broadcast: null,
                operatorState: [],
                channelState: [],
                finished: member.finished,
              },
          ),
      })),
      enumerators: this.model.vertices
        .filter((vertex) => vertex.kind === 'source')
        .map((vertex) => ({ source: vertex.uid, unassigned: [] })),
      channels: inFlight.flatMap((one) => this.slices(one)),
    };
    const instances = new Map([...parts.values()].flatMap((part) => [...part.instances]));
    const broadcasts = new Map([...parts.values()].flatMap((part) => [...part.broadcasts]));
    const pending = [...parts.values()].flatMap((part) => part.pending);
    this.completed.set(checkpoint, {
      attempt: this.attempt,
      image,
      instances,
      broadcasts,
      places: new Map(),
      inFlight,
      pending,
    });
    return { listed: { checkpoint, attempt: this.attempt, metadata: `${this.attempt}-${checkpoint}` }, image };
  }

  protected inFlight(parts: ReadonlyMap<Member, Snapshot>): readonly InFlight[] {
    const found: InFlight[] = [];
    for (const line of this.lines.values()) {
      let received = line.taken;
      let sent = line.data.length;
      for (const part of parts.values()) {
        const place = part.places.get(line);
        received = place?.received ?? received;
        sent = place?.sent ?? sent;
      }
      if (received < sent) found.push({ id: line.id, elements: line.data.slice(received, sent) });
    }
    return found;
  }

  protected slices({ id, elements }: InFlight): readonly ChannelSlice[] {
    const { edge, sender, receiver } = id;
    const half = Math.ceil(elements.length / 2);
    const sides = [
      { side: 'input', vertex: this.model.receiver(edge).uid, subtask: receiver, part: elements.slice(0, half) },
      { side: 'output', vertex: this.model.sender(edge).uid, subtask: sender, part: elements.slice(half) },
    ];
    return sides
      .filter(({ part }) => part.length > 0)
      .map(({ side, vertex, subtask, part }) => ({
        vertex,
        subtask,
        side,
        edge,
        sender,
        receiver,
        records: part.filter(({ kind }) => kind === 'record').length,
        elements: part,
      }));
  }

  /** The tasks hear of the completion and commit. */
  notify(checkpoint: number): this {
    for (const member of this.members) {
      if (member.finished) continue;
      this.state('notifiedComplete', { task: member.id, checkpoint });
      const due = member.prepared.filter((pending) => pending.checkpoint <= checkpoint);
      member.prepared = member.prepared.filter((pending) => pending.checkpoint > checkpoint);
      for (const pending of due) this.commitOne(pending, member, false);
    }
    return this;
  }

  checkpoint(checkpoint: number): this {
    return this.trigger(checkpoint).drain().complete(checkpoint).notify(checkpoint);
  }

  /** Reads everything, ends the input, takes the final checkpoint, and settles. */
  finish(checkpoint: number): this {
    for (const member of this.members) {
      if (member.finished) continue;
      for (const split of member.splits) {
        while (split.offset < (this.records(member)[split.partition]?.length ?? 0)) this.read(split.partition);
      }
    }
    return this.end().drain().checkpoint(checkpoint).settle();
  }

  /** The sources, or one subtask of one, come to the end of their input. */
  end(uid?: string, subtask?: number): this {
    for (const member of this.members) {
      if (member.vertex.kind !== 'source' || member.finished || member.finishedOnRestore) continue;
      if (uid !== undefined && (member.vertex.uid !== uid || member.id.subtask !== subtask)) continue;
      if (member.outputs.some((line) => line.endSent)) continue;
      for (const split of member.splits) {
        if (split.finished) continue;
        split.finished = true;
        this.state('splitFinished', {
          task: member.id,
          split: this.splitName(member, split.partition),
          offset: split.offset,
        });
      }
      this.sendWatermark(member, MAX_TIMESTAMP);
      this.endOutputs(member);
    }
    return this;
  }

  settle(): this {
    for (const member of this.members) if (!member.finished) this.#finishMember(member);
    this.steps.push({ step: 'settled' });
    return this;
  }

  /** Virtual time from here on; 0 before. */
  at(us: number): this {
    this.steps.push({ step: 'time', us });
    return this;
  }

  /** A processing-time timer fires. */
  fireProcessing(uid: string, key: unknown, keyGroup: number, timestamp: Timestamp, now: Timestamp): this {
    const member = this.owner(uid, keyGroup);
    this.state('processingTimerFired', { task: member.id, timestamp, now, key, keyGroup, namespace: undefined });
    const timer = { domain: 'processing', timestamp, key, namespace: undefined } as const;
    this.effects(
      member,
      this.instance(member, keyGroup).processingTimer(timer, this.eff(member, keyGroup), this.tape(member)),
      keyGroup,
    );
    this.state('turnEnded', { task: member.id });
    return this;
  }

  keyGroupOf(edge: number, value: unknown): number {
    const vertex = this.model.receiver(edge);
    return vertex.keyGroupOf(edge, value, this.maxParallelism(vertex.uid));
  }
}
