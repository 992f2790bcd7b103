/**
 * Records and state values are immutable once handed over (DESIGN D15). They are frozen, so that a job that changes one gets an
 * error at the very line that does, instead of a snapshot that changes after the fact. What user code gives is frozen while it is
 * checked (`taker.ts`); this is for what is fresh from bytes.
 */

/** Freezes plain objects and arrays, all the way down. What is frozen already is left alone. */
export function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  // The content of bytes cannot be frozen.
  if (ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
}
