/**
 * Timers: in the effective history each fires at most once, and exactly once if it is due and not deleted.
 *
 * Verified: an event-time timer fires only in a turn in which the effective watermark of its key group rose to its time
 * or beyond (SEMANTICS W4), a processing-time timer only after its time by the clock that its owner read; the timers
 * that fire in a turn are those that the model of the key group has due, in its order; over the key groups of a task the
 * least comes first; a processing-time timer that is due by the clock of its process fires before the task goes on taking
 * records for long: between two records there is a turn for timers, and those of one time fire in it (SEMANTICS T4), so a
 * timer that is due waits for no more records than there are earlier timers, and some for letters of other kinds.
 * Not verified: that a processing-time timer fires at all once its task's input has ended (such timers are dropped by
 * design), or in a process whose clock no turn has read; the order of ties between key groups; the host's true clock (the
 * owner's own reading counts, and by how much the clock has been set back since).
 */
import type { Facts } from '../../core/facts.ts';
import type { Timestamp } from '../../core/job/functions.ts';
import { sameValue } from '../model/equal.ts';
import type { ModelTimerFiring } from '../model/types.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { JudgedTurn } from '../witness/turn.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw } from './define.ts';
import { note, show } from './evidence.ts';
import { describe } from './turn-evidence.ts';

type Firing = Facts['eventTimerFired'];

export const timers = defineLaw({
  name: 'timers',
  states: 'A timer fires at most once, exactly once if due and not deleted, the least of those due first, never early.',
  compares: 'timers that fire, or are due',
  anomalies: ['early', 'missed', 'surplus', 'not-least-first', 'overdue'],
  notInBatch: 'all timers of a key fire at its end, which law `batch` judges',
  judge(witness, report, compared) {
    const overdue = new Overdue(witness, compared);
    return {
      attemptStarting() {
        overdue.restart();
      },
      turn(turn) {
        const left = overdue.after(turn);
        if (left !== undefined) {
          report(
            'overdue',
            turn.task.vertex.uid,
            `${turn.task.name} goes on without firing a processing-time timer that is due`,
            [...describe(turn), note.value('timer', left)],
          );
        }
        const { uid } = turn.task.vertex;
        const { timer } = turn;
        if (timer !== undefined) {
          compared();
          if (timer.timestamp >= timer.now) {
            report('early', uid, `${turn.task.name} fired a processing-time timer before its time`, [
              ...describe(turn),
              note.value('timer', timer.timestamp),
              note.value('clock', timer.now),
            ]);
          }
          if (turn.expected.fired.length === 0) {
            report(
              'surplus',
              uid,
              `${turn.task.name} fired a processing-time timer that is not registered`,
              describe(turn),
            );
          }
          return;
        }
        const { fired } = turn.effects;
        const expected = turn.expected.fired;
        if (fired.length === 0 && expected.length === 0) return;
        compared();
        const early = firstEarly(turn);
        if (early !== undefined) {
          report('early', uid, `${turn.task.name} fired a timer that the effective watermark had not just reached`, [
            ...describe(turn),
            note.text('timer', text(early)),
            note.value('effective watermark before', turn.effBefore),
          ]);
          return;
        }
        for (let i = 0; i < Math.max(fired.length, expected.length); i++) {
          const done = fired[i];
          const due = expected[i];
          if (done !== undefined && due !== undefined && same(done, due)) continue;
          report(anomalyOf(fired, expected), uid, `${turn.task.name} fired other timers than were due`, [
            ...describe(turn),
            note.text('expected', due === undefined ? 'no timer' : text(due)),
            note.text('actual', done === undefined ? 'no timer' : text(done)),
          ]);
          return;
        }
      },
      fired(task, firings) {
        const slip = notLeast(firings);
        if (slip === undefined) return;
        report(
          'not-least-first',
          task.vertex.uid,
          `${task.name} fired a timer while another key group had an earlier one due`,
          [note.text('fired', text(slip.fired)), note.text('due before it', text(slip.earlier))],
        );
      },
    };
  },
});

/** Of firings that are not those that were due. */
function anomalyOf(fired: readonly TimerOf[], expected: readonly TimerOf[]): 'missed' | 'surplus' | 'not-least-first' {
  if (expected.some((one) => count(fired, one) < count(expected, one))) return 'missed';
  return fired.some((one) => count(fired, one) > count(expected, one)) ? 'surplus' : 'not-least-first';
}

/** The watermark had not just reached it. */
function firstEarly({ effects, eff, effBefore }: JudgedTurn): Firing | undefined {
  return effects.fired.find((one) => one.timestamp > eff || eff <= effBefore);
}

/** What a slow task may need at most from the moment that a timer is due; far more than it does need. */
const OVERDUE_US = 400_000;
/** Records that a task may take for each earlier timer that it fires: letters of other kinds have their turns between. */
const RECORDS_A_FIRING = 4;
const RECORDS_MORE = 16;
/** A clock runs at least this fast, in per cent of virtual time. */
const CLOCK_PERCENT = 95;

