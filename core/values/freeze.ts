/**
 * Records and state values are immutable once handed over (DESIGN D15). They are frozen, so that a job that changes one gets an
 * error at the very line that does, instead of a snapshot that changes after the fact. What user code gives is frozen while it is
 * checked (`taker.ts`); this is for what is fresh from bytes.
 */

/** Freezes plain objects and arrays, all the way down. What is frozen already is left alone. */
export function deepFreeze(value: unknown): void {
  if (!isObject(value) || Object.isFrozen(value)) return;
  // The content of bytes cannot be frozen.
  if (ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  if (Array.isArray(value)) {
    // It may have more than its elements.
    for (const part of Object.values<unknown>(value)) deepFreeze(part);
    return;
  }
  // eslint-disable-next-line no-restricted-syntax -- the order is of no matter, and a list of the values would be made for each object
  for (const name in value) if (Object.hasOwn(value, name)) deepFreeze(value[name]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
