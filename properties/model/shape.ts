/** Values by their declared shape: what is not an array or an object where one is declared is named, not guessed. */

export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error('a value of a list or tuple type has to be an array');
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw new Error('a value of a record type has to be an object');
}