interface Waiting {
  readonly timestamp: Timestamp;
  readonly sinceUs: number;
  /** Records that the task had taken then. */
  readonly records: number;
  /** Timers that the task has fired since, of this time or earlier. */
  earlier: number;
}

/** The least processing-time timer of each key group that takes records: since when it has been seen due. */
class Overdue {
  readonly #witness: Witness;
  readonly #compared: Compared;
  /** What a turn of the process read last, and when. */
  readonly #clocks = new Map<string | undefined, { readonly now: Timestamp; readonly atUs: number }>();
  readonly #waiting = new Map<TaskRecord, { records: number; readonly groups: Map<number, Waiting> }>();

  constructor(witness: Witness, compared: Compared) {
    this.#witness = witness;
    this.#compared = compared;
    witness.world.onClockStepped((process, byMs) => {
      this.#stepped(process, byMs);
    });
  }

  restart(): void {
    this.#waiting.clear();
  }

  /** The timer that should long have fired, if there is one. */
  after({ task, keyGroup, instance, record, timer, effects }: JudgedTurn): Timestamp | undefined {
    if (keyGroup === undefined) return undefined;
    const own = this.#waiting.get(task);
    if (own !== undefined && record !== undefined) own.records++;
    const read = timer?.now ?? effects.clock.at(-1);
    const timestamp = instance.model?.nextProcessingTimer();
    if (read === undefined && timestamp === undefined) return undefined;
    const { world } = this.#witness;
    const nowUs = world.nowUs();
    const process = world.currentProcess();
    if (read !== undefined) this.#clocks.set(process, { now: read, atUs: nowUs });
    const clock = this.#clocks.get(process);
    // Another one of the same time may be registered later.
    if (timer !== undefined) this.#fired(task, keyGroup, timer.timestamp);
    if (timestamp === undefined || clock === undefined || record === undefined) return undefined;
    if (timestamp >= clock.now + ((nowUs - clock.atUs) / 100_000) * CLOCK_PERCENT) return undefined;
    const before = own?.groups.get(keyGroup);
    if (before?.timestamp !== timestamp) {
      this.#remember(task, keyGroup, { timestamp, sinceUs: nowUs, records: own?.records ?? 0, earlier: 0 });
      return undefined;
    }
    this.#compared();
    if (nowUs - before.sinceUs <= OVERDUE_US) return undefined;
    return (own?.records ?? 0) - before.records > RECORDS_A_FIRING * before.earlier + RECORDS_MORE
      ? timestamp
      : undefined;
  }

  /** A clock that is set back shows so much less, and what was due may not be. Set forward, it shows at least what it did. */
  #stepped(process: string, byMs: number): void {
    if (byMs >= 0) return;
    const clock = this.#clocks.get(process);
    if (clock !== undefined) this.#clocks.set(process, { ...clock, now: clock.now + byMs });
    this.#waiting.clear();
  }

  #fired(task: TaskRecord, keyGroup: number, timestamp: Timestamp): void {
    const groups = this.#waiting.get(task)?.groups;
    groups?.delete(keyGroup);
    for (const waiting of groups?.values() ?? []) if (timestamp <= waiting.timestamp) waiting.earlier++;
  }

  #remember(task: TaskRecord, keyGroup: number, waiting: Waiting): void {
    const own = this.#waiting.get(task);
    if (own === undefined) this.#waiting.set(task, { records: 0, groups: new Map([[keyGroup, waiting]]) });
    else own.groups.set(keyGroup, waiting);
  }
}

/**
 * Each key group's sequence is checked against the model, so at every moment the next firing of a group is its least
 * pending timer: the whole is in order iff it is the merge that always takes the group with the least next firing.
 */
function notLeast(firings: readonly Firing[]): { readonly fired: Firing; readonly earlier: Firing } | undefined {
  let sorted = true;
  for (let i = 1; i < firings.length && sorted; i++) sorted = timestampAt(firings, i - 1) <= timestampAt(firings, i);
  if (sorted) return undefined;
  for (const [i, fired] of firings.entries()) {
    const seen = new Set<number>();
    for (const later of firings.slice(i)) {
      // Only the next firing of a group is sure to be pending already.
      if (seen.has(later.keyGroup)) continue;
      seen.add(later.keyGroup);
      if (later.timestamp < fired.timestamp) return { fired, earlier: later };
    }
  }
  return undefined;
}
function timestampAt(firings: readonly Firing[], index: number): Timestamp {
  return firings[index]?.timestamp ?? 0;
}

type TimerOf = Pick<ModelTimerFiring, 'timestamp' | 'key' | 'namespace'>;

function count(firings: readonly TimerOf[], timer: TimerOf): number {
  return firings.filter((firing) => same(firing, timer)).length;
}
function same(a: TimerOf, b: TimerOf): boolean {
  return (
    a.timestamp === b.timestamp &&
    a.namespace?.start === b.namespace?.start &&
    a.namespace?.end === b.namespace?.end &&
    sameValue(a.key, b.key)
  );
}
function text({ timestamp, key, namespace }: TimerOf): string {
  return `${timestamp} of key ${show(key)}${namespace === undefined ? '' : `, window [${namespace.start}, ${namespace.end})`}`;
}
