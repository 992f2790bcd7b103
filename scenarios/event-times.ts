/**
 * Event times at which event time decides, for the generators of all scenarios. Times drawn at large hardly ever meet a
 * boundary (in 300 runs: never), so that `<` in the place of `<=` stays unseen. With windows of `sizeMs` from `offsetMs` on, a
 * watermark that is `delayMs` behind the newest record, and an allowed lateness, a record of
 *
 *     end + delay             brings the watermark to end - 1: the window fires
 *     end + delay + 1         brings it to end itself
 *     end + lateness + delay  brings it to the clean-up time
 *     watermark - lateness    is late, one millisecond more is not
 *
 * so these, one less and one more are drawn on purpose.
 */
import type { PlanDraws } from '../properties/plan/draws.ts';

export interface Boundaries {
  /** Windows, or ticks, end at the multiples of this, >= 1. */
  readonly sizeMs: number;
  readonly offsetMs?: number;
  /** How far the watermark is behind the newest record. */
  readonly delayMs: number;
  readonly latenessMs: number;
}

/** A time at a boundary near `time`: the end of its window, perhaps plus or minus the delay and the lateness, and -1, 0 or 1. */
export function boundaryNear(
  time: number,
  { sizeMs, offsetMs = 0, delayMs, latenessMs }: Boundaries,
  dice: PlanDraws,
): number {
  const end = (Math.floor((time - offsetMs) / sizeMs) + 1) * sizeMs + offsetMs;
  const shift = dice.pick([0, 0, 0, delayMs, delayMs, latenessMs, delayMs + latenessMs, -delayMs, -latenessMs]);
  return end + shift + dice.between(-1, 1);
}

/**
 * `time`, or in so many cases of 1000 a boundary near it. One of several splits has times of its own, so the watermark that
 * meets a boundary is mostly that of the slowest.
 */
export function timeOrBoundary(time: number, per1000: number, boundaries: Boundaries, dice: PlanDraws): number {
  return dice.chance(per1000) ? boundaryNear(time, boundaries, dice) : time;
}
