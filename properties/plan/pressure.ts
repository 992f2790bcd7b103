/**
 * What makes barriers bite: a plan draws whether it is under pressure at all, and then of which kinds.
 *
 *   queues    buffers of one record, few of them, a few slow actors, and input that comes faster than they can take it:
 *             records wait where a barrier passes, so that it blocks, overtakes or times out
 *   links     channels of very different speed, so that the barriers of one checkpoint come far apart
 *   dense     the next checkpoint is due before the last one has aligned
 *   failing   checkpoints expire, or are declined because the object store refuses, while their barriers are under way
 *
 * The input of such a plan comes faster, so that a run takes about as many events as a calm one. Left out: what happens
 * at a chosen moment is an incident (`sim/faults`).
 */
import type { PlanDraws } from './draws.ts';
import type { Numbers } from './numbers.ts';

/** What the incidents of a plan are drawn for, beside its numbers. */
export interface Pressure {
  /** Barriers may overtake, or will. */
  readonly overtakes: boolean;
  /** Aligned checkpoints may turn unaligned. */
  readonly timesOut: boolean;
  /** Checkpoints are aborted by themselves. */
  readonly fails: boolean;
}

/** Plans per 1000 with no pressure; of the others those with each kind. */
const CALM_PLANS = 250;
const QUEUES = 550;
const QUEUES_OVERTAKING = 850;
const LINKS = 300;
const DENSE = 400;
const FAILING = 380;

export function drawPressure(draws: PlanDraws, numbers: Numbers, longest: number): Pressure {
  const discipline = numbers.of('discipline');
  const overtakes = discipline === 1 || discipline === 2;
  // Knobs that have no meaning in this discipline would only be noise in the plan.
  if (discipline !== 2) numbers.forget('alignedTimeoutMs');
  if (overtakes) numbers.forget('maxConcurrentCheckpoints');
  if (!draws.chance(CALM_PLANS)) {
    const queues = draws.chance(overtakes ? QUEUES_OVERTAKING : QUEUES);
    if (queues) drawQueues(draws, numbers, longest);
    if (draws.chance(LINKS)) drawLinks(draws, numbers);
    if (draws.chance(DENSE)) drawDense(draws, numbers, longest);
    if (draws.chance(FAILING)) drawFailing(draws, numbers);
  }
  return { overtakes, timesOut: discipline === 2, fails: drawTolerance(draws, numbers) };
}

/** Checkpoints that fall into a run whose input has become faster: about as many as into a calm one. */
const QUEUES_CHECKPOINTS = [4, 8] as const;

function drawQueues(draws: PlanDraws, numbers: Numbers, longest: number): void {
  numbers.set('bufferRecords', draws.chance(800) ? 1 : draws.between(2, 4));
  numbers.set('credits', draws.between(1, 2));
  numbers.set('outputBuffersMax', draws.between(1, 3));
  numbers.set('slowActorPer1000', draws.between(100, 350));
  numbers.set('slowFactor', draws.between(8, 20));
  numbers.set('stepCostUs', draws.between(100, 300));
  faster(numbers, draws.between(3, 8));
  const interval = Math.ceil(lengthMs(numbers, longest) / draws.between(...QUEUES_CHECKPOINTS));
  if (interval < numbers.of('checkpointIntervalMs')) numbers.set('checkpointIntervalMs', interval);
}

function drawLinks(draws: PlanDraws, numbers: Numbers): void {
  numbers.set('taskManagers', draws.between(2, 3));
  numbers.set('bufferRecords', draws.between(1, 3));
  numbers.set('credits', draws.between(1, 3));
  numbers.set('slowLinkPer1000', draws.between(100, 500));
  numbers.set('slowLinkUs', draws.between(1, 12) * 1_000);
}

/** Checkpoints that a run of the given length is meant for; those of a few milliseconds are among them. */
const DENSE_CHECKPOINTS = [15, 40] as const;
export const INTERVAL_MS_LEAST = 2;

/** Shorter than an alignment takes, in a run that is short enough to bear so many. */
function drawDense(draws: PlanDraws, numbers: Numbers, longest: number): void {
  if (numbers.of('slowActorPer1000') === 0) faster(numbers, draws.between(3, 6));
  const interval = Math.ceil(lengthMs(numbers, longest) / draws.between(...DENSE_CHECKPOINTS));
  numbers.set('checkpointIntervalMs', Math.max(INTERVAL_MS_LEAST, interval));
  if (numbers.of('discipline') % 3 === 0) numbers.set('maxConcurrentCheckpoints', draws.between(1, 4));
  numbers.forget('minPauseMs');
}

/**
 * A timeout must be such that a checkpoint without backlog succeeds, so what makes it expire is a backlog at which
 * barriers wait, or an upload that stalls.
 */
function drawFailing(draws: PlanDraws, numbers: Numbers): void {
  if (draws.chance(700)) {
    numbers.set('checkpointTimeoutMs', draws.between(10, 120));
    if (numbers.has('slowFactor') && numbers.of('discipline') % 3 === 0) {
      numbers.set('bufferRecords', draws.between(4, 16));
      numbers.set('credits', draws.between(2, 4));
      faster(numbers, 2);
    }
    if (draws.chance(700)) {
      numbers.set('objectStoreStallPer1000', draws.between(15, 90));
      numbers.set('objectStoreStallMs', draws.between(50, 1_000));
    }
  }
  if (draws.chance(400)) numbers.set('objectStoreRefusedPer1000', draws.between(5, 60));
  if (numbers.of('discipline') % 3 === 0 && draws.chance(500))
    numbers.set('maxConcurrentCheckpoints', draws.between(2, 4));
}

/** Share of the plans whose checkpoints fail: those in which the job hardly survives it. */
const INTOLERANT = 230;
export const TOLERANT = 10_000;

/**
 * Mostly a failed checkpoint must not restart the job, or few would be found under way when the next one begins. A job
 * that is intolerant cannot also be one whose checkpoints expire because it is slow: it would never get anywhere.
 */
function drawTolerance(draws: PlanDraws, numbers: Numbers): boolean {
  const expires = numbers.has('checkpointTimeoutMs');
  const refuses = numbers.of('objectStoreRefusedPer1000') > 0 || numbers.of('objectStoreStallPer1000') > 0;
  if (!expires && !refuses) return false;
  if (!draws.chance(INTOLERANT)) numbers.set('tolerableFailures', TOLERANT);
  else {
    numbers.set('tolerableFailures', draws.between(0, 2));
    numbers.forget('checkpointTimeoutMs');
  }
  return true;
}

// ---- small things

/** Steps of a slow task for one record and what comes with it. */
const STEPS_PER_RECORD = 3;

/** How long the records of a plan take, roughly: to become visible, or to be processed where that takes longer. */
export function lengthMs(numbers: Numbers, longest: number): number {
  return Math.max((longest * numbers.of('recordIntervalUs')) / 1_000, drainMs(numbers, longest));
}

/** How long the slowest task takes for its share of the longest partition, roughly. */
function drainMs(numbers: Numbers, longest: number): number {
  const slow = numbers.of('slowActorPer1000') > 0 ? numbers.of('slowFactor') : 1;
  return (longest * STEPS_PER_RECORD * numbers.of('stepCostUs') * slow) / 1_000 / numbers.of('parallelism');
}

function faster(numbers: Numbers, times: number): void {
  numbers.set('recordIntervalUs', Math.ceil(numbers.of('recordIntervalUs') / times));
}
