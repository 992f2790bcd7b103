/**
 * Event times as people write them, in epoch milliseconds.
 *
 *   1517365101235, "1517365101.235"        a number, also in quotes, in the unit of `--time-unit`; below a millisecond it
 *                                          is cut off
 *   2018-01-31T02:18:21.235+01:00          ISO 8601, extended or basic (20180131T021821Z); seconds and fraction may be
 *                                          missing, a blank may stand for the T and before the zone
 *   2018-01-31                             its midnight: of the zone, else of UTC
 *   10/Oct/2000:13:55:36 -0700             as in access logs
 *
 * A time of day without a zone needs `--zone`: it would mean another instant on another machine. A time that a clock shows
 * twice, as it is set back, is the first one; a time that it skips is an error. Leap seconds, week dates and ordinal dates
 * are refused.
 */
import { floorOf, parseDecimal } from './decimal.ts';
import { type Found, shown } from './found.ts';

export const TIME_UNITS = ['s', 'ms', 'us', 'ns'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** Powers of ten to milliseconds. */
const SHIFTS: Readonly<Record<TimeUnit, number>> = { s: 3, ms: 0, us: -3, ns: -6 };
const UNIT_NAMES: Readonly<Record<TimeUnit, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
};

/** Minutes that a zone's clocks are ahead of UTC, at an instant in epoch milliseconds. */
export type Zone = (epochMs: number) => number;

export interface TimeOptions {
  readonly unit: TimeUnit;
  /** Of times that name none. Undefined: such times are errors. */
  readonly zone: Zone | undefined;
}

export type Time =
  | { readonly kind: 'time'; readonly ms: number; readonly isNumber: boolean; readonly isAmbiguous: boolean }
  | { readonly kind: 'fault'; readonly message: string };

/** Epoch milliseconds that JavaScript's own dates can express, so that every tool shows them. */
const TIME_MAX = 8_640_000_000_000_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const EXPECTED = 'expected a number, an ISO 8601 time or one of an access log';

export function timeOf(found: Found, options: TimeOptions): Time {
  switch (found.kind) {
    case 'number':
      return numberTime(found.text, options.unit);
    case 'text': {
      const text = found.text.trim();
      return /^[+-]?[\d.]+(?:[eE][+-]?\d+)?$/.test(text)
        ? numberTime(text, options.unit)
        : textTime(text, options.zone);
    }
    case 'absent':
      return fault('missing');
    case 'twice':
      return fault(`is there ${found.values.length} times: ${shown(found.values.join(' and '))}; which one is meant?`);
    case 'other':
      return fault(`${EXPECTED}, got ${shown(found.text)}`);
  }
}

const fault = (message: string): Time => ({ kind: 'fault', message });
const instant = (ms: number, isNumber: boolean, isAmbiguous = false): Time => ({
  kind: 'time',
  ms,
  isNumber,
  isAmbiguous,
});

function numberTime(text: string, unit: TimeUnit): Time {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return fault(`${EXPECTED}, got ${shown(text)}`);
  const ms = floorOf(decimal, SHIFTS[unit]);
  if (ms !== undefined && Math.abs(ms) <= TIME_MAX) return instant(ms, true);
  const better = TIME_UNITS.find((other) => isPlausible(floorOf(decimal, SHIFTS[other])));
  const remedy = better === undefined ? '' : `; is it in ${UNIT_NAMES[better]}? --time-unit ${better}`;
  return fault(`${shown(text)} is beyond the range of dates in ${UNIT_NAMES[unit]}${remedy}`);
}

// ---- times as text

const ISO =
  /^(\d{4})(-?)(\d{2})\2(\d{2})(?:[Tt ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,12}))?)?\s?(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?$/;
const ACCESS_LOG = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-]\d{4})$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function textTime(text: string, zone: Zone | undefined): Time {
  const parts = partsOf(text);
  if (parts === undefined) return fault(`${EXPECTED}, got "${shown(text)}"`);
  const localMs = localTime(parts);
  if (localMs === undefined) return fault(`there is no such time: "${shown(text)}"`);
  if (parts.zone !== undefined) {
    const minutes = minutesOf(parts.zone);
    return minutes === undefined
      ? fault(`there is no such offset from UTC: "${shown(text)}"`)
      : instant(localMs - minutes * MINUTE_MS, false);
  }
  if (zone !== undefined) return zoned(localMs, zone, text);
  if (parts.hour === undefined) return instant(localMs, false);
  return fault(`"${shown(text)}" names no zone: say which one is meant, as in --zone UTC or --zone Europe/Berlin`);
}

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number | undefined;
  readonly minute: number;
  readonly second: number;
  /** Digits behind the point. */
  readonly fraction: string;
  readonly zone: string | undefined;
}

