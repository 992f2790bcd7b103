/** One thing to time against others. It lives in a process of its own, so that its code is compiled for it alone. */
export interface Variant {
  /** Does the work of a seed and returns how many units it was. Another seed for each turn: a repeated one is learnt by the branch predictor. */
  turn(seed: number): number | Promise<number>;
  /** What all variants of a comparison must produce for a seed. */
  output(seed: number): string | Promise<string>;
}

/** What the parent asks a variant's process, and what it answers. */
export type Request =
  | { readonly kind: 'verify'; readonly seeds: readonly number[] }
  /** Turns from this seed on: at least so many, for at least so long. */
  | { readonly kind: 'slice'; readonly seed: number; readonly ms: number; readonly turns: number };
export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'verified'; readonly outputs: readonly string[] }
  | { readonly kind: 'sliced'; readonly nsPerUnit: number };
