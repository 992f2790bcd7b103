/**
 * The mode of each edge equals an independent computation (`modes.ts`): from job graph, configuration and kind of checkpoint.
 *
 * Verified: a barrier leaves on each out-edge with the alignment and the timeout that the table says, on all edges and
 * only these; the task takes the checkpoint unaligned iff its mode says so (a source of an unaligned job, every node that
 * is not forced; with a timeout only after its time was over here or an overtaking barrier came; never once all its channels have ended).
 * A barrier arrives ahead of what is queued iff it may: never for savepoints, at least once, aligned jobs and forced
 * nodes; always if it left unaligned; with a timeout only if the time was over here, at its sender's output,
 * or further up, or another barrier of it has overtaken here. Time is over only
 * for checkpoints that have one, and the kind that barriers carry is that of the trigger.
 * Not verified: that the time was really over, by which clock (a task compares its own clock with the coordinator's, and
 * both may be off); a barrier of a sender that was killed before it could state its leaving. An output's timeout is held against the
 * sender only once it has acknowledged the checkpoint.
 */
import type { Facts } from '../../core/facts.ts';
import type { ChannelRecord } from '../witness/channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, edgeName, NO_CHECKPOINTS, type Report } from './define.ts';
import { note } from './evidence.ts';
import { edgeMode, isForced, mayOvertake, type Mode, modeOf } from './modes.ts';

const ANOMALIES = ['kind', 'edges', 'snapshot', 'overtook', 'did-not-overtake', 'timed-out'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const barrierMode = defineLaw({
  name: 'barrier-mode',
  states: 'How a checkpoint travels on each edge is what job graph, configuration and its kind say.',
  compares: 'how barriers leave and arrive',
  anomalies: ANOMALIES,
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const judge = new Modes(witness, report, compared);
    return {
      attemptStarting: () => {
        judge.restart();
      },
      barrierSent: (task, fact) => {
        judge.sent(task, fact);
      },
      snapshotTaken: (task, fact) => {
        judge.snapshot(task, fact);
      },
      barrierReceived: (task, channel, fact) => {
        judge.received(task, channel, fact);
      },
      alignmentTimedOut: (task, { checkpoint }) => {
        judge.timedOut(task, checkpoint, undefined);
      },
      outputTimedOut: (task, channel, { checkpoint }) => {
        judge.timedOut(task, checkpoint, channel);
      },
      acknowledged: (task, { checkpoint }) => {
        judge.acknowledged(task, checkpoint);
      },
    };
  },
});

type Edges = Facts['barrierSent']['edges'];

