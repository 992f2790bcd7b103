/** The object store cannot answer the next reads of it: whoever reads hears an error, and nothing of what is there. */
import type { FactKind } from '../../core/facts.ts';
import { defineIncident } from './vocabulary/define.ts';
import type { Dice, PlanShape } from './vocabulary/draw.ts';
import { whole } from './vocabulary/fields.ts';
import type { Trigger } from './vocabulary/trigger.ts';

const PLANS_PER_1000 = 60;
/** Of these: where somebody is about to read. At any other moment most reads look for what may be deleted. */
const BEFORE_READS = 500;
const READS_MAX = 3;
/** What is read next: the metadata of the newest checkpoint, the names of leftovers (the last time at the end of the job), state. */
const READ_NEXT: readonly {
  readonly fact: FactKind;
  readonly weight: number;
  readonly nths: readonly [number, number];
}[] = [
  { fact: 'attemptFailed', weight: 30, nths: [1, 2] },
  { fact: 'sweepStarted', weight: 25, nths: [1, 3] },
  { fact: 'attemptStarting', weight: 45, nths: [2, 3] },
];

export const failedRead = defineIncident({
  kind: 'failed-read',
  title: 'reads of the object store fail',
  cause: 'throttling, an outage, a request that has timed out',
  test: ['sim/faults/incidents.test.ts', 'failed reads are the next ones, and end when faults heal'],
  finds: 'unreadable-checkpoint-is-none',
  marks: ['restore-met-failed-read'],
  fields: { reads: whole(1, READS_MAX, 'how many reads fail') },
  inject: ({ objects }, { reads }) => {
    objects.failReads(reads);
    return true;
  },
  draw: (dice, shape) => {
    if (!dice.chance(PLANS_PER_1000)) return [];
    const when = dice.chance(BEFORE_READS) ? beforeReads(dice, shape) : shape.anywhere(dice).when;
    return [{ what: { kind: 'failed-read', reads: dice.skewed(1, READS_MAX) }, when }];
  },
  cost: ({ reads }) => ({ restarts: reads }),
  words: ({ reads }) => `fail the next ${reads === 1 ? 'read' : `${reads} reads`} of the object store`,
});

function beforeReads(dice: Dice, shape: PlanShape): Trigger {
  if (shape.batch) return shape.resultsThere(dice);
  const { fact, nths } = dice.weighted(READ_NEXT);
  // What lies in the metadata no task has to read.
  if (fact === 'attemptStarting') shape.putStateIntoObjects();
  return { kind: 'fact', fact, nth: dice.between(...nths) };
}
