/**
 * Watermark floors of a keyed subtask (SEMANTICS W1 to W5): what keeps event time from falling behind a restore.
 *
 * `w` is the subtask's watermark in this attempt, `floor[g]` what the snapshot held for key group g, and every reader
 * with a key of g current sees `eff(g) = max(w, floor[g])`. Example, groups 4 to 6 restored from two old owners:
 *
 *     floor      4: 100   5: 100   6: 70
 *     advance(60)   no group is eligible (all floors >= 60); forwards max(60, 70) = 70
 *     advance(90)   group 6 fires;                         forwards 90
 *     advance(120)  all three fire;                        forwards 120
 *
 * Left out: firing itself (the task polls the timers of the eligible groups) and W6 to W8.
 */
import { MIN_TIMESTAMP } from '../job/functions.ts';
import type { Timestamp } from '../job/functions.ts';
import { assert, EngineBug } from '../errors.ts';
import type { KeyGroupRange } from '../graph/key-groups.ts';

/** Key groups, inclusive, with the same floor. */
export interface FloorRange extends KeyGroupRange {
  readonly floor: Timestamp;
}

export interface FloorAdvance {
  /** Whether the effective watermark of an owned key group rose (W4): only then do its timers fire. */
  readonly eligible: (keyGroup: number) => boolean;
  /** What to forward once the timers have fired (W5); undefined if it did not rise. */
  readonly forward: Timestamp | undefined;
}

export class Floors {
  readonly #range: KeyGroupRange;
  readonly #floors: Float64Array;
  #watermark: Timestamp = MIN_TIMESTAMP;
  #forwarded: Timestamp = MIN_TIMESTAMP;
  /** Least floor, once somebody asked: floors do not change after the restore. */
  #least: Timestamp | undefined;
  readonly #eligible = (keyGroup: number): boolean => this.#floorOf(keyGroup) < this.#watermark;

  constructor(range: KeyGroupRange) {
    this.#range = range;
    this.#floors = new Float64Array(range.end - range.start + 1).fill(MIN_TIMESTAMP);
  }

  /** Before the first `advance`, once per restored key group, with its floor as stored (W3). */
  restore(keyGroup: number, floor: Timestamp): void {
    assert(this.#watermark === MIN_TIMESTAMP, () => `floor of key group ${keyGroup} restored after the watermark rose`);
    this.#floorOf(keyGroup);
    this.#floors[keyGroup - this.#range.start] = floor;
    this.#least = undefined;
  }

  /** `eff(g)` (W1). Throws `EngineBug` for a key group that the subtask does not own. */
  effective(keyGroup: number): Timestamp {
    return Math.max(this.#watermark, this.#floorOf(keyGroup));
  }

  /** `eff(g)` of all key groups (W2): as few ranges as possible, in order. */
  effectiveRanges(): readonly FloorRange[] {
    const ranges: FloorRange[] = [];
    let { start } = this.#range;
    for (let end = start; end <= this.#range.end; end++) {
      const floor = this.effective(end);
      if (end < this.#range.end && this.effective(end + 1) === floor) continue;
      ranges.push({ start, end, floor });
      start = end + 1;
    }
    return ranges;
  }

  /** The subtask's watermark rises to `w`; from here on `effective` sees it, so call it before the timers fire. */
  advance(w: Timestamp): FloorAdvance {
    assert(w > this.#watermark, () => `watermark ${w} does not rise above ${this.#watermark}`);
    this.#watermark = w;
    const forward = Math.max(w, this.#leastFloor());
    if (forward <= this.#forwarded) return { eligible: this.#eligible, forward: undefined };
    this.#forwarded = forward;
    return { eligible: this.#eligible, forward };
  }

  #floorOf(keyGroup: number): Timestamp {
    const floor = this.#floors[keyGroup - this.#range.start];
    if (floor === undefined) {
      throw new EngineBug(
        `key group ${keyGroup} is outside the subtask's range ${this.#range.start}-${this.#range.end}`,
      );
    }
    return floor;
  }

  #leastFloor(): Timestamp {
    this.#least ??= this.#floors.reduce((a, b) => Math.min(a, b));
    return this.#least;
  }
}
