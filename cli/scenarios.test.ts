import { expect, it } from 'vitest';
import { cycleOf } from '../properties/campaign/campaign.ts';
import { campaignOf, scenariosOf } from './scenarios.ts';

it('a scenario has as many runs of a cycle as its weight says, 1 where it says none', () => {
  const { all } = scenariosOf({ kind: 'built-in' });
  const [first, second] = all;
  if (first === undefined || second === undefined) throw new Error('no scenarios');
  const { weight: _, ...light } = second;
  expect([...cycleOf(campaignOf([{ ...first, weight: 3 }, light], 's').shares)].sort()).toEqual(
    [first.id, first.id, first.id, second.id].sort(),
  );
});
