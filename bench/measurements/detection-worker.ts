/**
 * Hunts a planted bug as a campaign over all scenarios does, seed by seed, until the first run that fails. Bundled together
 * with an edited engine (`edited-engine.ts`) and run as a process of its own.
 */
import { runBlock } from '../../properties/campaign/campaign.ts';
import { run } from '../../properties/run/run.ts';
import { campaignOf, scenariosOf } from '../../cli/scenarios.ts';

export interface DetectionRequest {
  readonly seeds: readonly string[];
  /** No hunt takes more. */
  readonly runsMax: number;
}
/** Of one seed. */
export interface Detection {
  /** Until the first run that fails, that one included; undefined: none did. */
  readonly runs: number | undefined;
  readonly seconds: number;
}

const scenarios = scenariosOf({ kind: 'built-in' });

process.on('message', ({ seeds, runsMax }: DetectionRequest) => {
  process.send?.(
    seeds.map((seed) => detected(seed, runsMax)),
    () => process.disconnect(),
  );
});

function detected(seed: string, runsMax: number): Detection {
  const started = performance.now();
  const runs = runsUntilFailure(seed, runsMax);
  return { runs, seconds: (performance.now() - started) / 1_000 };
}

function runsUntilFailure(seed: string, runsMax: number): number | undefined {
  const campaign = { ...campaignOf(scenarios.all, seed), repeatEvery: 0, relateEvery: 0 };
  for (let from = 0; from < runsMax; from++) {
    const [row] = runBlock(campaign, { from, to: from + 1 }, (id) => scenarios.named(id), run);
    if (row?.verdict === 'fail') return row.run + 1;
  }
  return undefined;
}