function partsOf(text: string): Parts | undefined {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [, year, , month, day, hour, minute = '0', second = '0', fraction = '', zone] = iso;
    return {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: hour === undefined ? undefined : Number(hour),
      minute: Number(minute),
      second: Number(second),
      fraction,
      zone,
    };
  }
  const log = ACCESS_LOG.exec(text);
  if (log === null) return undefined;
  const [, day, month = '', year, hour, minute, second, zone] = log;
  return {
    year: Number(year),
    month: MONTHS.indexOf(month) + 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction: '',
    zone,
  };
}

/** As if the time were one of UTC; undefined: no calendar or clock shows it. */
function localTime({ year, month, day, hour = 0, minute, second, fraction }: Parts): number | undefined {
  const date = daysOf(year, month, day);
  if (date === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  return date * DAY_MS + (hour * 60 + minute) * MINUTE_MS + second * 1000 + ms;
}

/** The instants at which the zone's clocks show this time: none, one, or two as they are set back. */
function zoned(localMs: number, zone: Zone, text: string): Time {
  const offsets = new Set([zone(localMs - DAY_MS), zone(localMs + DAY_MS)]);
  const instants = [...offsets]
    .map((minutes) => ({ minutes, ms: localMs - minutes * MINUTE_MS }))
    .filter(({ minutes, ms }) => zone(ms) === minutes)
    .map(({ ms }) => ms);
  if (instants.length === 0) return fault(`the clocks of this zone skip "${shown(text)}"`);
  return instant(Math.min(...instants), false, instants.length > 1);
}

/** Minutes of `Z`, `UTC`, `+01`, `+0100` or `+01:00`; undefined: no clock is so far ahead or behind. */
export function minutesOf(zone: string): number | undefined {
  if (['Z', 'z', 'UTC', 'GMT'].includes(zone)) return 0;
  const match = /^([+-])(\d{2})(?::?(\d{2}))?$/.exec(zone);
  if (match === null) return undefined;
  const hours = Number(match[2]);
  const minutes = Number(match[3] ?? '0');
  if (hours > 23 || minutes > 59) return undefined;
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Days from 1970-01-01 in the proleptic Gregorian calendar; undefined if there is no such day. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const length = month === 2 && leap ? 29 : DAYS_IN_MONTH[month - 1];
  if (length === undefined || day < 1 || day > length) return undefined;
  // Years begin in March, so that the leap day is the last one (H. Hinnant, "chrono-compatible low-level date algorithms").
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

// ---- is it the right unit?

const YEAR_1971 = 31_536_000_000;
const YEAR_2100 = 4_102_444_800_000;

function isPlausible(ms: number | undefined): boolean {
  return ms !== undefined && ms >= YEAR_1971 && ms < YEAR_2100;
}

/** What a person should hear about times that were numbers, all of them between `minMs` and `maxMs`; undefined: nothing. */
export function doubtAboutUnit(unit: TimeUnit, minMs: number, maxMs: number): string | undefined {
  const where = minMs >= 0 && maxMs < YEAR_1971 ? 'in 1970' : minMs >= YEAR_2100 ? 'after 2100' : undefined;
  if (where === undefined) return undefined;
  const better = TIME_UNITS.find((other) => {
    const shift = SHIFTS[other] - SHIFTS[unit];
    const scaled = (ms: number): number => (shift >= 0 ? ms * 10 ** shift : ms / 10 ** -shift);
    return other !== unit && isPlausible(scaled(minMs)) && isPlausible(scaled(maxMs));
  });
  const remedy =
    better === undefined
      ? `if they do not count from a beginning of their own, name their unit: --time-unit ${TIME_UNITS.filter((other) => other !== unit).join('|')}`
      : `are they in ${UNIT_NAMES[better]}? Then say --time-unit ${better}`;
  return `read as ${UNIT_NAMES[unit]}, all times are ${where}: ${remedy}`;
}
