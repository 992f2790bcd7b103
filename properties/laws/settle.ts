/**
 * Settle: once faults have healed, the job ends within the deadline; and as long as it reads, checkpoints go on.
 *
 * Verified: that the runner saw the job settle, and not fail; if it hangs, the violation carries who waits for what. While a running attempt
 * of a job with periodic checkpoints reads records and none of its processes has been killed: with nothing pending the next checkpoint is triggered
 * within several intervals and pauses, also after an abort of the last one; one that is triggered is completed, aborted or acknowledged by
 * all within twice its timeout. No acknowledgement counts once the timeout is over, whoever reads. An attempt that still reads has
 * triggered no more checkpoints than there were intervals and a person has asked for: those of the end of input are due when none is
 * left. What a person has asked an attempt for, a savepoint or the end of the job by one, is what it triggers next, in the order in which
 * it was asked for, and at once if there was room for it (SEMANTICS C1). The limits of what is to happen are generous: clocks drift, and
 * processes may be slow. Compared: the end of the run, however it came, the time without a trigger, or with one pending, at each record,
 * and that of each acknowledgement.
 * Not verified: how fast; that a triggered checkpoint completes (a store may be out of reach all the while: it expires, and the next one
 * is tried); times in which nothing is read; whether the deadline is fair (the runner computes it from the plan).
 */
import type { CheckpointKind, SavepointKind } from '../../core/barrier-options.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { DRIFT_MAX } from './timing.ts';
import type { WorldView } from '../world.ts';

const ANOMALIES = ['stuck', 'failed', 'no-progress', 'not-expired', 'passed-over', 'held-back', 'too-many'] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const settle = defineLaw({
  name: 'settle',
  states:
    'Once faults have healed the job ends within the deadline; while it reads, checkpoints are triggered, and each comes to an end.',
  compares: 'how the run has ended, and times between checkpoints',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    const progress = new Progress(witness, report, compared);
    /** Processes that have stated a fact of the newest attempt; the end of another process does not disturb it. */
    const processes = new Set<string>();
    const { intervalMs, timeoutMs } = witness.world.checkpointing;
    /** That the newest attempt has triggered: periodic ones, those of the end of input, and those that a person has asked for. */
    let checkpoints = 0;
    /** By a person, of the newest attempt. */
    let asked = 0;
    /** 0: not yet, or in a history without a clock, since no attempt runs as soon as the world begins. */
    let runningSinceUs = 0;
    /** Of the newest attempt, by checkpoint. */
    const triggeredUs = new Map<number, number>();
    const requests = new Requests();
    witness.world.onCheckpointAsked((kind) => {
      if (kind === 'checkpoint') asked++;
      else requests.asked(kind, progress.hasRoom);
    });
    const hosts = (): void => {
      const process = witness.world.currentProcess();
      if (process !== undefined) processes.add(process);
    };
    witness.world.onKilled((process) => {
      if (processes.has(process)) progress.pause();
    });
    return {
      attemptStarting: () => {
        requests.forget();
        triggeredUs.clear();
        checkpoints = 0;
        asked = 0;
        runningSinceUs = 0;
        processes.clear();
        hosts();
        progress.pause();
      },
      taskOpened: hosts,
      attemptRunning: () => {
        runningSinceUs = witness.world.nowUs();
        progress.start();
      },
      attemptFailed: ({ attempt }) => {
        if (attempt === witness.attempt?.number) progress.pause();
      },
      checkpointTriggered: ({ checkpoint, kind, finished }) => {
        progress.triggered(checkpoint, kind === 'stop' || kind === 'drain', finished.length);
        triggeredUs.set(checkpoint, witness.world.nowUs());
        if (kind === 'checkpoint') checkpoints++;
        const due = requests.triggered(kind);
        if (due === undefined) return;
        compared();
        if (due.kind !== kind) {
          report(
            'passed-over',
            'job',
            `checkpoint ${checkpoint} is triggered (${kind}), and what is due is what was asked for: ${due.kind}`,
            [],
          );
        } else if (due.hadRoom) {
          report(
            'held-back',
            'job',
            `checkpoint ${checkpoint} is triggered (${kind}) only now, and there was room for it when it was asked for`,
            [],
          );
        }
      },
      checkpointAcknowledged: ({ checkpoint }) => {
        progress.acknowledged(checkpoint);
        const sinceUs = triggeredUs.get(checkpoint);
        if (sinceUs === undefined) return;
        compared();
        const afterUs = witness.world.nowUs() - sinceUs;
        if (afterUs <= 1_000 * (DRIFT_MAX * timeoutMs + TIMER_SLACK_MS)) return;
        report('not-expired', 'job', `an acknowledgement of checkpoint ${checkpoint} counts when its timeout is over`, [
          note.text('timeout', `${timeoutMs} ms`),
          note.text('triggered', `${Math.floor(afterUs / 1_000)} ms ago`),
        ]);
      },
      checkpointCompleted: ({ checkpoint }) => {
        progress.decided(checkpoint);
      },
      checkpointAborted: ({ checkpoint }) => {
        progress.decided(checkpoint);
      },
      sourceRecord: () => {
        progress.judge();
        if (checkpoints <= asked || runningSinceUs === 0) return;
        const sinceUs = witness.world.nowUs() - runningSinceUs;
        if (intervalMs > 0 && checkpoints <= asked + 1 + (DRIFT_MAX * sinceUs) / (1_000 * intervalMs)) return;
        report('too-many', 'job', `the attempt still reads, and has triggered ${checkpoints} checkpoints`, [
          note.text('asked for', `${asked}`),
          note.text('interval', `${intervalMs} ms`),
          note.text('running since', `${runningSinceUs} us`),
        ]);
      },
      settled: compared,
    };
  },
});

