/**
 * Watermarks are those of a naive reference.
 *
 * Verified: a split's generator emits `maxTimestamp - delay - 1` over the records of its effective history, or what a generator
 * of the author's says in the model, or, first of all after a restore, what it emitted last; a source sends the minimum over
 * its splits that are neither finished nor idle, and the maximum when the last one goes idle; the combined
 * watermark of a task with inputs is the one that a naive valve derives from everything received; a task forwards its
 * watermark, a keyed one not less than the least of its floors (SEMANTICS W5), one that asks an external service what nothing that
 * waits is before (J3). On each channel and in each attempt
 * watermarks rise strictly and arrive after exactly the records that were sent before them. MAX comes only at the end.
 * At every snapshot nothing is held back that was due. What a restored split emitted last is emitted again before its
 * first record (SEMANTICS W6), and a periodic generator keeps its period, with much slack, as long as its split is
 * read. A task sends idle and active when, and only when, the valve says so, and on each channel they arrive in their
 * place. While in-flight data is replayed each old channel is a virtual one (SEMANTICS W7, `naive-valve.ts`), and its
 * watermarks and statuses come in their places among the replayed records. MAX before the end of the splits is legal
 * under a drain only; a vertex that restores as finished sends MAX and takes no advance.
 * Not verified: when exactly a periodic generator emits; when a split, or a reader without splits, is idle (law `idleness`).
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { WatermarkSpec } from '../../core/job/spec.ts';
import type { ModelAsync } from '../model/types.ts';
import type { ChannelRecord } from '../witness/channel.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, edgeName, type Report } from './define.ts';
import { note } from './evidence.ts';
import { inputOf, NaiveValve } from './naive-valve.ts';
import { headOf } from './heads.ts';

const ANOMALIES = [
  'generator',
  'minimum',
  'valve',
  'forwarded',
  'not-rising',
  'overtook-records',
  'invented',
  'lost',
  'early-max',
  'held-back',
  'status',
] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const watermarks = defineLaw({
  name: 'watermarks',
  states:
    'Every generator and valve equals a naive reference; watermarks rise, overtake no record, and MAX comes at the end only.',
  compares: 'watermarks and statuses',
  anomalies: ANOMALIES,
  notInBatch: 'there is one watermark, at the end, which law `max-arrives` asks for',
  judge(witness, report, compared) {
    const judge = new Watermarks(witness, report, compared);
    return {
      attemptStarting: () => {
        judge.valves.clear();
        judge.behind.clear();
        judge.drained.clear();
      },
      sourceRecord: (task, { split }) => {
        judge.restoredIsOut(task, split);
        judge.read(task);
        judge.periodIsKept(task, split);
      },
      watermarkGenerated: (task, fact) => {
        judge.generated(task, fact.split, fact.watermark);
      },
      watermarkReceived: (task, channel, { watermark }, arrival, replay) => {
        compared();
        if (arrival !== 'in-place') judge.arrived(task, channel, `watermark ${watermark}`, arrival);
        const last =
          replay?.watermarkReceived ??
          (channel.attempt === task.id.attempt ? channel.watermarkReceived : MIN_TIMESTAMP);
        if (watermark <= last) judge.notRising(task, edgeName(witness, channel.edge), last, watermark);
        judge.isDue(task);
        judge.valve(task).watermark(channel, watermark);
      },
      statusReceived: (task, channel, { idle }, arrival) => {
        if (arrival !== 'in-place') judge.arrived(task, channel, idle ? 'idle' : 'active', arrival);
        judge.isDue(task);
        judge.valve(task).status(channel, idle);
      },
      replayEnded: (task) => {
        judge.valve(task).endReplay();
        judge.isDue(task);
      },
      statusSent: (task, { idle }) => {
        judge.statusSent(task, idle);
      },
      watermarkAdvanced: (task, { watermark }) => {
        judge.advanced(task, watermark);
      },
      watermarkSent: (task, { watermark }) => {
        judge.sent(task, watermark);
      },
      snapshotTaken: (task) => {
        judge.nothingHeldBack(task);
      },
      settled: () => {
        for (const task of witness.attempt?.tasks() ?? []) judge.nothingHeldBack(task);
      },
      upgraded: () => {
        judge.upgraded();
      },
    };
  },
});

/** Far more than a slow task, or one that waits for its sinks, needs to come to a period that is over. */
const PERIODS_MAX = 20;
const PERIOD_SLACK_US = 500_000;

