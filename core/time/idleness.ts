/**
 * When a split is idle (SEMANTICS V2, V9; Flink: `WatermarksWithIdleness`). The reader looks at its splits from time to time:
 *
 *     look    0    10    20    30    40    50        timeout 25
 *     active  x                      x               the split had something to read since the last look
 *     idle?   no   no    no    no    no    no        at 10 the clock starts; at 30 it has run 20, at 40 the split was active
 *
 * Only a split that has been quiet at each look for longer than the timeout is idle. Where the reader was held up at a look, the time
 * since the one before it does not count (Flink: `PausableRelativeClock`).
 */
import type { WatermarkSpec } from '../job/spec.ts';

/** How often a reader looks at its splits, in milliseconds; 0: never. Without a period of the generator at half the timeout (*ours*). */
export function lookPeriodMs({ generator, idleTimeoutMs }: WatermarkSpec): number {
  if ('periodMs' in generator && generator.periodMs > 0) return generator.periodMs;
  return idleTimeoutMs === undefined ? 0 : Math.max(1, Math.floor(idleTimeoutMs / 2));
}

export class IdleTimer {
  readonly #timeoutMs: number;
  #active = false;
  /** Since when it has been quiet, by the monotonic clock. */
  #sinceMs: number | undefined;
  #lookedMs = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** The split has something to read. */
  activity(): void {
    this.#active = true;
  }

  /** A look, at this time of the monotonic clock. `heldUp`: the split cannot be read, for a reason that is not its own. */
  isIdle(nowMs: number, heldUp = false): boolean {
    const sinceLookMs = nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    if (this.#active) {
      this.#active = false;
      this.#sinceMs = undefined;
      return false;
    }
    if (this.#sinceMs === undefined) this.#sinceMs = nowMs;
    else if (heldUp) this.#sinceMs += sinceLookMs;
    return nowMs - this.#sinceMs > this.#timeoutMs;
  }
}