const INTERVALS_MAX = 6;
const SLACK_MS = 2_000;
/** A timer of the coordinator rings before what comes behind it, at the latest so much later. */
const TIMER_SLACK_MS = 10;

interface Pending {
  readonly sinceUs: number;
  /** Acknowledgements that are missing. */
  missing: number;
}

/** The progress of the newest attempt, as long as nothing disturbs it. */
class Progress {
  readonly #witness: Witness;
  readonly #report: Report<Anomaly>;
  readonly #compared: Compared;
  readonly #pending = new Map<number, Pending>();
  readonly #quietMaxUs: number;
  readonly #pendingMaxUs: number;
  /** Since when a trigger is due; Infinity: none is. */
  #quietSinceUs = Infinity;
  /** The least time at which a pending one is overdue. */
  #overdueAtUs = Infinity;
  #running = false;
  #stopping = false;

  constructor(witness: Witness, report: Report<Anomaly>, compared: Compared) {
    this.#witness = witness;
    this.#report = report;
    this.#compared = compared;
    const { intervalMs, minPauseMs, timeoutMs } = witness.world.checkpointing;
    this.#quietMaxUs = intervalMs === 0 ? Infinity : 1_000 * (INTERVALS_MAX * intervalMs + 2 * minPauseMs + SLACK_MS);
    this.#pendingMaxUs = 1_000 * (2 * timeoutMs + SLACK_MS);
  }

  /** From here until the next attempt runs nothing is due. */
  pause(): void {
    this.#running = false;
    this.#stopping = false;
    this.#pending.clear();
    this.#remind();
  }

  start(): void {
    this.#running = true;
    this.#pending.clear();
    this.#remind();
  }

  /** A checkpoint that is asked for now has to be triggered in the same call. */
  get hasRoom(): boolean {
    const { attempt, world } = this.#witness;
    const isRunning = this.#running && !this.#stopping && [...(attempt?.tasks() ?? [])].some((task) => !task.finished);
    return isRunning && this.#pending.size < world.checkpointing.maxConcurrent;
  }

