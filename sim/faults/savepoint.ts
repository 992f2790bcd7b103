/** A savepoint is taken while the job runs, and the job goes on. An operation, not a fault. */
import { defineIncident } from './vocabulary/define.ts';

const PLANS_PER_1000 = 170;
/** Per 1000 plans with a savepoint: those with a second one. */
const SECOND = 400;

export const savepoint = defineIncident({
  kind: 'savepoint',
  title: 'a savepoint of the running job',
  cause: 'an operator, before an upgrade or for a copy of the job',
  test: ['sim/faults/incidents.test.ts', 'a savepoint and a stop reach the operator of the job'],
  finds: 'savepoint-commits',
  fields: {},
  inject: (world) =>
    world.operate((operator) => {
      operator.savepoint('savepoint');
    }),
  draw: (dice, shape) => {
    if (shape.batch || !dice.chance(PLANS_PER_1000)) return [];
    const times = dice.chance(SECOND) ? 2 : 1;
    return Array.from({ length: times }, () => ({
      what: { kind: 'savepoint' as const },
      when: shape.anywhere(dice).when,
    }));
  },
  words: () => 'take a savepoint',
});
