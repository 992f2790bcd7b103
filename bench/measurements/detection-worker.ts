/**
 * Hunts a planted bug as a campaign over all scenarios does, seed by seed, until the first run that fails. Bundled together
 * with an edited engine (`edited-engine.ts`) and run as a process of its own.
 */
import { firstFailure } from '../../cli/first-failure.ts';
import { scenariosOf } from '../../cli/scenarios.ts';

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
  const found = firstFailure(scenarios, seed, runsMax);
  return { runs: found && found.run + 1, seconds: (performance.now() - started) / 1_000 };
}
