/**
 * What a failure costs beside what the checkpoints against it cost, all in virtual time: the same records once without a failure
 * and once with a task manager killed at each of several moments, for several checkpoint intervals, and in batch.
 *
 *     overhead   how much longer a run without a failure takes than without any checkpoint but the last
 *     recovery   how much later it ends because of one failure: detection, restart, restore, records read again
 *     again      records that operators and sources take once more
 *
 * All records are there from the start, so that a job is as fast as it can be: where it waits for its input, checkpoints are free.
 * Steps cost time, all faults but the kill are off. Laws are not asked: what they say of such plans a campaign says.
 */
import type { Probe } from '../../core/facts.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import type { RunOptions, RunResult } from './run.ts';

/** Virtual time of a step of a task, beside what the services take. */
const STEP_COST_US = 50;
/** The killed process comes back after this. */
const RESTART_MS = 10;
/** Of the run without checkpoints: the default intervals. */
const SHARES = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2];

/** Runs a plan, as `run` does. */
export type RunPlan = (scenario: Scenario, plan: Plan, options: RunOptions) => RunResult;

export interface RecoveryCostOptions {
  readonly seed: string;
  /** Wished for; a real input has what it has. */
  readonly records: number;
  /** Whole milliseconds >= 1, of virtual time. Default: shares of the run from 1/32 to 1/2. */
  readonly intervalsMs?: readonly number[];
  /** Failures that are tried, one a run, evenly over its length; >= 1. */
  readonly kills: number;
  /** Is told after each interval. */
  readonly progress?: (interval: Interval) => void;
}

/** Milliseconds between checkpoints; `none`: the last checkpoint only. */
export type Interval = number | 'none' | 'batch';

export interface RecoveryCostRow {
  readonly interval: Interval;
  /** Of the run without a failure. */
  readonly checkpoints: number;
  readonly ms: number;
  /** In thousandths of the run without checkpoints; below 0 it is faster. */
  readonly overheadPer1000: number;
  /** Records that are taken again after a failure, on average. */
  readonly again: number;
  readonly recoveryMs: number;
  readonly worstRecoveryMs: number;
  /** Of overhead and recovery together, if there is one failure a run; in thousandths of the run without checkpoints. */
  readonly withOneFailurePer1000: number;
}

export interface RecoveryCosts {
  /** Of all sources, without a failure. */
  readonly records: number;
  readonly kills: number;
  readonly rows: readonly RecoveryCostRow[];
}

/** A run did not end as it should: a campaign over the scenario says why. */
export class NoRecovery extends Error {
  override readonly name = 'NoRecovery';
}

/**
 * Deterministic: the same options, the same figures, on any machine. A bounded scenario; batch is tried where it can run so.
 *
 * @throws NoRecovery for a job that does not come to its end.
 */
export function recoveryCosts(run: RunPlan, scenario: Scenario, options: RecoveryCostOptions): RecoveryCosts {
  const { kills, intervalsMs, progress } = options;
  const measured = (interval: Interval, killMs?: number): Measured => measure(run, scenario, options, interval, killMs);
  const none = measured('none');
  const row = (interval: Interval): RecoveryCostRow => {
    const calm = interval === 'none' ? none : measured(interval);
    const failed = Array.from({ length: kills }, (_, i) =>
      measured(interval, Math.max(1, Math.round((calm.ms * (i + 0.5)) / kills))),
    );
    progress?.(interval);
    const recoveries = failed.map(({ ms }) => ms - calm.ms);
    const recoveryMs = mean(recoveries);
    const per1000 = (ms: number): number => Math.round((1_000 * (ms - none.ms)) / none.ms);
    return {
      interval,
      checkpoints: calm.checkpoints,
      ms: calm.ms,
      overheadPer1000: per1000(calm.ms),
      again: Math.round(mean(failed.map(({ taken }) => taken - calm.taken))),
      recoveryMs,
      worstRecoveryMs: Math.max(...recoveries),
      withOneFailurePer1000: per1000(calm.ms + recoveryMs),
    };
  };
  const between = intervalsMs ?? SHARES.map((share) => Math.max(1, Math.round(none.ms * share)));
  const intervals: readonly Interval[] = ['none', ...new Set(between)];
  const modes: readonly Interval[] = scenario.has?.includes('batch') === true ? [...intervals, 'batch'] : intervals;
  return { records: none.read, kills, rows: modes.map(row) };
}

interface Measured {
  readonly ms: number;
  readonly checkpoints: number;
  /** Records that sources have read. */
  readonly read: number;
  /** Records that sources and operators have taken. */
  readonly taken: number;
}

/** `killMs`: when a task manager is killed; undefined: never. */
function measure(
  run: RunPlan,
  scenario: Scenario,
  { seed, records }: RecoveryCostOptions,
  interval: Interval,
  killMs: number | undefined,
): Measured {
  const plan: Plan = {
    scenario: scenario.id,
    config: { recordIntervalUs: 0, stepCostUs: STEP_COST_US, ...configAt(interval) },
    workload: { kind: 'generated', seed, count: records },
    incidents: killMs === undefined ? [] : [killAt(killMs)],
    choices: { seed },
  };
  let [read, processed] = [0, 0];
  const counts: Probe = {
    sourceRecord: () => {
      read++;
    },
    recordProcessed: () => {
      processed++;
    },
  };
  const { verdict, violations, reason, counters } = run(scenario, plan, { laws: false, listeners: [counts] });
  if (verdict !== 'pass') {
    const when = killMs === undefined ? '' : ', with a failure';
    const why = violations[0]?.message ?? reason ?? verdict;
    throw new NoRecovery(`${scenario.id}, interval ${interval}${when}: ${why}`);
  }
  const { virtualUs, checkpointsCompleted: checkpoints } = counters;
  return { ms: virtualUs / 1_000, checkpoints, read, taken: read + processed };
}

function configAt(interval: Interval): Plan['config'] {
  if (interval === 'batch') return { executionMode: 1 };
  return { checkpointIntervalMs: interval === 'none' ? 0 : interval };
}

function killAt(ms: number): Incident {
  const what = { kind: 'kill', process: 'taskmanager-1', restartAfterMs: RESTART_MS } as const;
  return { what, when: { kind: 'time', ms } };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
