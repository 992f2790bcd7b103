/**
 * The wall clock: what a task says that it has read of it is what the clock of its host shows at that moment.
 *
 * Other laws take these times as the engine states them: the model repeats a turn with the times that the turn has read, gives
 * restored values the last touch that they got, and leaves out of a snapshot what had expired at the time that it names
 * (law `re-execution`); a timer is early or not by the clock that its owner has read (law `timers`). An engine that reads another
 * clock, or a time that it has kept, is at one with itself, and with the model. Here the time is held against the host.
 *
 * Verified of every time that a task of the newest attempt states: that a call has read, that of a processing-time timer which
 * fires, that of a snapshot that leaves out what has expired (SEMANTICS J8), that of a compaction which does, as it begins, the last touch of restored values that have a time to
 * live from here on (J5). The clock of the process in which the task runs counts, with all that makes it wrong: a drift, an
 * offset, an incident that sets it. Of one that is set in this very instant, what it showed before counts as well: the engine may
 * have read it just before.
 * Not verified: times of the monotonic clock, those of coordinators, and the time by which a query is answered.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { TaskRecord } from '../witness/task.ts';
import type { WorldView } from '../world.ts';
import { type Compared, defineLaw } from './define.ts';
import { note } from './evidence.ts';

export const hostClock = defineLaw({
  name: 'host-clock',
  states: 'What a task reads of the wall clock is what the clock of its host shows at that moment.',
  compares: 'times that tasks read',
  anomalies: ['call', 'timer', 'snapshot', 'touch', 'compaction'],
  judge({ world }, report, compared) {
    const clocks = new HostClocks(world, compared);
    /** What the clock has shown as the compaction under way began. */
    const begun = new Map<TaskRecord, Timestamp>();
    const judge = (
      anomaly: 'call' | 'timer' | 'snapshot' | 'touch',
      task: TaskRecord,
      now: Timestamp,
      what: string,
    ) => {
      const shows = clocks.differsFrom(now);
      if (shows === undefined) return;
      report(anomaly, task.vertex.uid, `${task.name} ${what} by another time than that of its host`, [
        note.text('task', `${task.name} attempt ${task.id.attempt}`),
        note.text('process', world.currentProcess() ?? ''),
        note.value('expected', shows),
        note.value('actual', now),
      ]);
    };
    return {
      clockRead(task, { now }) {
        judge('call', task, now, 'makes a call');
      },
      processingTimerFired(task, { now }) {
        judge('timer', task, now, 'fires a timer');
      },
      snapshotSieved(task, { now }) {
        judge('snapshot', task, now, 'leaves out of a snapshot what has expired');
      },
      stateStore(task, { event }) {
        const shows = event === 'compaction-started' ? world.wallMs(world.currentProcess() ?? '') : undefined;
        if (shows !== undefined) begun.set(task, shows);
      },
      stateDropped(task, { now }) {
        const shown = begun.get(task);
        if (world.wallMs(world.currentProcess() ?? '') === undefined) return;
        compared();
        if (shown === now) return;
        report(
          'compaction',
          task.vertex.uid,
          `${task.name} drops what has expired by another time than that of its host`,
          [
            note.text('task', `${task.name} attempt ${task.id.attempt}`),
            note.text('process', world.currentProcess() ?? ''),
            note.value('expected, when the compaction began', shown),
            note.value('actual', now),
          ],
        );
      },
      stateAdopted(task, { state, touch }) {
        if (touch !== undefined) judge('touch', task, touch, `gives the values of state ${state} a last touch`);
      },
    };
  },
});

/** What the clocks show, and what those that are set in this instant have shown in it. */
class HostClocks {
  readonly #world: WorldView;
  readonly #compared: Compared;
  #setAtUs = -1;
  readonly #before = new Map<string, Set<Timestamp>>();

  constructor(world: WorldView, compared: Compared) {
    this.#world = world;
    this.#compared = compared;
    world.onClockStepped((process, byMs) => {
      this.#stepped(process, byMs);
    });
  }

  /** What the clock of the process that states a fact shows now; undefined if that is `now`, or not known. */
  differsFrom(now: Timestamp): Timestamp | undefined {
    const process = this.#world.currentProcess();
    if (process === undefined) return undefined;
    const shows = this.#world.wallMs(process);
    if (shows === undefined) return undefined;
    this.#compared();
    if (shows === now) return undefined;
    const wasJustSet = this.#setAtUs === this.#world.nowUs();
    return wasJustSet && this.#before.get(process)?.has(now) === true ? undefined : shows;
  }

  #stepped(process: string, byMs: number): void {
    const nowUs = this.#world.nowUs();
    if (nowUs !== this.#setAtUs) this.#before.clear();
    this.#setAtUs = nowUs;
    const shows = this.#world.wallMs(process);
    if (shows === undefined) return;
    const before = this.#before.get(process) ?? new Set();
    this.#before.set(process, before.add(shows - byMs));
  }
}