/** What waits at a task that asks an external service. */
function waitingAt({ vertex, subtask }: TaskRecord): ModelAsync | undefined {
  return vertex.kind === 'stateless' && vertex.model.broadcast !== undefined
    ? vertex.subtask(subtask).broadcast?.async
    : undefined;
}

/** Where something waits for an answer, elements are to be expected (SEMANTICS J3). */
function isIdle(task: TaskRecord, valve: NaiveValve): boolean {
  return valve.idle && waitingAt(task)?.isEmpty !== false;
}

class Watermarks {
  readonly valves = new Map<TaskRecord, NaiveValve>();
  /** Since when the periodic generator of a split owes a watermark, in virtual microseconds. */
  readonly behind = new Map<TaskRecord, Map<string, number>>();
  /** Sources that have sent MAX for a drain, and the splits that they had not read to their end. */
  readonly drained = new Map<TaskRecord, readonly string[]>();
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  #inputOf: (edge: number) => 1 | 2;

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
    this.#inputOf = inputOf(witness.model.job);
  }

  /** Another version of the job runs from here on. */
  upgraded(): void {
    this.#inputOf = inputOf(this.#witness.model.job);
  }

  valve(task: TaskRecord): NaiveValve {
    let valve = this.valves.get(task);
    if (valve === undefined) {
      valve = new NaiveValve(task.inputs, task.replays, this.#inputOf);
      this.valves.set(task, valve);
    }
    return valve;
  }

  /** A source that has sent MAX reads no more. */
  read(task: TaskRecord): void {
    if (task.watermarkSent < MAX_TIMESTAMP) return;
    const splits = this.drained.get(task);
    if (splits === undefined) {
      this.#report('early-max', task.vertex.uid, `${task.name} reads on after it has sent MAX`, []);
      return;
    }
    this.#report('early-max', task.vertex.uid, `${task.name} reads on after it has sent MAX for a drain`, [
      note.values('splits', splits),
    ]);
  }

  generated(task: TaskRecord, split: string, watermark: Timestamp): void {
    this.#compared();
    this.behind.get(task)?.delete(split);
    const last = task.generated.get(split) ?? MIN_TIMESTAMP;
    const history = task.vertex.splits.get(split);
    const restored = last === MIN_TIMESTAMP && history !== undefined && history.watermark > MIN_TIMESTAMP;
    if (restored && watermark === history.watermark) return;
    if (watermark <= last) this.notRising(task, task.vertex.uid, last, watermark);
    const earned = this.#earned(task, split);
    if (watermark === earned) return;
    this.#report('generator', task.vertex.uid, `the generator of ${split} emitted ${watermark}`, [
      note.text('split', split),
      note.value('expected', earned),
      note.value('actual', watermark),
      note.value('greatest timestamp', this.#greatest(task, split)),
    ]);
  }

  arrived(
    task: TaskRecord,
    channel: ChannelRecord,
    element: string,
    arrival: 'moved' | 'skipped-others' | 'never-sent',
  ): void {
    const anomaly = arrival === 'moved' ? 'overtook-records' : arrival === 'never-sent' ? 'invented' : 'lost';
    const what = {
      'overtook-records': 'arrived at another place among the records than it was sent',
      invented: 'was never sent on its channel',
      lost: 'arrived, but not what was sent before it',
    }[anomaly];
    this.#report(anomaly, edgeName(this.#witness, channel.edge), `${task.name}: ${element} ${what}`, [
      note.channel('channel', channel),
      note.value('records received before it', channel.received),
    ]);
  }

  notRising(task: TaskRecord, place: string, from: Timestamp, to: Timestamp): void {
    this.#report('not-rising', place, `${task.name}: watermark ${to} comes after ${from}`, [
      note.value('attempt', task.id.attempt),
    ]);
  }

  /** What was received so far must have advanced the task, and changed its status, by now. */
  isDue(task: TaskRecord): void {
    if (task.finishedOnRestore) return;
    if (task.inputs.length === 0) {
      // After MAX nothing more is said.
      const idle = isIdleReader(task);
      if (idle !== undefined && task.idleSent !== idle && task.watermarkSent < MAX_TIMESTAMP)
        this.#status(task, `has not sent ${statusText(idle)}`, idle);
      return;
    }
    const valve = this.valve(task);
    if (task.watermark < valve.output) this.#heldBack(task, 'its combined watermark', valve.output, task.watermark);
    const idle = isIdle(task, valve);
    if (task.idleSent !== idle) this.#status(task, `has not sent ${statusText(idle)}`, idle);
  }

  statusSent(task: TaskRecord, idle: boolean): void {
    this.#compared();
    if (task.inputs.length === 0) {
      const due = isIdleReader(task) ?? idle;
      if (idle === task.idleSent || idle !== due) this.#status(task, `sent ${statusText(idle)}`, due);
      return;
    }
    const valve = this.valve(task);
    if (valve.idle !== idle) valve.endReplayIf(task.replays.every((replay) => replay.isDone));
    const due = isIdle(task, valve);
    if (idle === task.idleSent || idle !== due) this.#status(task, `sent ${statusText(idle)}`, due);
  }

  #status(task: TaskRecord, what: string, idle: boolean): void {
    this.#report('status', task.vertex.uid, `${task.name} ${what}`, [
      note.text('expected', statusText(idle)),
      note.text('sent before', statusText(task.idleSent)),
    ]);
  }

  advanced(task: TaskRecord, watermark: Timestamp): void {
    this.#compared();
    if (watermark <= task.watermark) this.notRising(task, task.vertex.uid, task.watermark, watermark);
    const valve = this.valve(task);
    // The end of a replay shows in what follows from it first, then it is stated.
    if (watermark !== valve.output) valve.endReplayIf(task.replays.every((replay) => replay.isDone));
    const due = valve.dues.shift() ?? valve.output;
    if (watermark === due) return;
    this.#report('valve', task.vertex.uid, `${task.name} advanced to watermark ${watermark}`, [
      note.value('expected', due),
      note.value('actual', watermark),
      ...task.inputs.map((channel) =>
        note.text(
          `from ${edgeName(this.#witness, channel.edge)} subtask ${channel.sender}`,
          `${this.valve(task).watermarkOf(channel)}${channel.idle ? ', idle' : ''}`,
        ),
      ),
    ]);
  }

  sent(task: TaskRecord, watermark: Timestamp): void {
    const { uid, kind } = task.vertex;
    this.#compared();
    if (watermark <= task.watermarkSent) this.notRising(task, uid, task.watermarkSent, watermark);
    if (this.#witness.turn.isOpenFor === task) {
      this.#report('forwarded', uid, `${task.name} sent watermark ${watermark} before what it fires`, [
        note.value('actual', watermark),
      ]);
      return;
    }
    const due = this.#toSend(task);
    if (watermark === due) return;
    if (kind === 'source' && watermark === MAX_TIMESTAMP && !task.finishedOnRestore) {
      if (this.#witness.attempt?.drains === true) {
        this.drained.set(
          task,
          task.splits.filter((split) => !task.finishedSplits.has(split)),
        );
        return;
      }
      const reading = task.splits.filter((split) => !task.finishedSplits.has(split));
      if (reading.length === 0) return;
      this.#report('early-max', uid, `${task.name} sent MAX while it still reads`, [note.values('splits', reading)]);
      return;
    }
    this.#report(kind === 'source' ? 'minimum' : 'forwarded', uid, `${task.name} sent watermark ${watermark}`, [
      note.value('expected', due),
      note.value('actual', watermark),
    ]);
  }

  /** SEMANTICS W6: before the first record of a restored split, what the split emitted last is emitted again. */
  restoredIsOut(task: TaskRecord, split: string): void {
    const stored = task.vertex.splits.get(split)?.watermark ?? MIN_TIMESTAMP;
    const last = task.generated.get(split) ?? MIN_TIMESTAMP;
    if (last < stored) this.#heldBack(task, `the restored watermark of ${split}`, stored, last);
    const due = this.#toSend(task);
    if (due > task.watermarkSent) this.#heldBack(task, 'the watermark that it sends', due, task.watermarkSent);
    this.isDue(task);
  }

  /** A periodic generator may emit at any moment, but a task that reads on comes to it before long. */
  periodIsKept(task: TaskRecord, split: string): void {
    const generator = this.#generator(task);
    if (generator === undefined || !isPeriodic(generator)) return;
    const earned = this.#earned(task, split);
    const last = task.generated.get(split) ?? MIN_TIMESTAMP;
    if (earned <= last) return;
    let behind = this.behind.get(task);
    if (behind === undefined) {
      behind = new Map();
      this.behind.set(task, behind);
    }
    const nowUs = this.#witness.world.nowUs();
    const sinceUs = behind.get(split);
    if (sinceUs === undefined) behind.set(split, nowUs);
    else if (nowUs - sinceUs > PERIODS_MAX * generator.periodMs * 1000 + PERIOD_SLACK_US) {
      this.#heldBack(task, `the watermark of ${split}`, earned, last);
    }
  }

  /** Called where the task has done everything that its input so far asks for. */
  nothingHeldBack(task: TaskRecord): void {
    this.isDue(task);
    const due = this.#toSend(task);
    if (due > task.watermarkSent) this.#heldBack(task, 'the watermark that it sends', due, task.watermarkSent);
    const generator = this.#generator(task);
    if (generator === undefined || generator.kind === 'none' || isPeriodic(generator)) return;
    for (const split of task.splits) {
      const earned = this.#earned(task, split);
      const last = task.generated.get(split) ?? MIN_TIMESTAMP;
      if (earned > last) this.#heldBack(task, `the watermark of ${split}`, earned, last);
    }
  }

  #heldBack(task: TaskRecord, what: string, due: Timestamp, actual: Timestamp): void {
    this.#report('held-back', task.vertex.uid, `${task.name} holds back ${what}`, [
      note.value('expected', due),
      note.value('actual', actual),
    ]);
  }

  /** What the task has to have sent by now. */
  #toSend(task: TaskRecord): Timestamp {
    if (task.finishedOnRestore) return MAX_TIMESTAMP;
    if (task.vertex.kind === 'source') return leastOfSplits(task);
    if (task.vertex.kind === 'stateless') return waitingAt(task)?.forwarded ?? task.watermark;
    if (task.watermark === MIN_TIMESTAMP) return task.watermark;
    let leastFloor = Infinity;
    for (let group = task.firstGroup; group <= task.lastGroup; group++) {
      const floor = task.vertex.floorOf(group);
      if (floor <= task.watermark) return task.watermark;
      leastFloor = Math.min(leastFloor, floor);
    }
    return leastFloor;
  }

  #generator(task: TaskRecord): WatermarkSpec['generator'] | undefined {
    const head = headOf(this.#witness, task.vertex);
    return head?.kind === 'source' ? head.watermarks.generator : undefined;
  }

  #earned(task: TaskRecord, split: string): Timestamp {
    const { generator } = task.vertex.model;
    if (generator === undefined) return MIN_TIMESTAMP;
    const own = task.vertex.splits.get(split)?.generator;
    return generator.earned({ maxTimestamp: this.#greatest(task, split), own });
  }

  /** With the record of a turn that has not ended yet. */
  #greatest(task: TaskRecord, split: string): Timestamp {
    const { turn } = this.#witness;
    const greatest = task.vertex.splits.get(split)?.maxTimestamp ?? MIN_TIMESTAMP;
    if (turn.isOpenFor !== task || turn.source?.split !== split) return greatest;
    return Math.max(greatest, turn.source.timestamp);
  }
}

