/**
 * A structural 32-bit hash of JSON-like values: finds the twin of a value without building texts.
 */
import { scramble } from '../witness/scramble.ts';

/** Equal values (`sameValue`) have equal hashes; the order of a record's fields does not matter. */
export function hashOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return hashText(value);
    case 'number':
      return (
        scramble(value | 0) ^
        scramble((value / 4294967296) | 0) ^
        (Number.isInteger(value) ? 0 : hashText(String(value)))
      );
    case 'bigint':
      return hashText(String(value));
    case 'boolean':
      return value ? 1231 : 1237;
    case 'object':
      if (value === null) return 17;
      return Array.isArray(value) ? hashItems(value) : hashFields(value);
    default:
      return 19;
  }
}

function hashText(text: string): number {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return scramble(hash);
}
function hashItems(items: readonly unknown[]): number {
  let hash = items.length;
  for (const item of items) hash = (Math.imul(hash, 31) + hashOf(item)) | 0;
  return scramble(hash);
}
function hashFields(value: object): number {
  let hash = 23;
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields))
    hash = (hash + scramble(hashText(name) ^ Math.imul(hashOf(fields[name]), 31))) | 0;
  return hash;
}
