/**
 * Anyone's own events: newline-delimited JSON, one object a line, with a key and an event time. Either everything is
 * good, or the errors say which line and which field, and nothing runs.
 *
 * A key is a string, a finite number or a boolean, and is kept as text. A time is epoch milliseconds, or ISO 8601 with
 * a date or with date, time and zone. A time of day without a zone is refused: it would mean another instant on
 * another machine. Blank lines are skipped. Left out: nested fields, other units of time, week and ordinal dates.
 */

/** One event. `line` counts from 1 and tells records apart in the output. */
export interface InputEvent {
  readonly key: string;
  readonly time: number;
  readonly line: number;
}

export interface InputError {
  /** From 1; 0 if it concerns the file as a whole. */
  readonly line: number;
  /** The field at fault; undefined if the line is no object at all. */
  readonly field: string | undefined;
  readonly message: string;
}

export type ParsedInput = { readonly records: readonly InputEvent[] } | { readonly errors: readonly InputError[] };

/** Epoch milliseconds that JavaScript's own dates can express, so that every tool shows them. */
const TIME_MAX = 8_640_000_000_000_000;
const DAY_MS = 86_400_000;

/** Parses and validates a whole file. `errors` is never empty. */
export function parseEvents(
  text: string,
  fields: { readonly keyField: string; readonly timeField: string },
): ParsedInput {
  const records: InputEvent[] = [];
  const errors: InputError[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line, i + 1, fields);
    if ('errors' in parsed) errors.push(...parsed.errors);
    else records.push(parsed);
  }
  if (errors.length > 0) return { errors };
  if (records.length > 0) return { records };
  return { errors: [{ line: 0, field: undefined, message: 'there are no events: expected one JSON object a line' }] };
}

function parseLine(
  text: string,
  line: number,
  { keyField, timeField }: { readonly keyField: string; readonly timeField: string },
): InputEvent | { readonly errors: readonly InputError[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { errors: [{ line, field: undefined, message: 'not valid JSON' }] };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { errors: [{ line, field: undefined, message: `expected a JSON object, got ${shown(value)}` }] };
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const key = keyOf(fields.get(keyField));
  const time = timeOf(fields.get(timeField));
  const errors: InputError[] = [];
  if (typeof key !== 'string') errors.push({ line, field: keyField, message: key.message });
  if (typeof time !== 'number') errors.push({ line, field: timeField, message: time.message });
  return typeof key === 'string' && typeof time === 'number' ? { key, time, line } : { errors };
}

interface Fault {
  readonly message: string;
}

function keyOf(value: unknown): string | Fault {
  if (typeof value === 'string') return value;
  // JSON has no infinities, but 1e999 is one in JavaScript.
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  return { message: value === undefined ? 'missing' : `expected a string, a number or a boolean, got ${shown(value)}` };
}

function timeOf(value: unknown): number | Fault {
  if (value === undefined) return { message: 'missing' };
  const expected = 'expected epoch milliseconds (a whole number) or ISO 8601 text';
  if (typeof value === 'string')
    return parseIsoTime(value) ?? { message: `${expected} with a zone, got ${shown(value)}` };
  if (typeof value !== 'number' || !Number.isInteger(value)) return { message: `${expected}, got ${shown(value)}` };
  return Math.abs(value) <= TIME_MAX
    ? value
    : { message: `${shown(value)} is beyond the range of dates; is it in milliseconds?` };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

// ---- ISO 8601

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}(?::?\d{2})?))?$/;

/**
 * Epoch milliseconds of `2018-01-31`, `2018-01-31T02:18Z`, `2018-01-31T02:18:21.235+01:00`; undefined for anything
 * else. A date alone is its midnight in UTC. Digits below a millisecond are cut off; leap seconds are refused.
 */
export function parseIsoTime(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const date = daysOf(Number(year), Number(month), Number(day));
  const offset = minutesOf(zone);
  if (date === undefined || offset === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  const minutes = Number(hour) * 60 + Number(minute) - offset;
  return date * DAY_MS + minutes * 60_000 + Number(second) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

/** Minutes of the zone `Z`, `+01`, `+0100` or `+01:00`. */
function minutesOf(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2) || '0');
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
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
