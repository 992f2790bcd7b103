/**
 * Random numbers for making plans: counter-based, as the kernel's draws are, so that a purpose's draws depend on the
 * seed and on their count only, and a further draw for one purpose leaves the others as they were.
 */
import seedrandom from 'seedrandom';
import type { Dice } from '../../sim/faults/vocabulary/draw.ts';
import { avalanche, hashText } from '../../sim/kernel/digest.ts';

const GOLDEN = 0x9e3779b9;

export type PlanDraws = Dice;

/** `draws('incidents')`: the stream of a purpose. The key is made once from the seed. */
export function planDraws(seed: string): (purpose: string) => PlanDraws {
  const generator = seedrandom.tychei(`plan/${seed}`);
  const high = generator.int32();
  const low = generator.int32();
  return (purpose) => new CountedDraws(avalanche(low ^ hashText(purpose, 1)), avalanche(high ^ hashText(purpose, 2)));
}

class CountedDraws implements PlanDraws {
  readonly #a: number;
  readonly #b: number;
  #count = 0;

  constructor(a: number, b: number) {
    this.#a = a;
    this.#b = b;
  }

  below(n: number): number {
    const x = avalanche((this.#a + Math.imul(this.#count++, GOLDEN)) | 0);
    return Math.floor(((avalanche(x ^ this.#b) >>> 0) * n) / 0x1_0000_0000);
  }

  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  skewed(min: number, max: number): number {
    let width = max - min + 1;
    const halvings = this.below(32 - Math.clz32(width));
    width = Math.max(1, width >>> halvings);
    return min + this.below(width);
  }

  chance(per1000: number): boolean {
    return this.below(1000) < per1000;
  }

  weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    let left = this.below(list.reduce((sum, { weight }) => sum + weight, 0));
    for (const item of list) {
      left -= item.weight;
      if (left < 0) return item;
    }
    throw new RangeError('a weighted draw needs at least one item with a weight');
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}
