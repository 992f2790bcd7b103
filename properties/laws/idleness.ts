/**
 * A split of a source is idle when, and only when, it has had nothing to read for its timeout, and a reader without splits when it
 * has had none for as long (SEMANTICS V2, V9).
 *
 * Verified: a split goes idle only if the generator of its author says so, or its strategy has a timeout, its reader holds no
 * unread record, and it has held none for so long; it is active again before its next record is read, and not without one. At a
 * look of its reader a split is idle that has been quiet since an earlier one for longer than its timeout, less the time in which
 * it was paused or its reader held up (SEMANTICS V9); and a reader that reads, or is at a snapshot, has looked not long ago. A reader
 * without splits says that it is idle not before the timeout, not without one, and before the next look behind it, and says nothing
 * else before it has a split. That a reader with splits says what they are, and what becomes of its watermark, is law
 * `watermarks`; that an idle input does not hold others back, too (its valve).
 * Trusted: what the engine says of a reader at the border to the connector: that it has nothing (`splitDrained`), and that
 * something has come (`splitArrived`); that it was held up at a look. Not verified: the timeout to the millisecond, since clocks
 * drift.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { WatermarkSpec } from '../../core/job/spec.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { headOf } from './heads.ts';

const ANOMALIES = ['unread', 'too-early', 'read-while-idle', 'woken', 'not-idle'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const idleness = defineLaw({
  name: 'idleness',
  states:
    'A split is idle when it has had nothing to read for its timeout, never while its reader holds a record; a reader without splits after it, too.',
  compares: 'splits and readers that have nothing to read',
  anomalies: ANOMALIES,
  notInBatch: 'no source is ever idle',
  judge(witness, report, compared) {
    const judge = new Idleness(witness, report, compared);
    return {
      attemptStarting: () => {
        judge.restart();
      },
      taskOpened: (task) => {
        judge.opened(task);
      },
      splitAdded: (task, { split }) => {
        judge.added(task, split);
      },
      splitDrained: (task, { split }) => {
        judge.drained(task, split);
      },
      splitArrived: (task, { split }) => {
        judge.arrived(task, split);
      },
      splitStatus: (task, { split, idle }) => {
        if (idle) judge.idle(task, split);
        else judge.active(task, split);
      },
      splitFinished: (task, { split }) => {
        judge.finished(task, split);
      },
      sourceRecord: (task, { split }) => {
        judge.read(task, split);
      },
      splitsLooked: (task, { heldUp }) => {
        judge.looked(task, heldUp);
      },
      alignmentLimited: (task, { limit }) => {
        judge.limited(task, limit);
      },
      statusSent: (task, { idle }) => {
        judge.said(task, idle);
      },
      snapshotTaken: (task) => {
        judge.nothingOwed(task);
      },
    };
  },
});

/** A clock runs at most this fast, in per cent of virtual time. */
const CLOCK_PERCENT = 105;
/** Far more than a slow task needs to look at its splits twice. */
const LOOKS_MAX = 20;
const SLACK_US = 500_000;

/** What has nothing to read: since when, and for how long by its own clock. */
interface Quiet {
  /** When it last had something, in virtual microseconds. */
  activeAtUs: number;
  /** The time between looks since then that counts; undefined: it has not been quiet at a look yet. */
  countedUs: number | undefined;
}

interface Split extends Quiet {
  /** Its reader has nothing to read. */
  drained: boolean;
}

interface Vacancy extends Quiet {
  /** Its last split was idle, and so was the reader: it is no more, and has to say so. */
  wakes: boolean;
  /** At the last look it had been without for longer than the timeout. */
  due: boolean;
}

