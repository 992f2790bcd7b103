/** What a run of a plan will roughly look like, as its incidents are drawn: where the dangerous instants are. */
import type { FactKind } from '../../core/facts.ts';
import type { Dice, Instant, PlanShape } from '../../sim/faults/vocabulary/draw.ts';
import { JOB_MANAGER, knobNamed, taskManagerNames } from './knobs.ts';
import {
  ABORTED,
  AFTER_RESTART,
  BATCH,
  BACK_AT,
  CHECKPOINT_PENDING,
  FIRST,
  IN_CHECKPOINT,
  type Moment,
  OVERTAKING,
  REPLAYING,
  RESULTS_THERE,
  TIMED_OUT,
} from './moments.ts';
import type { Trigger } from '../../sim/faults/vocabulary/trigger.ts';
import type { Numbers } from './numbers.ts';
import { lengthMs, type Pressure } from './pressure.ts';

/** Triggers per 1000 that are at a time; of the others, those at a port call. */
const AT_TIME = 80;
const AT_PORT_CALL = 80;
const PORT_CALLS_MAX = 4_000;
/** Per 1000 instants within a step of a process: those whose victim is that process. */
const SELF = 850;
/** Per 1000 moments of a checkpoint: those of the first checkpoint. */
const FIRST_CHECKPOINT = 80;
const LENGTH_MS_LEAST = 50;
/** Per 1000 instants within an attempt: those before its first checkpoint. */
const AT_FIRST = 250;

/** Checkpoints name what earlier ones have written. */
export function isIncremental(numbers: Numbers): boolean {
  const isLsm = numbers.of('executionMode') === 0 && numbers.of('stateBackend') === 1;
  return isLsm && numbers.of('incrementalCheckpoints') === 1;
}

/** All state goes into objects, unless the plan says what is small enough to go with the metadata. */
export function putIntoObjects(numbers: Numbers): void {
  if (!numbers.has('inlineStateBytes')) numbers.set('inlineStateBytes', 0);
}

export class DrawnShape implements PlanShape {
  readonly jobManager = JOB_MANAGER;
  readonly parallelismMax = knobNamed('parallelism').max;
  readonly replays: boolean;
  readonly batch: boolean;
  readonly reactive: boolean;
  readonly incremental: boolean;
  readonly keepsCopies: boolean;
  readonly versions: number;
  readonly #numbers: Numbers;
  readonly #longest: number;
  readonly #first: readonly Moment[];
  readonly #afterRestart: readonly Moment[];

  /** @param longest records of the longest partition. */
  constructor(numbers: Numbers, longest: number, { overtakes, timesOut, fails }: Pressure, versions = 1) {
    this.versions = versions;
    this.#numbers = numbers;
    this.#longest = longest;
    this.replays = overtakes;
    this.reactive = numbers.of('schedulerMode') === 1;
    this.batch = numbers.of('executionMode') === 1;
    this.incremental = isIncremental(numbers);
    this.keepsCopies = !this.batch && numbers.of('localRecovery') === 1;
    if (this.batch) {
      this.#first = this.#afterRestart = BATCH;
      return;
    }
    this.#first = [
      ...FIRST,
      ...(overtakes ? OVERTAKING : []),
      ...(timesOut ? TIMED_OUT : []),
      ...(fails ? ABORTED : []),
    ];
    this.#afterRestart = overtakes ? [...AFTER_RESTART, ...REPLAYING] : AFTER_RESTART;
  }

  anywhere(dice: Dice): Instant {
    if (dice.chance(AT_TIME)) return { when: { kind: 'time', ms: dice.between(1, this.#lengthMs()) }, self: false };
    if (dice.chance(AT_PORT_CALL)) {
      const process = this.#taskManager(dice);
      return { when: { kind: 'port-call', process, nth: dice.skewed(1, PORT_CALLS_MAX) }, self: true };
    }
    return this.#at(dice, this.#first);
  }

  inCheckpoint(dice: Dice): Instant {
    return this.#at(dice, this.batch ? BATCH : IN_CHECKPOINT);
  }

  checkpointPending(dice: Dice): Instant {
    return this.#at(dice, this.batch ? BATCH : CHECKPOINT_PENDING);
  }

  resultsThere(dice: Dice): Trigger {
    return this.#at(dice, RESULTS_THERE).when;
  }

  afterRestart(dice: Dice, attempt: number): Instant {
    const moment = dice.weighted(this.#afterRestart);
    const self = moment.by === 'task';
    const where = self ? { 'task.attempt': attempt } : { attempt };
    return { when: { kind: 'fact', fact: moment.fact, nth: dice.skewed(1, moment.nthMax), where }, self };
  }

  /** Mostly once it has something of its own to restore from. */
  inAttempt(dice: Dice, attempt: number): Trigger {
    if (this.batch || dice.chance(AT_FIRST))
      return { kind: 'fact', fact: 'attemptRunning', nth: 1, where: { attempt } };
    return { kind: 'fact', fact: 'checkpointCompleted', nth: dice.between(1, 2), where: { attempt } };
  }

  /** Never the job manager. */
  victim(dice: Dice, { self }: Instant): string {
    return self && dice.chance(SELF) ? 'self' : this.#taskManager(dice);
  }

  othersMovedOn(dice: Dice): FactKind {
    return dice.pick(BACK_AT);
  }

  fitOneMachine(machines: number): void {
    this.#numbers.set('parallelism', 1);
    this.#numbers.set('taskManagers', machines);
  }

  putStateIntoObjects(): void {
    putIntoObjects(this.#numbers);
  }

  /** A checkpoint is named in the first half of the run, so that something is left to do again. */
  #at(dice: Dice, moments: readonly Moment[]): Instant {
    const moment = dice.weighted(moments);
    const self = moment.by === 'task';
    if (moment.which === 'any') {
      return { when: { kind: 'fact', fact: moment.fact, nth: dice.between(1, moment.nthMax) }, self };
    }
    const checkpoints = Math.max(
      1,
      Math.floor(this.#lengthMs() / Math.max(1, this.#numbers.of('checkpointIntervalMs'))),
    );
    const last = Math.max(Math.min(2, checkpoints), Math.ceil(checkpoints / 2));
    const checkpoint = dice.chance(FIRST_CHECKPOINT) ? 1 : dice.between(Math.min(2, last), last);
    const nthMax = moment.nthMax === 1 ? 1 : moment.nthMax * this.#numbers.of('parallelism');
    return { when: { kind: 'fact', fact: moment.fact, nth: dice.skewed(1, nthMax), where: { checkpoint } }, self };
  }

  #lengthMs(): number {
    return Math.max(LENGTH_MS_LEAST, Math.floor(lengthMs(this.#numbers, this.#longest)));
  }

  #taskManager(dice: Dice): string {
    const names = taskManagerNames(this.#numbers.of('taskManagers'));
    return names[dice.below(names.length)] ?? 'self';
  }
}