class Modes {
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  /** The barrier as it was sent, of each task whose sync part is due. */
  readonly #leaving = new Map<TaskRecord, Facts['barrierSent']>();
  /** By task ("map[0]/3"): how its barrier left. */
  readonly #left = new Map<string, Edges>();
  /** Tasks ("map[0]/3") and outputs (channel key + "/3") whose time is over. */
  readonly #late = new Set<string>();
  /** Tasks ("map[0]/3") to which a barrier of it has come ahead of what was queued. */
  readonly #overtaken = new Set<string>();
  /** Tasks ("map[0]/3") that have acknowledged it. */
  readonly #acknowledged = new Set<string>();
  /** Overtaking barriers that nothing explained when they came, by their sender and checkpoint. */
  readonly #unexplained = new Map<string, { readonly channel: ChannelRecord; readonly receiver: TaskRecord }[]>();

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
  }

  restart(): void {
    for (const map of [this.#leaving, this.#left, this.#unexplained]) map.clear();
    this.#late.clear();
    this.#acknowledged.clear();
    this.#overtaken.clear();
  }

  sent(task: TaskRecord, fact: Facts['barrierSent']): void {
    const triggered = this.#witness.attempt?.kinds.get(fact.checkpoint);
    if (triggered !== undefined) this.#compared();
    if (triggered !== undefined && triggered !== fact.kind) {
      this.#report('kind', task.vertex.uid, `${task.name} sent checkpoint ${fact.checkpoint} on as a ${fact.kind}`, [
        note.text('triggered as', triggered),
      ]);
    }
    this.#leaving.set(task, fact);
    this.#left.set(`${task.name}/${fact.checkpoint}`, fact.edges);
  }

  /** The barrier has just left: now it is known whether the task took the checkpoint unaligned. */
  snapshot(task: TaskRecord, { checkpoint, unaligned }: Facts['snapshotTaken']): void {
    const sent = this.#leaving.get(task);
    this.#leaving.delete(task);
    const mode = this.#mode(checkpoint);
    if (sent?.checkpoint === checkpoint) this.#judgeEdges(task, sent.edges, mode, unaligned, checkpoint);
    const expected = this.#expectsUnaligned(task, mode, checkpoint);
    if (expected === undefined) return;
    this.#compared();
    if (expected === unaligned) return;
    this.#report(
      'snapshot',
      task.vertex.uid,
      `${task.name} took checkpoint ${checkpoint} ${unaligned ? 'unaligned' : 'in turn'}`,
      [note.text('mode', mode), note.text('forced', this.#isForced(task) ? 'yes' : 'no')],
    );
  }

  received(task: TaskRecord, channel: ChannelRecord, { checkpoint, overtook }: Facts['barrierReceived']): void {
    const { job } = this.#witness.model;
    const mode = this.#mode(checkpoint);
    const place = edgeName(this.#witness, channel.edge);
    const sender = `${this.#senderOf(channel)}/${checkpoint}`;
    const left = this.#left.get(sender)?.find(({ edge }) => edge === channel.edge)?.alignment;
    if (overtook || left !== undefined) this.#compared();
    if (!overtook) {
      if (left !== 'unaligned') return;
      this.#report(
        'did-not-overtake',
        place,
        `${task.name} received barrier ${checkpoint} in its turn, though it left to overtake`,
        [],
      );
      return;
    }
    if (!mayOvertake(mode, job, task.vertex.model)) {
      this.#report('overtook', place, `${task.name} received barrier ${checkpoint} ahead of what was queued`, [
        note.text('mode', mode),
        note.text('forced', this.#isForced(task) ? 'yes' : 'no'),
      ]);
    } else if (mode === 'timed' && left === 'aligned' && !this.#isLate(task, channel, checkpoint)) {
      this.#unexplainedNow(task, channel, checkpoint, sender);
    }
    this.#overtaken.add(`${task.name}/${checkpoint}`);
  }

  /** Only its sender's output can have sent it ahead, and the sender may not have said so yet. */
  #unexplainedNow(task: TaskRecord, channel: ChannelRecord, checkpoint: number, sender: string): void {
    if (this.#acknowledged.has(sender)) {
      this.#tooEarly(task, channel, checkpoint);
      return;
    }
    const waiting = this.#unexplained.get(sender) ?? [];
    this.#unexplained.set(sender, waiting);
    waiting.push({ channel, receiver: task });
  }

  /** Its time was over here or at its sender's output, or another barrier of it had overtaken here: then all of them do. */
  #isLate(task: TaskRecord, channel: ChannelRecord, checkpoint: number): boolean {
    if (this.#late.has(`${task.name}/${checkpoint}`) || this.#late.has(`${channel.key}/${checkpoint}`)) return true;
    return this.#overtaken.has(`${task.name}/${checkpoint}`);
  }

  timedOut(task: TaskRecord, checkpoint: number, output: ChannelRecord | undefined): void {
    this.#late.add(`${output === undefined ? task.name : output.key}/${checkpoint}`);
    this.#compared();
    if (this.#mode(checkpoint) === 'timed') return;
    this.#report(
      'timed-out',
      task.vertex.uid,
      `${task.name} has waited too long for checkpoint ${checkpoint}, which has no timeout`,
      [],
    );
  }

  /** The sender has said all that it had to say of the checkpoint. */
  acknowledged(task: TaskRecord, checkpoint: number): void {
    const name = `${task.name}/${checkpoint}`;
    this.#acknowledged.add(name);
    const waiting = this.#unexplained.get(name);
    if (waiting === undefined) return;
    this.#unexplained.delete(name);
    for (const { channel, receiver } of waiting) {
      if (!this.#late.has(`${channel.key}/${checkpoint}`)) this.#tooEarly(receiver, channel, checkpoint);
    }
  }

  #tooEarly(receiver: TaskRecord, channel: ChannelRecord, checkpoint: number): void {
    this.#report(
      'overtook',
      edgeName(this.#witness, channel.edge),
      `${receiver.name} received barrier ${checkpoint} ahead of what was queued, before any time was over`,
      [note.channel('channel', channel)],
    );
  }

  #judgeEdges(task: TaskRecord, edges: Edges, mode: Mode, unaligned: boolean, checkpoint: number): void {
    const { world, model } = this.#witness;
    const { outEdges } = task.vertex.model;
    for (const edge of new Set([...outEdges, ...edges.map((one) => one.edge)])) {
      const actual = edges.find((one) => one.edge === edge);
      const expected = outEdges.includes(edge)
        ? edgeMode(world.checkpointing, mode, model.job, model.receiver(edge), unaligned)
        : undefined;
      this.#compared();
      if (actual?.alignment === expected?.alignment && actual?.timeoutMs === expected?.timeoutMs) continue;
      this.#report(
        'edges',
        edgeName(this.#witness, edge),
        `${task.name} sent barrier ${checkpoint} in another way than the edge takes`,
        [
          note.text(
            'expected',
            expected === undefined ? 'nothing' : `${expected.alignment}, timeout ${expected.timeoutMs}`,
          ),
          note.text('actual', actual === undefined ? 'nothing' : `${actual.alignment}, timeout ${actual.timeoutMs}`),
        ],
      );
    }
  }

  /** Undefined: both are right. */
  #expectsUnaligned(task: TaskRecord, mode: Mode, checkpoint: number): boolean | undefined {
    if (mode === 'at-least-once' || mode === 'aligned' || this.#isForced(task)) return false;
    if (task.inputs.length === 0) return mode === 'unaligned';
    // Behind senders that have all finished there is nothing to overtake.
    if (task.inputs.every((channel) => channel.closed)) return undefined;
    if (mode === 'unaligned') return true;
    const overtaken = task.inputs.some((channel) => channel.overtaking === checkpoint);
    if (overtaken) return true;
    return this.#late.has(`${task.name}/${checkpoint}`) ? undefined : false;
  }

  #isForced(task: TaskRecord): boolean {
    return isForced(this.#witness.model.job, task.vertex.model);
  }
  #mode(checkpoint: number): Mode {
    return modeOf(this.#witness.world.checkpointing, this.#witness.attempt?.kinds.get(checkpoint) ?? 'checkpoint');
  }
  #senderOf({ edge, sender }: ChannelRecord): string {
    return `${this.#witness.model.sender(edge).uid}[${sender}]`;
  }
}
