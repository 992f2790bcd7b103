/** All connections between a host and the others are reset; both ends are notified, and both live on. */
import { defineIncident, named } from './vocabulary/define.ts';
import { processRef } from './vocabulary/fields.ts';
import { victim } from './vocabulary/words.ts';

const PLANS_PER_1000 = 150;

export const resetConnections = defineIncident({
  kind: 'reset-connections',
  title: 'all connections of a host are reset',
  cause: 'a switch or a NAT table restarts',
  test: ['sim/faults/incidents.test.ts', 'a reset closes the connections of the host at both ends'],
  fields: { process: processRef() },
  inject: (world, what, self) => {
    const host = world.hostOf(named(what.process, self));
    if (host === undefined) return false;
    world.network.resetHost(host);
    return true;
  },
  draw: (dice, shape) => {
    if (!dice.chance(PLANS_PER_1000)) return [];
    const instant = shape.anywhere(dice);
    return [{ what: { kind: 'reset-connections', process: shape.victim(dice, instant) }, when: instant.when }];
  },
  words: ({ process }) => `reset the connections of ${victim(process)}`,
});
