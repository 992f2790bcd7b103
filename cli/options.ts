/** The numbers, durations and seeds of the command line. Each parser throws `BadUsage` with what it expects. */
import { BadUsage } from './exit-codes.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** "30s", "5m", "1h", "250ms", "2d" in milliseconds. */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS.get(match?.[2] ?? '');
  if (match?.[1] === undefined || unit === undefined) {
    throw new BadUsage(`${option} ${text}: expected a number with a unit (ms, s, m, h, d), as in 30s or 1h`);
  }
  return Math.round(Number(match[1]) * unit);
}

/** As commander takes a parser. */
export const duration = (option: string) => (text: string) => parseDuration(text, option);

const INTERVAL_MAX_MS = 2_000;

/** "20ms,100ms,1s": intervals between checkpoints, as commander takes a parser. */
export function intervals(text: string): readonly number[] {
  return text.split(',').map((one) => {
    const ms = parseDuration(one.trim(), '--intervals');
    if (ms < 1 || ms > INTERVAL_MAX_MS)
      throw new BadUsage(`--intervals ${one.trim()}: expected from 1ms to ${INTERVAL_MAX_MS}ms`);
    return ms;
  });
}

/** A duration that may also go back: "-8h". */
export function parseOffset(text: string, option: string): number {
  return text.startsWith('-') ? -parseDuration(text.slice(1), option) : parseDuration(text, option);
}

/** A whole number in [min, max]. */
export function parseWhole(text: string, option: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new BadUsage(`${option} ${text}: expected a whole number from ${min} to ${max}`);
  }
  return value;
}

/** The same, as commander takes a parser. */
export const whole = (option: string, min: number, max: number) => (text: string) => parseWhole(text, option, min, max);

/** "a,b,c": at least one, none empty. */
export function parseSeeds(text: string, option: string): readonly string[] {
  const seeds = text.split(',').map((seed) => seed.trim());
  if (seeds.some((seed) => seed === ''))
    throw new BadUsage(`${option} ${text}: expected seeds with commas between them`);
  return seeds;
}
