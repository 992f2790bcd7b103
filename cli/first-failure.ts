/** The default campaign until its first failing run: how a planted bug is hunted, by the zoo and by the bench. */
import { runBlock, type RunRow } from '../properties/campaign/campaign.ts';
import { run } from '../properties/run/run.ts';
import { campaignOf, type Scenarios } from './scenarios.ts';

/** Undefined: none of so many runs fails. Nothing is run twice, or compared. */
export function firstFailure(scenarios: Scenarios, seed: string, runs: number): RunRow | undefined {
  const campaign = { ...campaignOf(scenarios.all, seed), repeatEvery: 0, relateEvery: 0 };
  for (let from = 0; from < runs; from++) {
    const [row] = runBlock(campaign, { from, to: from + 1 }, (id) => scenarios.named(id), run);
    if (row?.verdict === 'fail') return row;
  }
  return undefined;
}
