/** Turns at keys that are drawn from a seed, all keys alike likely: the work that keyed states and plain maps are compared by. */
import { avalanche } from '../../sim/kernel/digest.ts';
import type { Variant } from '../variant.ts';

export interface Accesses {
  /** In one turn. */
  readonly accesses: number;
  /** One turn at a key. Returns something of what it has read, so that two can be compared. `value` >= 0. */
  turn(key: number, value: number): number;
}

const TURNS = 1_000;
/** What is compared before anything is timed: few keys, so that each comes by several times. */
const VERIFIED = { keys: 2_000, turns: 8_000 } as const;

/** The n-th key of a seed, in [0, keys). */
export function drawnKey(seed: number, n: number, keys: number): number {
  return Math.floor(((avalanche((seed ^ Math.imul(n, 0x9e3779b9)) | 0) >>> 0) * keys) / 0x1_0000_0000);
}

/** Each key once, in an order that is no order of the keys. `keys`: no multiple of 7,919. */
export function fill({ turn }: Accesses, keys: number): void {
  for (let n = 0; n < keys; n++) turn((n * 7_919) % keys, 0);
}

/** What has been read, folded. */
export function drawnTurns({ turn }: Accesses, seed: number, keys: number, turns: number): number {
  let read = 0;
  for (let n = 0; n < turns; n++) read = (Math.imul(read, 31) + turn(drawnKey(seed, n, keys), n)) | 0;
  return read;
}

/** A unit is an access, to a state that all keys are in. `make`: a state that holds nothing. `write`: what fills it, if turns only read. */
export function stateVariant(
  keys: number,
  make: () => { readonly turns: Accesses; readonly write?: Accesses },
): Variant {
  const filled = (count: number): Accesses => {
    const { turns, write = turns } = make();
    fill(write, count);
    return turns;
  };
  let timed: Accesses | undefined;
  return {
    turn: (seed) => {
      timed ??= filled(keys);
      // What is read is used, so that no compiler leaves the reads out.
      if (!Number.isInteger(drawnTurns(timed, seed, keys, TURNS))) throw new Error('nothing was read');
      return TURNS * timed.accesses;
    },
    output: (seed) => `${drawnTurns(filled(VERIFIED.keys), seed, VERIFIED.keys, VERIFIED.turns)}`,
  };
}
