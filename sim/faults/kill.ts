/** A process dies between two instructions, and starts again on its host. What was durable stays, memory is gone. */
import { defineIncident, named } from './vocabulary/define.ts';
import { absenceMs, type Dice, type Instant, type PlanShape } from './vocabulary/draw.ts';
import { processRef, whole } from './vocabulary/fields.ts';
import { count, victim } from './vocabulary/words.ts';

/** Plans per 1000 with no kill of a task manager; of the others those with each further one. */
const NO_KILL = 60;
const IN_CHECKPOINT = 500;
const SECOND_SOON = 350;
/** The same share where in-flight data may be replayed then. */
const SECOND_REPLAYING = 550;
const THIRD_SOON = 150;
const SECOND_ANYWHERE = 200;
const JOB_MANAGER = 150;
/** Of those: while a checkpoint is under way. */
const CHECKPOINT_PENDING = 650;
/** Of plans whose checkpoints name what earlier ones have written: those with such kills, and of these each of them. */
const SHARING_AT_ALL = 990;
const SHARING = 930;
const SHARING_CHECKPOINTS = [
  [3, 4],
  [7, 8],
  [10, 13],
  [17, 20],
  [25, 30],
] as const;

export const kill = defineIncident({
  kind: 'kill',
  title: 'a process dies at a time, at the n-th fact or at the n-th port call, and is restarted',
  cause: 'out-of-memory killer, eviction, kernel panic, a deployment',
  test: ['sim/faults/incidents.test.ts', 'a kill fires at its time and the process starts again after the delay'],
  finds: 'source-offset-not-restored',
  fields: { process: processRef(), restartAfterMs: whole(0, 60_000, 'milliseconds until it starts again') },
  onTheSpot: true,
  inject: (world, what, self) => world.kill(named(what.process, self), what.restartAfterMs),
  draw: (dice, shape) => [
    ...(dice.chance(NO_KILL) ? [] : ofTaskManagers(dice, shape)),
    ...(dice.chance(JOB_MANAGER) ? [ofJobManager(dice, shape)] : []),
    ...(shape.incremental ? whileSharing(dice, shape) : []),
  ],
  cost: ({ restartAfterMs }) => ({ restartUs: restartAfterMs * 1000 }),
  words: ({ process, restartAfterMs }) => `kill ${victim(process)} for ${count(restartAfterMs)} ms`,
});

function ofTaskManagers(dice: Dice, shape: PlanShape): readonly Killing[] {
  const first = shape.anywhere(dice);
  const instants = [first];
  // Not every run comes to every moment; most come to a checkpoint.
  const isSure = first.when.kind === 'fact' && first.when.where !== undefined;
  if (!isSure && dice.chance(IN_CHECKPOINT)) instants.push(shape.inCheckpoint(dice));
  if (dice.chance(shape.replays ? SECOND_REPLAYING : SECOND_SOON)) {
    instants.push(shape.afterRestart(dice, 2));
    if (dice.chance(THIRD_SOON)) instants.push(shape.afterRestart(dice, 3));
  }
  if (dice.chance(SECOND_ANYWHERE)) instants.push(shape.anywhere(dice));
  return instants.map((instant) => killing(dice, shape.victim(dice, instant), instant));
}

function whileSharing(dice: Dice, shape: PlanShape): readonly Killing[] {
  if (!dice.chance(SHARING_AT_ALL)) return [];
  return SHARING_CHECKPOINTS.filter(() => dice.chance(SHARING)).map(([first, last]) => {
    const when = { kind: 'fact', fact: 'checkpointCompleted', nth: dice.between(first, last) } as const;
    const instant: Instant = { when, self: false };
    return killing(dice, shape.victim(dice, instant), instant);
  });
}

function ofJobManager(dice: Dice, shape: PlanShape): Killing {
  const instant = dice.chance(CHECKPOINT_PENDING) ? shape.checkpointPending(dice) : shape.anywhere(dice);
  return killing(dice, shape.jobManager, instant);
}

type Killing = ReturnType<typeof killing>;

function killing(dice: Dice, process: string, { when }: Instant) {
  return { what: { kind: 'kill', process, restartAfterMs: absenceMs(dice) }, when } as const;
}
