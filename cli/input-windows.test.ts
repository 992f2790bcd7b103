/** `run --input` with windows of other kinds: what goes together, what is said of them, and that the printed line is the same run. */
import { expect, it } from 'vitest';
import { EXIT } from './exit-codes.ts';
import { execute } from './program.ts';
import { fakePlatform } from './testing/platform.ts';

const EVENTS = Array.from({ length: 60 }, (_, i) =>
  JSON.stringify({ user: `u${i % 3}`, at: 1_700_000_000_000 + i * 60_000 }),
);

async function millrace(...words: readonly string[]) {
  const platform = fakePlatform();
  platform.files.set('events', EVENTS.join('\n'));
  const code = await execute(words, '1.2.3', platform);
  return { code, out: platform.out.join('\n') };
}
const run = (...flags: readonly string[]) =>
  millrace('run', 'input/whole', '--input', 'events', '--key', 'user', '--time', 'at', '--seed', 'x', ...flags);

it.each([
  [
    ['--session', '10m', '--window', '1h'],
    /^--window is of windows with a length, and sessions have none: leave it out/,
  ],
  [['--session', '10m', '--slide', '1m'], /^--slide is of windows/],
  [['--session', '10m', '--offset', '1m'], /^--offset is of windows/],
  [['--session', '0s'], /^--session 0ms: expected at least 1ms/],
  [['--window', '1h', '--slide', '2h'], /^--slide 7200000ms: expected at most the window/],
  [['--window', '1d', '--slide', '1s'], /every event would be in 86400 windows/],
  [['--window', '1h', '--slide', '10m', '--offset', '20m'], /^--offset 1200000ms: expected less than the slide/],
  [
    ['--trigger', 'sometimes'],
    /^--trigger sometimes: expected count:<events>, continuous:<duration> or early-and-late/,
  ],
  [['--trigger', 'count:0'], /^--trigger count: 0: expected a whole number from 1/],
  [['--trigger', 'continuous:0'], /^--trigger continuous:0: expected at least 1ms/],
  [['--trigger', 'continuous:soon'], /^--trigger continuous: soon: expected a number with a unit/],
])('what does not go together is refused: %j', async (flags, says) => {
  await expect(run(...flags)).rejects.toThrow(says);
});

it('without --input they are of no use', async () => {
  await expect(millrace('run', '--session', '10m')).rejects.toThrow('--session belongs to --input <path>');
  await expect(millrace('run', '--trigger', 'count:3')).rejects.toThrow('--trigger belongs to --input <path>');
});

it.each([
  [['--window', '30m', '--slide', '10m'], 'of 30 min every 10 min'],
  [['--session', '90s'], 'sessions with a gap of 1 min 30 s'],
  [['--session', '4m', '--trigger', 'count:5'], 'sessions with a gap of 4 min, by count:5'],
  [['--trigger', 'continuous:600000'], 'of 1 h, by continuous:600000ms'],
  [['--trigger', 'early-and-late:5ms'], 'of 1 h, by early-and-late:5ms'],
])('%j runs, and its line runs again', async (flags, says) => {
  const { code, out } = await run(...flags);
  expect(out).toContain(says);
  expect(code).toBe(EXIT.held);
  const line = /npx millrace (replay input\/whole .*)/.exec(out)?.[1] ?? '';
  const again = await millrace(...line.split(' '));
  expect(again.out).toMatch(/PASS {2}input\/whole, seed /);
});
