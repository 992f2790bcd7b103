/** Numbers and names in words, for every report; plans are in `plan-words.ts`. */
import { count } from '../sim/faults/vocabulary/words.ts';

export { quoted } from '../properties/shell-word.ts';

export { count };

/**
 * Control characters that a value of the user's, a key or a file name may hold, as escapes: on a terminal they would move
 * the cursor, change the title or turn the direction of a line around. Line feeds stay.
 */
export function printable(text: string): string {
  return text.replaceAll(
    // eslint-disable-next-line no-control-regex -- that is what it is about
    /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g,
    (char) =>
      char === '\t' ? '\\t' : char === '\r' ? '\\r' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function ordinal(n: number): string {
  const tens = n % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${count(n)}${suffix}`;
}

/** 83 of 200 -> "41.5 %". */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${String(Math.round((part / whole) * 1000) / 10)} %`;
}
