/**
 * A host is cut off from all others: its connections are reset and none can be made, until `forMs` later or, if that
 * comes first, the next fact `untilFact`. Its processes live on as zombies. Services (stores, broker) stay in reach.
 */
import { defineIncident, named } from './vocabulary/define.ts';
import { optionalFact, processRef, whole } from './vocabulary/fields.ts';
import { count, victim } from './vocabulary/words.ts';

const PLANS_PER_1000 = 240;
/** Of those: the machine that is cut off holds a whole attempt, so that it goes on as a zombie. */
const WHOLE_ATTEMPT = 600;
/** Of those: it comes back after a time and at no fact. */
const BY_TIME = 200;
/** Of the others: it comes back when the next attempt takes a checkpoint of its own, so that what it had to say arrives then. */
const AT_NEXT_CHECKPOINT = 700;

export const isolate = defineIncident({
  kind: 'isolate',
  title: 'a host is cut off while its processes live on',
  cause: 'a network partition around one machine',
  test: ['sim/faults/incidents.test.ts', 'an isolated host loses its connections and gets none until it heals'],
  finds: 'old-attempt-acknowledges',
  fields: {
    process: processRef(),
    forMs: whole(0, 60_000, 'milliseconds until it is reachable again'),
    untilFact: optionalFact(),
  },
  inject: (world, what, self) => {
    const host = world.hostOf(named(what.process, self));
    if (host === undefined) return false;
    const { forMs, untilFact } = what;
    return { forMs, untilFact, end: world.network.isolate(host) };
  },
  draw: (dice, shape) => {
    if (!dice.chance(PLANS_PER_1000)) return [];
    if (dice.chance(WHOLE_ATTEMPT)) shape.fitOneMachine(dice.between(2, 3));
    const instant = shape.inCheckpoint(dice);
    const { when } = instant;
    const process = shape.victim(dice, instant);
    const forMs = dice.between(50, 1_500);
    if (dice.chance(BY_TIME)) return [{ what: { kind: 'isolate', process, forMs }, when }];
    const untilFact = dice.chance(AT_NEXT_CHECKPOINT) ? 'checkpointTriggered' : shape.othersMovedOn(dice);
    return [{ what: { kind: 'isolate', process, forMs, untilFact }, when }];
  },
  words: ({ process, forMs, untilFact }) => {
    const until = untilFact === undefined ? '' : ` or until the next ${untilFact}`;
    return `cut ${victim(process)} off from the others for ${count(forMs)} ms${until}`;
  },
});
