/** Shrinking, in this process: loaded where something has failed, since fast-check comes with it. */
import type { RunPlan } from '../properties/campaign/campaign.ts';
import { type Finding, investigate, usualShrinking as shrinkingOf } from '../properties/campaign/investigate.ts';
import { DEFAULT_BUDGET, POLISH_RUNS } from '../properties/shrink/shrink.ts';
import type { Failure } from './platform.ts';
import type { Workspace } from './workspace.ts';

const NOTHING = { runs: 0, events: 0 };

/** Shrinks a failure in this process, or only writes it out. */
export function investigateHere(
  { scenarios }: Workspace,
  { scenario, signature, seed, run: number, shrinkMs, way }: Failure,
  run: RunPlan,
  shrinks = true,
): Finding | undefined {
  const until = performance.now() + shrinkMs;
  const expired = (): boolean => performance.now() > until;
  const budgets = shrinks
    ? { shrink: { ...DEFAULT_BUDGET, expired }, polish: POLISH_RUNS }
    : { shrink: NOTHING, polish: 0 };
  const shrinking = { ...shrinkingOf(scenarios.named(scenario), { seed }), budgets, way: way ?? 0 };
  return investigate(scenarios.named(scenario), { seed, run: number }, signature, run, shrinking);
}

export { superfluous } from '../properties/shrink/shrink.ts';
