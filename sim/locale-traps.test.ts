import { expect, it } from 'vitest';
import { JobFault } from '../core/job-fault.ts';
import { withTraps } from './traps.ts';

/** Made by V8 for the local time zone, or the local language. */
const date = new Date(86_400_000);

const ZONE = 'time zone';
const LANGUAGE = 'language';
/** What is called, what it depends on, what is better. */
const REFUSED: readonly (readonly [string, string, string, () => unknown])[] = [
  ['getHours() of a Date', ZONE, 'getUTCHours()', () => date.getHours()],
  ['getDay() of a Date', ZONE, 'getUTCDay()', () => date.getDay()],
  ['getDate() of a Date', ZONE, 'getUTCDate()', () => date.getDate()],
  ['getFullYear() of a Date', ZONE, 'getUTCFullYear()', () => date.getFullYear()],
  ['setMonth() of a Date', ZONE, 'setUTCMonth()', () => new Date(0).setMonth(3)],
  ['getTimezoneOffset() of a Date', ZONE, 'methods with UTC in their names', () => date.getTimezoneOffset()],
  ['toString() of a Date', ZONE, 'toISOString()', () => String(date)],
  ['toDateString() of a Date', ZONE, 'toISOString()', () => date.toDateString()],
  [
    'toLocaleString() of a Date',
    ZONE,
    "toISOString(), or toLocaleString('en', { timeZone: 'UTC' }),",
    () => date.toLocaleString(),
  ],
  [
    'toLocaleDateString() of a Date',
    ZONE,
    "toISOString(), or toLocaleDateString('en', { timeZone: 'UTC' }),",
    () => date.toLocaleDateString('en'),
  ],
  [
    'toLocaleTimeString() of a Date',
    ZONE,
    "toISOString(), or toLocaleTimeString('en', { timeZone: 'UTC' }),",
    () => date.toLocaleTimeString(undefined, { timeZone: 'UTC' }),
  ],
  ['new Date(year, month, ...)', ZONE, 'Date.UTC(year, month, ...)', () => new Date(2026, 0)],
  [
    'new Date() of "2026-01-01T00:00"',
    ZONE,
    'a text that says its zone, as "2026-01-31T12:00Z",',
    () => new Date('2026-01-01T00:00'),
  ],
  [
    'Date.parse() of "1 January 2026"',
    ZONE,
    'a text that says its zone, as "2026-01-31T12:00Z",',
    () => Date.parse('1 January 2026'),
  ],
  [
    'Date.parse() of "1-10-2026"',
    ZONE,
    'a text that says its zone, as "2026-01-31T12:00Z",',
    () => Date.parse('1-10-2026'),
  ],
  ['localeCompare() of a string', LANGUAGE, "localeCompare(other, 'en')", () => 'a'.localeCompare('b')],
  ['toLocaleUpperCase() of a string', LANGUAGE, "toLocaleUpperCase('en')", () => 'i'.toLocaleUpperCase()],
  ['toLocaleString() of a number', LANGUAGE, "toLocaleString('en')", () => (1234.5).toLocaleString()],
  ['toLocaleString() of a number', LANGUAGE, "toLocaleString('en')", () => 12n.toLocaleString()],
  ['Intl.NumberFormat()', LANGUAGE, "Intl.NumberFormat('en')", () => new Intl.NumberFormat()],
  ['Intl.Collator()', LANGUAGE, "Intl.Collator('en')", () => Intl.Collator()],
  [
    'Intl.DateTimeFormat()',
    ZONE,
    "Intl.DateTimeFormat('en', { timeZone: 'UTC' })",
    () => new Intl.DateTimeFormat('en'),
  ],
];

const LET_THROUGH: Readonly<Record<string, () => unknown>> = {
  '1970-01-02T00:00:00.000Z': () => date.toISOString(),
  '"1970-01-02T00:00:00.000Z"': () => JSON.stringify(date),
  '5': () => date.getUTCDay(),
  '86400000': () => Number(date) + date.getMilliseconds(),
  '1/2/1970, 12:00:00 AM': () => date.toLocaleString('en', { timeZone: 'UTC' }).replaceAll('\u202f', ' '),
  '1/2/1970': () => new Intl.DateTimeFormat('en', { timeZone: 'UTC' }).format(date),
  '-1': () => 'a'.localeCompare('b', 'en'),
  I: () => 'i'.toLocaleUpperCase('en'),
  '1,234.5': () => (1234.5).toLocaleString('en'),
  '12,345': () => new Intl.NumberFormat('en').format(12_345),
  NaN: () => Date.parse('tomorrow'),
};

/** All of them are the same instant, whatever the machine. */
const ZONES = [
  ...['1970-01-02', '1970-01-02T00:00Z', '1970-01-02T00:00:00.000+00:00', '1970-01-02T05:30:00+05:30', '1970-01'],
  ...['Fri, 02 Jan 1970 00:00:00 GMT', 'Fri Jan 02 1970 02:00:00 GMT+0200 (Eastern European Standard Time)'],
  ...['1 Jan 1970 19:00 EST', '1970-01-02 00:00:00+0000'],
];

it('refuses what depends on the time zone or the language of the machine, and says what to use', () => {
  for (const [call, on, instead, body] of REFUSED) {
    const said = `${call} was called in a simulated run, where it must not depend on the ${on} of the machine: use ${instead} instead`;
    expect(() => withTraps(body)).toThrow(new JobFault('platform-call', said));
    expect(body, call).not.toThrow();
  }
});

it('lets through what says its zone and its language', () => {
  for (const [value, call] of Object.entries(LET_THROUGH)) {
    expect(
      withTraps(() => String(call())),
      value,
    ).toBe(value);
  }
  for (const text of ZONES) {
    const ms = text === '1970-01' ? 0 : 86_400_000;
    expect(
      withTraps(() => [Date.parse(text), new Date(text).getTime()]),
      text,
    ).toEqual([ms, ms]);
  }
});

it('puts everything back', () => {
  const own = (): unknown[] => [date.getHours, date.toLocaleString, 'a'.localeCompare, Intl.DateTimeFormat, Date];
  const before = own();
  expect(() => withTraps(() => date.getHours())).toThrow('getHours');
  own().forEach((member, at) => expect(member).toBe(before[at]));
  expect(Object.keys(Date.prototype)).toEqual([]);
});