/** All its splits that are not read to their end are idle. Undefined: it has none, so that it may be (law `idleness`). */
function isIdleReader(task: TaskRecord): boolean | undefined {
  let idle: boolean | undefined;
  for (const split of task.splits) {
    if (task.finishedSplits.has(split)) continue;
    if (!task.idleSplits.has(split)) return false;
    idle = true;
  }
  return idle;
}

/** Of the splits that are not read to their end: the least watermark of those that are not idle; if all are, the greatest. */
function leastOfSplits({ splits, finishedSplits, idleSplits, generated }: TaskRecord): Timestamp {
  let least = Infinity;
  let greatest: Timestamp = MIN_TIMESTAMP;
  for (const split of splits) {
    if (finishedSplits.has(split)) continue;
    const watermark = generated.get(split) ?? MIN_TIMESTAMP;
    if (!idleSplits.has(split)) least = Math.min(least, watermark);
    greatest = Math.max(greatest, watermark);
  }
  return least === Infinity ? greatest : least;
}

type Asked = WatermarkSpec['generator'] & { readonly periodMs: number };

/** It is asked at periods, and not after each record. */
function isPeriodic(generator: WatermarkSpec['generator']): generator is Asked {
  return 'periodMs' in generator && generator.periodMs > 0;
}

function statusText(idle: boolean): string {
  return idle ? 'idle' : 'active';
}