  triggered(checkpoint: number, stops: boolean, finished: number): void {
    if (!this.#running) return;
    this.judge();
    this.#stopping ||= stops;
    const tasks = [...(this.#witness.attempt?.tasks() ?? [])].length;
    this.#pending.set(checkpoint, { sinceUs: this.#witness.world.nowUs(), missing: tasks - finished });
    this.#remind();
  }

  acknowledged(checkpoint: number): void {
    const pending = this.#pending.get(checkpoint);
    if (pending === undefined) return;
    pending.missing--;
    this.#remind();
  }

  decided(checkpoint: number): void {
    if (this.#pending.delete(checkpoint)) this.#remind();
  }

  judge(): void {
    if (this.#quietSinceUs === Infinity && this.#overdueAtUs === Infinity) return;
    this.#compared();
    const nowUs = this.#witness.world.nowUs();
    if (nowUs > this.#overdueAtUs) {
      const [checkpoint] =
        [...this.#pending].find(([, { missing, sinceUs }]) => missing > 0 && sinceUs + this.#pendingMaxUs <= nowUs) ??
        [];
      this.#report('not-expired', 'job', `checkpoint ${String(checkpoint)} pends for more than twice its timeout`, [
        note.text('timeout', `${this.#witness.world.checkpointing.timeoutMs} ms`),
        note.value('acknowledgements that are missing', this.#pending.get(checkpoint ?? 0)?.missing),
      ]);
    }
    if (nowUs - this.#quietSinceUs > this.#quietMaxUs) {
      this.#report('no-progress', 'job', 'the job reads on, no checkpoint pends, and none is triggered', [
        note.text('since', `${this.#quietSinceUs} us`),
        note.text('now', `${nowUs} us`),
        note.text('interval', `${this.#witness.world.checkpointing.intervalMs} ms`),
      ]);
    }
  }

  #remind(): void {
    const isQuiet = this.#running && !this.#stopping && this.#pending.size === 0 && this.#quietMaxUs < Infinity;
    this.#quietSinceUs = isQuiet ? this.#witness.world.nowUs() : Infinity;
    this.#overdueAtUs = Infinity;
    for (const { sinceUs, missing } of this.#pending.values()) {
      if (missing > 0) this.#overdueAtUs = Math.min(this.#overdueAtUs, sinceUs + this.#pendingMaxUs);
    }
  }
}

interface Request {
  readonly kind: SavepointKind;
  /** When it was asked for, nothing was in its way. */
  readonly hadRoom: boolean;
}

/** What a person has asked the newest attempt for: an attempt that ends forgets it. */
class Requests {
  readonly #due: Request[] = [];
  /** Triggered in the call that asks for them, before anybody hears of that. */
  readonly #ahead: SavepointKind[] = [];

  asked(kind: SavepointKind, hasRoom: boolean): void {
    if (this.#ahead[0] === kind) this.#ahead.shift();
    else this.#due.push({ kind, hadRoom: hasRoom && this.#due.length === 0 });
  }

  /** What had to be triggered by now; undefined: nothing was asked for. */
  triggered(kind: CheckpointKind): Request | undefined {
    const due = this.#due[0];
    if (due === undefined && kind !== 'checkpoint') this.#ahead.push(kind);
    if (due?.kind === kind) this.#due.shift();
    return due;
  }

  forget(): void {
    this.#due.length = 0;
    this.#ahead.length = 0;
  }
}

/** The run did not settle. `waiting`: a line for each one that waits, with what it waits for. */
export function reportStuck(violated: WorldView['violated'], waiting: readonly string[]): void {
  violated({
    law: settle.name,
    anomaly: 'stuck',
    place: 'job',
    message: 'the job did not end within the deadline after all faults had healed',
    evidence: waiting.map(note.waits),
  });
}

/** The job ended, and not by having done its work: it gave up. */
export function reportFailed(world: WorldView, violated: WorldView['violated'], message: string): void {
  violated({
    law: settle.name,
    anomaly: 'failed',
    place: world.job.name,
    message: `the job failed: ${message}`,
    evidence: [],
  });
}
