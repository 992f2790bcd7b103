/** Shrinking, in this process: loaded where something has failed, since fast-check comes with it. */
import type { RunPlan } from '../properties/campaign/campaign.ts';
import { type Finding, investigate, usualShrinking as shrinkingOf } from '../properties/campaign/investigate.ts';
import { DEFAULT_BUDGET, POLISH_RUNS } from '../properties/shrink/shrink.ts';
import type { Failure } from './platform.ts';
import type { Workspace } from './workspace.ts';

const NOTHING = { runs: 0, events: 0 };

/**
 * So many runs as long as that of the best plan are left over at the end: for the candidate that is under way then, and for the
 * closing run, which goes on behind the violation.
 */
const RESERVE_RUNS = 3;

export interface ShrinkingHere {
  /** Milliseconds, for tests. Default: since this process was started. */
  readonly now?: () => number;
  /** By that clock: it should be done then. Default: from now on, as long as the failure says. */
  readonly until?: number;
  /** Hears of each plan that is smaller than all before it: see `Shrinking`. */
  readonly improved?: (finding: Finding) => void;
}

/** Shrinks a failure in this process. */
export function investigateHere(
  { scenarios }: Workspace,
  { scenario: id, signature, seed, run: number, shrinkMs, way = 0 }: Failure,
  run: RunPlan,
  { now = () => performance.now(), until = now() + shrinkMs, improved = () => undefined }: ShrinkingHere = {},
): Finding | undefined {
  const scenario = scenarios.named(id);
  let lastMs = 0;
  let bestMs = 0;
  const timed: RunPlan = (of, plan, detail) => {
    const begun = now();
    const outcome = run(of, plan, detail);
    lastMs = now() - begun;
    return outcome;
  };
  const expired = (): boolean => now() + RESERVE_RUNS * bestMs > until;
  return investigate(scenario, { seed, run: number }, signature, timed, {
    ...shrinkingOf(scenario, { seed }),
    budgets: { shrink: { ...DEFAULT_BUDGET, expired }, polish: POLISH_RUNS },
    way,
    improved: (finding) => {
      bestMs = lastMs;
      improved(finding);
    },
  });
}

/** Runs again, and tells, what another process had found when it ended: no candidate is tried, one of them may have ended it. */
export function writeOutHere(
  { scenarios }: Workspace,
  { scenario: id, signature, seed, run: number }: Failure,
  run: RunPlan,
  best: Finding | undefined,
): Finding | undefined {
  const scenario = scenarios.named(id);
  const found = investigate(scenario, { seed, run: number }, signature, run, {
    ...shrinkingOf(scenario, { seed }),
    budgets: { shrink: NOTHING, polish: 0 },
    ...(best === undefined ? {} : { plan: best.kase.plan }),
  });
  if (found === undefined || best === undefined) return found;
  const { from, runs } = best.kase.shrunk;
  return { ...found, kase: { ...found.kase, shrunk: { ...found.kase.shrunk, from, runs } } };
}

export { superfluous } from '../properties/shrink/shrink.ts';
