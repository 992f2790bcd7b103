/**
 * Traps on what depends on the time zone and the language of the machine, beside those on its clocks and dice (`traps.ts`):
 * a job that asks `date.getHours()` does another thing on another machine, with the same plan. What says its zone and its
 * language goes through: `date.toLocaleString('en', { timeZone: 'UTC' })`, `a.localeCompare(b, 'en')`.
 *
 * Left out: what was made before the run, as a formatter in a module. `millrace doctor` sees it.
 */
import { JobFault } from '../core/job-fault.ts';

/** A member of an object of the platform, and what stands in its place while a run is on. */
export interface Swap {
  readonly holder: object;
  readonly name: string;
  readonly trapped: unknown;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Instead = (args: readonly unknown[]) => string | undefined;

const ZONE = 'the time zone of the machine';
const LANGUAGE = 'the language of the machine';

function refuse(call: string, on: string, instead: string): never {
  throw new JobFault(
    'platform-call',
    `${call} was called in a simulated run, where it must not depend on ${on}: use ${instead} instead`,
  );
}

/** `instead` of the arguments: what to use for such a call; undefined: it goes through. */
function swap(holder: object, name: string, call: string, on: string, instead: Instead): Swap {
  const untrapped = Reflect.get(holder, name) as Method;
  const trapped: Method = function trapped(...args) {
    const better = instead(args);
    if (better !== undefined) refuse(call, on, better);
    return untrapped.apply(this, args);
  };
  return { holder, name, trapped };
}

const FIELDS = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds'] as const;
const SETTERS = ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds'] as const;
const LANGUAGES = ['localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase'] as const;
const FORMATTERS = [
  ...['Collator', 'DisplayNames', 'DurationFormat', 'ListFormat', 'NumberFormat', 'PluralRules'],
  ...['RelativeTimeFormat', 'Segmenter'],
];

function ofDates(): readonly Swap[] {
  const { prototype } = Date;
  const zoned = (name: string, instead: Instead): Swap => swap(prototype, name, `${name}() of a Date`, ZONE, instead);
  return [
    ...FIELDS.map((field) => zoned(`get${field}`, () => `getUTC${field}()`)),
    ...SETTERS.map((field) => zoned(`set${field}`, () => `setUTC${field}()`)),
    zoned('getTimezoneOffset', () => 'methods with UTC in their names'),
    ...['toString', 'toDateString', 'toTimeString'].map((name) => zoned(name, () => 'toISOString()')),
    ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'].map((name) =>
      zoned(name, ([locales, options]) =>
        saysZone(locales, options) ? undefined : `toISOString(), or ${name}('en', { timeZone: 'UTC' }),`,
      ),
    ),
  ];
}

function ofLanguages(): readonly Swap[] {
  const saysLanguage = (name: string, locales: unknown, before: string): string | undefined =>
    locales === undefined ? `${name}(${before}'en')` : undefined;
  return [
    ...LANGUAGES.map((name) => {
      const before = name === 'localeCompare' ? 'other, ' : '';
      return swap(String.prototype, name, `${name}() of a string`, LANGUAGE, (args) =>
        saysLanguage(name, args[before === '' ? 0 : 1], before),
      );
    }),
    ...[Number.prototype, BigInt.prototype].map((holder) =>
      swap(holder, 'toLocaleString', 'toLocaleString() of a number', LANGUAGE, ([locales]) =>
        saysLanguage('toLocaleString', locales, ''),
      ),
    ),
    ...FORMATTERS.flatMap((name) =>
      formatter(name, LANGUAGE, ([locales]) => saysLanguage(`Intl.${name}`, locales, '')),
    ),
    ...formatter('DateTimeFormat', ZONE, ([locales, options]) =>
      saysZone(locales, options) ? undefined : `Intl.DateTimeFormat('en', { timeZone: 'UTC' })`,
    ),
  ];
}

/** None on a version of node that has no such formatter. */
function formatter(name: string, on: string, instead: Instead): readonly Swap[] {
  const untrapped: unknown = Reflect.get(Intl, name);
  if (typeof untrapped !== 'function') return [];
  const check = (args: readonly unknown[]): void => {
    const better = instead(args);
    if (better !== undefined) refuse(`Intl.${name}()`, on, better);
  };
  const trapped = new Proxy(untrapped, {
    apply: (target, self, args: unknown[]): unknown => {
      check(args);
      return Reflect.apply(target, self, args);
    },
    construct: (target, args: unknown[], newTarget): object => {
      check(args);
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  return [{ holder: Intl, name, trapped }];
}

function saysZone(locales: unknown, options: unknown): boolean {
  return (
    locales !== undefined &&
    typeof options === 'object' &&
    options !== null &&
    Reflect.get(options, 'timeZone') !== undefined
  );
}

export const LOCALE_TRAPS: readonly Swap[] = [...ofDates(), ...ofLanguages()];

/** In ISO 8601 a date without a time is in UTC (ECMA-262, 21.4.1.32). */
const ISO_DATE = /^[+-]?\d{4,6}(?:-\d\d){0,2}$/;
/** At the end of a time: a zone by its letter or name, or an offset; a comment may follow it. */
const ZONE_SAID = /(?:Z|UTC?|GMT|[ECMP][SD]T|(?::\d\d(?:\.\d+)?\s*|UTC|GMT)[+-]\d\d:?\d\d)\s*(?:\([^)]*\)\s*)?$/i;

const parsed = Date.parse;

/** Refuses what `new Date` and `Date.parse` would take in the local time zone: numbers of a date, and texts without a zone. */
export function refuseLocalDate(call: 'new Date()' | 'Date.parse()', args: readonly unknown[]): void {
  if (args.length > 1 && call === 'new Date()')
    refuse('new Date(year, month, ...)', ZONE, 'Date.UTC(year, month, ...)');
  const [text] = args;
  // What is no date is none anywhere.
  if (typeof text !== 'string' || ISO_DATE.test(text) || ZONE_SAID.test(text) || Number.isNaN(parsed(text))) return;
  refuse(`${call} of "${text}"`, ZONE, 'a text that says its zone, as "2026-01-31T12:00Z",');
}
