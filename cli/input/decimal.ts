/**
 * Decimal numbers as they stand in a file, exactly: a number of JSON or CSV never goes through a double, in which
 * 9007199254740993 and 9007199254740992 would be one. Left out: hexadecimal, digit separators, infinities.
 */

/** `digits` x 10^`exponent`; no digit zero at either end, and no digits at all for zero. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;

/** "-12.50e3" -> -125 x 10^2. Undefined: not a number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const all = whole + fraction;
  if (all === '') return undefined;
  const digits = all.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return { negative: false, digits: '', exponent: 0 };
  const trailing = all.length - all.replace(/0+$/, '').length;
  return { negative: sign === '-', digits, exponent: Number(power) - fraction.length + trailing };
}

/** Longer numbers than this are no keys that anybody meant. */
const DIGITS_MAX = 400;

/** Equal numbers give equal text, different ones different text: "1e3", "1000.0" -> "1000". Undefined: too many digits. */
export function decimalText({ negative, digits, exponent }: Decimal): string | undefined {
  if (digits === '') return '0';
  if (digits.length + Math.abs(exponent) > DIGITS_MAX) return undefined;
  const sign = negative ? '-' : '';
  if (exponent >= 0) return `${sign}${digits}${'0'.repeat(exponent)}`;
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** The largest whole number that is not above `decimal` x 10^`shift`; undefined: beyond 2^53. */
export function floorOf({ negative, digits, exponent }: Decimal, shift: number): number | undefined {
  const places = exponent + shift;
  const length = digits.length + places;
  if (digits !== '' && length > 16) return undefined;
  const whole = places >= 0 ? digits + '0'.repeat(digits === '' ? 0 : places) : digits.slice(0, Math.max(0, length));
  const value = Number(whole === '' ? '0' : whole);
  const floored = negative ? -value - (places < 0 ? 1 : 0) : value;
  return Number.isSafeInteger(floored) ? floored : undefined;
}
