/**
 * A value that is not of its declared type: the signal that a codec throws, and the words for the value. The signal
 * carries nothing; who catches it asks the codec's `check` for place and reason, so that writing costs nothing extra.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
}

const MAX_SHOWN = 40;

/** A value in a few words: `3.5`, `"abc"`, `a list of 2`, `an object`. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'string':
      return value.length > MAX_SHOWN ? `${JSON.stringify(value.slice(0, MAX_SHOWN))}...` : JSON.stringify(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return `${String(value)}n`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
  }
}