class Idleness {
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  readonly #splits = new Map<TaskRecord, Map<string, Split>>();
  /** Readers without splits. */
  readonly #vacant = new Map<TaskRecord, Vacancy>();
  /** When a reader looked last, in virtual microseconds. */
  readonly #looks = new Map<TaskRecord, number>();
  /** Above it splits are paused. */
  readonly #limits = new Map<TaskRecord, Timestamp>();

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
  }

  restart(): void {
    this.#splits.clear();
    this.#vacant.clear();
    this.#looks.clear();
    this.#limits.clear();
  }

  opened(task: TaskRecord): void {
    if (watermarksOf(this.#witness, task) !== undefined) this.#vacate(task, false);
  }

  added(task: TaskRecord, split: string): void {
    this.#vacant.delete(task);
    if (watermarksOf(this.#witness, task)?.idleTimeoutMs === undefined) return;
    const fresh = { drained: false, activeAtUs: this.#nowUs, countedUs: undefined };
    const splits = this.#splits.get(task);
    if (splits === undefined) this.#splits.set(task, new Map([[split, fresh]]));
    else splits.set(split, fresh);
  }

  drained(task: TaskRecord, name: string): void {
    const split = this.#splitOf(task, name);
    if (split === undefined) return;
    // It has just been looked at, and was not quiet up to here.
    this.#isActive(split);
    split.drained = true;
  }

  arrived(task: TaskRecord, name: string): void {
    const split = this.#splitOf(task, name);
    if (split !== undefined) this.#isActive(split);
  }

  finished(task: TaskRecord, name: string): void {
    this.#splits.get(task)?.delete(name);
    if (task.splits.every((split) => split === name || task.finishedSplits.has(split)))
      this.#vacate(task, task.idleSent);
  }

  limited(task: TaskRecord, limit: Timestamp): void {
    this.#limits.set(task, limit);
  }

  /** What is quiet at every look for longer than the timeout is idle by the last of them. */
  looked(task: TaskRecord, heldUp: boolean): void {
    const timeoutMs = watermarksOf(this.#witness, task)?.idleTimeoutMs;
    if (timeoutMs === undefined) return;
    const beforeUs = this.#looks.get(task);
    this.#looks.set(task, this.#nowUs);
    const limit = this.#limits.get(task) ?? MAX_TIMESTAMP;
    for (const [name, split] of this.#splits.get(task) ?? []) {
      if (!split.drained || task.idleSplits.has(name)) continue;
      this.#compared();
      const isPaused = (task.generated.get(name) ?? MIN_TIMESTAMP) > limit;
      if (this.#isOverdue(split, beforeUs, heldUp || isPaused, timeoutMs))
        this.#say(
          'not-idle',
          task,
          name,
          `has been quiet for ${this.#nowUs - split.activeAtUs} us and is not called idle`,
        );
    }
    const vacancy = this.#vacant.get(task);
    if (vacancy === undefined || task.idleSent) return;
    this.#compared();
    // It is said behind the look, so that the next one judges it.
    if (vacancy.due) this.#vacantFor(task, vacancy);
    vacancy.due = this.#isOverdue(vacancy, beforeUs, heldUp, timeoutMs);
  }

  /** What a reader without splits says of itself. */
  said(task: TaskRecord, idle: boolean): void {
    const vacancy = this.#vacant.get(task);
    if (vacancy === undefined) return;
    this.#compared();
    if (!idle) {
      if (!vacancy.wakes) this.#say('woken', task, 'the reader', 'says that it is active and has no split');
      vacancy.wakes = false;
      return;
    }
    const timeoutMs = watermarksOf(this.#witness, task)?.idleTimeoutMs;
    const vacantUs = this.#nowUs - vacancy.activeAtUs;
    const after = `after ${vacantUs} us without a split`;
    if (timeoutMs === undefined)
      this.#say('too-early', task, 'the reader', `says that it is idle ${after}, and its strategy has no timeout`);
    else if ((vacantUs * CLOCK_PERCENT) / 100 < timeoutMs * 1_000)
      this.#say('too-early', task, 'the reader', `says that it is idle ${after}, its timeout is ${timeoutMs} ms`);
  }

  /** Called where the task has done what is behind it. */
  nothingOwed(task: TaskRecord): void {
    const vacancy = this.#vacant.get(task);
    if (vacancy === undefined || task.watermarkSent === MAX_TIMESTAMP) return;
    if (vacancy.wakes)
      this.#say('too-early', task, 'the reader', 'has no split any more, and has not said that it is active');
    if (!task.idleSent && this.#isUnseen(task, vacancy)) this.#vacantFor(task, vacancy);
  }

  idle(task: TaskRecord, name: string): void {
    if (this.#isIdleByGenerator(task, name)) return;
    this.#compared();
    const split = this.#splitOf(task, name);
    const timeoutMs = watermarksOf(this.#witness, task)?.idleTimeoutMs;
    if (split === undefined || timeoutMs === undefined) {
      this.#say('too-early', task, name, 'is called idle, and its strategy has no timeout');
      return;
    }
    if (!split.drained) {
      this.#say('unread', task, name, 'is called idle while its reader has something to read');
      return;
    }
    const quietUs = this.#nowUs - split.activeAtUs;
    if ((quietUs * CLOCK_PERCENT) / 100 < timeoutMs * 1_000)
      this.#say('too-early', task, name, `is called idle after ${quietUs} us, its timeout is ${timeoutMs} ms`);
  }

  active(task: TaskRecord, name: string): void {
    if (this.#isIdleByGenerator(task, name)) return;
    this.#compared();
    if (this.#splitOf(task, name)?.drained === true)
      this.#say('woken', task, name, 'is called active while its reader has nothing to read');
  }

  read(task: TaskRecord, name: string): void {
    const splits = this.#splits.get(task);
    if (splits === undefined) return;
    if (task.idleSplits.has(name)) this.#say('read-while-idle', task, name, 'is read while it is called idle');
    for (const [other, split] of splits) {
      if (other === name) this.#isActive(split);
      else if (split.drained && !task.idleSplits.has(other)) {
        this.#compared();
        if (!this.#isUnseen(task, split)) continue;
        this.#say(
          'not-idle',
          task,
          other,
          `has been quiet for ${this.#nowUs - split.activeAtUs} us and is not looked at`,
        );
      }
    }
  }

  #isActive(split: Split): void {
    split.drained = false;
    split.activeAtUs = this.#nowUs;
    split.countedUs = undefined;
  }

  #vacate(task: TaskRecord, wakes: boolean): void {
    this.#vacant.set(task, { activeAtUs: this.#nowUs, countedUs: undefined, wakes, due: false });
  }

  #vacantFor(task: TaskRecord, { activeAtUs }: Vacancy): void {
    const what = `has had no split for ${this.#nowUs - activeAtUs} us and has not said that it is idle`;
    this.#say('not-idle', task, 'the reader', what);
  }

  /** At a look: whether the time that counts is over, by any clock. The first look at which it is quiet starts it. */
  #isOverdue(quiet: Quiet, beforeUs: number | undefined, heldUp: boolean, timeoutMs: number): boolean {
    if (beforeUs === undefined || quiet.activeAtUs > beforeUs) return false;
    if (quiet.countedUs === undefined) quiet.countedUs = 0;
    else if (!heldUp) quiet.countedUs += this.#nowUs - beforeUs;
    return (quiet.countedUs * 100) / CLOCK_PERCENT > timeoutMs * 1_000 + 2_000;
  }

  /** It is quiet, and its reader has not looked for far longer than it may. */
  #isUnseen(task: TaskRecord, { activeAtUs }: Quiet): boolean {
    const lookMs = this.#lookMs(task);
    if (lookMs === 0) return false;
    const sinceUs = Math.max(activeAtUs, this.#looks.get(task) ?? 0);
    return this.#nowUs - sinceUs > LOOKS_MAX * lookMs * 1_000 + SLACK_US;
  }

  /** How often a reader looks at its splits, at most; 0: never. */
  #lookMs(task: TaskRecord): number {
    const spec = watermarksOf(this.#witness, task);
    if (spec?.idleTimeoutMs === undefined) return 0;
    const { generator, idleTimeoutMs } = spec;
    return 'periodMs' in generator && generator.periodMs > 0 ? generator.periodMs : idleTimeoutMs;
  }

  /** The author's generator calls it idle, with what is read so far. */
  #isIdleByGenerator({ vertex }: TaskRecord, split: string): boolean {
    return vertex.model.generator?.isIdle(vertex.splits.get(split)?.generator) === true;
  }

  get #nowUs(): number {
    return this.#witness.world.nowUs();
  }

  #splitOf(task: TaskRecord, split: string): Split | undefined {
    return this.#splits.get(task)?.get(split);
  }

  /** `who`: a split, or the reader. */
  #say(anomaly: Anomaly, task: TaskRecord, who: string, what: string): void {
    this.#report(anomaly, task.vertex.uid, `${task.name}: ${who} ${what}`, [
      note.text('split', who),
      note.value('attempt', task.id.attempt),
    ]);
  }
}

function watermarksOf(witness: Witness, task: TaskRecord): WatermarkSpec | undefined {
  const head = headOf(witness, task.vertex);
  return head?.kind === 'source' ? head.watermarks : undefined;
}
