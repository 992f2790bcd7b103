/**
 * Mutations of a JSON document, as an editor, a merge or a bad disk make them: a value replaced by one of another type or
 * size, a key taken away, renamed or added, an element doubled, the text cut off or garbled. The same dice, the same text.
 */
import { avalanche, hashText } from '../../../sim/kernel/digest.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const VALUES: readonly Json[] = [
  null,
  true,
  -1,
  0,
  1,
  3.5,
  64,
  1e4,
  1e5,
  2 ** 31,
  2 ** 53,
  1e308,
  '',
  'x',
  '\u0000\u202e',
  '9'.repeat(400),
  [],
  {},
  [[]],
  [null],
  { $float: 'NaN' },
  { $float: '-0' },
  { $float: 'x' },
  { $$x: 1 },
  { kind: 'kill' },
  { seed: 's' },
];
const KEYS = ['__proto__', 'constructor', 'kind', 'seed', 'x', '', '$float'] as const;

/** Mutation number `index` of a document. */
export function mutated(text: string, index: number): string {
  let state = hashText(`mutation ${index}`, 0x6d757461);
  const below = (n: number): number => {
    state = avalanche(state + 0x9e3779b9);
    return (state >>> 0) % Math.max(1, n);
  };
  const way = below(10);
  if (way === 0) return text.slice(0, below(text.length));
  if (way === 1) {
    const at = below(text.length);
    return text.slice(0, at) + String.fromCharCode(32 + below(96)) + text.slice(at + 1);
  }
  const whole = JSON.parse(text) as Json;
  const places: (() => Json | undefined)[] = [];
  collect(whole, places, below);
  const instead = places[below(places.length)]?.();
  return JSON.stringify(instead === undefined ? whole : instead);
}

/** A change for each place of the document; what it returns is the document in place of which it was, if that is the whole. */
function collect(value: Json, places: (() => Json | undefined)[], below: (n: number) => number): void {
  const any = (): Json => structuredClone(VALUES[below(VALUES.length)] ?? null);
  if (Array.isArray(value)) {
    value.forEach((element, at) => {
      places.push(() => void (value[at] = any()));
      places.push(() => void value.splice(at, 1));
      places.push(() => void value.splice(at, 0, structuredClone(element)));
      collect(element, places, below);
    });
    places.push(() => void value.push(any()));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, element] of Object.entries(value)) {
      places.push(() => void (value[key] = any()));
      places.push(() => {
        Reflect.deleteProperty(value, key);
        return undefined;
      });
      places.push(() => {
        Reflect.deleteProperty(value, key);
        value[`${key}X`] = element;
        return undefined;
      });
      collect(element, places, below);
    }
    places.push(() => {
      const key = KEYS[below(KEYS.length)] ?? 'x';
      Object.defineProperty(value, key, { value: any(), enumerable: true, configurable: true, writable: true });
    });
  }
}
