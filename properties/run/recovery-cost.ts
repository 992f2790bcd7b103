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
  readonly progress?: (interval: RecoveryCostRow['interval']) => void;
}

export interface RecoveryCostRow {
  /** `none`: the last checkpoint only. */
  readonly interval: number | 'none' | 'batch';
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
  const measure = new Measure(run, scenario, options);
  const none = measure.of('none', { checkpointIntervalMs: 0 });
  const rows = [none];
  const intervals = options.intervalsMs ?? SHARES.map((share) => Math.max(1, Math.round(none.ms * share)));
  for (const interval of new Set(intervals))
    rows.push(measure.of(interval, { checkpointIntervalMs: interval }, none.ms));
  if (scenario.has?.includes('batch') === true) rows.push(measure.of('batch', { executionMode: 1 }, none.ms));
  return { records: measure.records, kills: options.kills, rows };
}

interface Measured {
  readonly ms: number;
  readonly checkpoints: number;
  /** Records that sources and operators have taken. */
  readonly taken: number;
}

class Measure {
  readonly #runPlan: RunPlan;
  readonly #scenario: Scenario;
  readonly #options: RecoveryCostOptions;
  records = 0;

  constructor(run: RunPlan, scenario: Scenario, options: RecoveryCostOptions) {
    this.#runPlan = run;
    this.#scenario = scenario;
    this.#options = options;
  }

  /** `noneMs`: without checkpoints. */
  of(interval: RecoveryCostRow['interval'], config: Plan['config'], noneMs?: number): RecoveryCostRow {
    const { kills, progress } = this.#options;
    const calm = this.#run(interval, config, []);
    const failed = Array.from({ length: kills }, (_, i) => {
      const ms = Math.max(1, Math.round((calm.ms * (i + 0.5)) / kills));
      return this.#run(interval, config, [
        { what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: RESTART_MS }, when: { kind: 'time', ms } },
      ]);
    });
    progress?.(interval);
    const recoveries = failed.map(({ ms }) => ms - calm.ms);
    const base = noneMs ?? calm.ms;
    const recoveryMs = mean(recoveries);
    return {
      interval,
      checkpoints: calm.checkpoints,
      ms: calm.ms,
      overheadPer1000: Math.round((1_000 * (calm.ms - base)) / base),
      again: Math.round(mean(failed.map(({ taken }) => taken - calm.taken))),
      recoveryMs,
      worstRecoveryMs: Math.max(...recoveries),
      withOneFailurePer1000: Math.round((1_000 * (calm.ms + recoveryMs - base)) / base),
    };
  }

  #run(interval: RecoveryCostRow['interval'], config: Plan['config'], incidents: readonly Incident[]): Measured {
    const { seed, records } = this.#options;
    const plan: Plan = {
      scenario: this.#scenario.id,
      config: { recordIntervalUs: 0, stepCostUs: STEP_COST_US, ...config },
      workload: { kind: 'generated', seed, count: records },
      incidents,
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
    const { verdict, violations, reason, counters } = this.#runPlan(this.#scenario, plan, {
      laws: false,
      listeners: [counts],
    });
    if (verdict !== 'pass')
      throw new NoRecovery(
        `${this.#scenario.id}, interval ${interval}${incidents.length === 0 ? '' : ', with a failure'}: ${violations[0]?.message ?? reason ?? verdict}`,
      );
    if (incidents.length === 0) this.records = read;
    return { ms: counters.virtualUs / 1_000, checkpoints: counters.checkpointsCompleted, taken: read + processed };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
