/**
 * Seeds of tiny plans. A plan follows from its seed alone, so that any run can be had again by it; so a seed says whether its
 * plan is tiny. Nobody writes such a seed by accident.
 */
const TINY = /^tiny-[0-9a-f]{16}$/;

export function isTiny(seed: string): boolean {
  return TINY.test(seed);
}

/** `seed`: 16 hex digits. */
export function tinySeed(seed: string): string {
  return `tiny-${seed}`;
}
