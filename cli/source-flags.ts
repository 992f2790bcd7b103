/** Flags that say what a command is about: the configuration of a project, or the user's own events. */
import { type Command, Option } from 'commander';
import { BadUsage } from './exit-codes.ts';
import type { InputTrigger } from '../scenarios/input-table.ts';
import { BAD_LINE_RULES, type BadLineRule, type FormatName, FORMATS, type InputOptions } from './input/options.ts';
import { TIME_UNITS, type TimeUnit } from './input/time.ts';
import { duration, parseDuration, parseOffset, parseWhole, whole } from './options.ts';
import type { Platform } from './platform.ts';
import type { Source } from './scenarios.ts';

export interface ConfigFlags {
  /** False: --no-config. */
  readonly config?: string | false;
}
export interface InputFlags extends ConfigFlags {
  readonly input?: string;
  readonly format?: FormatName;
  readonly key?: string;
  readonly time?: string;
  readonly timeUnit?: TimeUnit;
  readonly zone?: string;
  readonly window?: number;
  readonly slide?: number;
  readonly session?: number;
  readonly trigger?: InputTrigger;
  readonly offset?: number;
  readonly lateness?: number;
  readonly onBadLine?: BadLineRule;
}

export function addConfig(command: Command): Command {
  return command
    .option(
      '--config <file>',
      "a project's configuration (default: millrace.config.mjs, .js or .ts, where there is one)",
    )
    .option('--no-config', 'none, though there is one: the built-in scenarios');
}

export function addInput(command: Command): Command {
  return addConfig(command)
    .option(
      '--input <path>',
      'your own events through a windowed count: a file or a directory, one JSON object a line, CSV with a header, or an access log; plain or gzip',
    )
    .addOption(new Option('--format <name>', 'of --input, if its first line does not show it').choices(FORMATS))
    .option('--key <field>', 'of --input: the field to group by; repo.name is a field in an object')
    .option('--time <field>', 'of --input: the field with the event time: a number, ISO 8601, or as in access logs')
    .addOption(
      new Option('--time-unit <unit>', 'of times that are numbers since the epoch (default: ms)').choices(TIME_UNITS),
    )
    .option('--zone <name>', 'of times that name none: an IANA name as Europe/Berlin, UTC, or +02:00')
    .option('--window <duration>', 'of --input: length of a window (default: 1h)', duration('--window'))
    .option(
      '--slide <duration>',
      'of --input: a window begins so often, and an event is in several (default: each where the last one ends)',
      duration('--slide'),
    )
    .option(
      '--session <gap>',
      'of --input: sessions instead, which end when a key has been silent for so long',
      duration('--session'),
    )
    .option(
      '--trigger <when>',
      'of --input: when a window shows its count: count:100, at so many events; continuous:10s, at the multiples of event time and at its end; early-and-late:10s, every so often of the wall clock, at its end, and at late events (default: at its end)',
      parseTrigger,
    )
    .option(
      '--offset <duration>',
      'of --input: windows begin at multiples of their length plus this, as in --window 1d --offset -8h (default: 0s)',
      (text) => parseOffset(text, '--offset'),
    )
    .option(
      '--lateness <duration>',
      'of --input: how long a window takes late events (default: 0s)',
      duration('--lateness'),
    )
    .addOption(
      new Option(
        '--on-bad-line <rule>',
        'of --input: stop, and run nothing; or skip, and count them (default: stop)',
      ).choices(BAD_LINE_RULES),
    );
}

const HOUR_MS = 3_600_000;
/** An event is in no more windows than this. */
const PANES_MAX = 1_000;
const COUNT_MAX = 1_000_000_000;

/** "count:100", "continuous:10s", "early-and-late:500" (milliseconds). */
function parseTrigger(text: string): InputTrigger {
  const [, kind, value] = /^([a-z-]+):(.+)$/.exec(text) ?? [];
  if (kind === 'count' && value !== undefined)
    return { kind: 'count', count: parseWhole(value, '--trigger count:', 1, COUNT_MAX) };
  if ((kind === 'continuous' || kind === 'early-and-late') && value !== undefined) {
    const everyMs = /^\d+$/.test(value) ? Number(value) : parseDuration(value, `--trigger ${kind}:`);
    if (everyMs < 1) throw new BadUsage(`--trigger ${text}: expected at least 1ms`);
    return { kind: kind === 'continuous' ? kind : 'earlyAndLate', everyMs };
  }
  throw new BadUsage(`--trigger ${text}: expected count:<events>, continuous:<duration> or early-and-late:<duration>`);
}

export async function sourceOf(platform: Platform, flags: InputFlags): Promise<Source> {
  const options = inputOptionsOf(flags);
  if (options === undefined) return configOf(platform, flags);
  if (typeof flags.config === 'string') {
    throw new BadUsage('--input runs a job of its own: leave out --config, or --input');
  }
  return { kind: 'input', input: await platform.readInput(options), options };
}

// ---- from a checkpoint

export interface FromFlags extends InputFlags {
  readonly from?: string;
  readonly claim?: boolean;
  readonly allowNonRestoredState?: boolean;
  readonly parallelism?: number;
  readonly jobVersion?: number;
}

const VERSION_MAX = 1_000;
const PARALLELISM_MAX = 16;
export const parallelismOption = [
  '--parallelism <n>',
  'subtasks of every operator that declares none',
  whole('--parallelism', 1, PARALLELISM_MAX),
] as const;

export function addFrom(command: Command): Command {
  return addInput(command)
    .option(
      '--from <directory>',
      'start from a checkpoint or savepoint, as --keep-checkpoints and `savepoint` write it: what happens then is drawn anew',
    )
    .option('--claim', 'the job owns it from then on, and deletes the copy that it was given')
    .option('--no-claim', 'the job never touches it (default)')
    .option('--allow-non-restored-state', 'start without the state of operators that the job does not have')
    .option(...parallelismOption)
    .option(
      '--job-version <n>',
      'which version of the job is started (default: the one that took it)',
      whole('--job-version', 1, VERSION_MAX),
    );
}

/** Of `run` and `replay`. Throws `BadUsage` if there is no checkpoint, `InvalidInput` for a wrong origin. */
export async function startOf(platform: Platform, flags: FromFlags): Promise<Source> {
  const { from: path, claim, allowNonRestoredState, parallelism, jobVersion } = flags;
  const source = await sourceOf(platform, flags);
  if (path === undefined) {
    const of = { claim, 'allow-non-restored-state': allowNonRestoredState, parallelism, 'job-version': jobVersion };
    const stray = Object.entries(of).find(([, value]) => value !== undefined);
    if (stray === undefined) return source;
    throw new BadUsage(`--${claim === false ? 'no-claim' : stray[0]} belongs to --from <directory>`);
  }
  const { readStartFrom } = await import('./commands/index.ts');
  const { path: directory, origin, files } = await readStartFrom(platform, path);
  const options = {
    claim: claim ?? false,
    allowNonRestoredState: allowNonRestoredState ?? false,
    parallelism,
    version: jobVersion,
  };
  return { ...source, from: { directory, origin, files: files(), options } };
}

export function configOf(platform: Platform, { config }: ConfigFlags): Source {
  const file = config ?? platform.findConfig();
  if (file === undefined || file === false) return { kind: 'built-in' };
  return { kind: 'config', file, found: config === undefined };
}

/** Undefined: the command is not about an input. */
function inputOptionsOf(flags: InputFlags): InputOptions | undefined {
  const { input, format, timeUnit, zone, onBadLine } = flags;
  const { key, time, window: windowMs = HOUR_MS, offset: offsetMs = 0, lateness: latenessMs = 0 } = flags;
  const { slide: slideMs, session: sessionMs, trigger } = flags;
  if (input === undefined) {
    const of = { format, key, time, 'time-unit': timeUnit, zone, 'on-bad-line': onBadLine };
    const windows = { window: flags.window, slide: slideMs, session: sessionMs, trigger };
    const all = { ...of, ...windows, offset: flags.offset, lateness: flags.lateness };
    const stray = Object.entries(all).find(([, value]) => value !== undefined);
    if (stray !== undefined) throw new BadUsage(`--${stray[0]} belongs to --input <path>`);
    return undefined;
  }
  if (key === undefined || time === undefined) {
    throw new BadUsage('--input needs --key <field> and --time <field>: which fields of the events they are');
  }
  requireWindows(flags, windowMs, offsetMs);
  return {
    file: input,
    format,
    key,
    time,
    timeUnit: timeUnit ?? 'ms',
    zone,
    windowMs,
    offsetMs,
    latenessMs,
    ...(slideMs === undefined ? {} : { slideMs }),
    ...(sessionMs === undefined ? {} : { sessionMs }),
    ...(trigger === undefined ? {} : { trigger }),
    onBadLine: onBadLine ?? 'stop',
  };
}

/** That the windows are some, and that what is said of them goes together. */
function requireWindows({ window, slide, session, offset }: InputFlags, windowMs: number, offsetMs: number): void {
  if (session !== undefined) {
    const other = Object.entries({ window, slide, offset }).find(([, value]) => value !== undefined);
    if (other !== undefined)
      throw new BadUsage(
        `--${other[0]} is of windows with a length, and sessions have none: leave it out, or --session`,
      );
    if (session < 1) throw new BadUsage(`--session ${session}ms: expected at least 1ms`);
    return;
  }
  if (windowMs < 1) throw new BadUsage(`--window ${windowMs}ms: expected at least 1ms`);
  if (slide !== undefined) {
    if (slide < 1) throw new BadUsage(`--slide ${slide}ms: expected at least 1ms`);
    if (slide > windowMs) {
      throw new BadUsage(
        `--slide ${slide}ms: expected at most the window, which is ${windowMs}ms: between the windows events would be in none`,
      );
    }
    if (windowMs / slide > PANES_MAX) {
      throw new BadUsage(
        `--slide ${slide}ms: every event would be in ${Math.ceil(windowMs / slide)} windows of ${windowMs}ms; expected at most ${PANES_MAX}`,
      );
    }
  }
  const period = slide ?? windowMs;
  if (Math.abs(offsetMs) >= period) {
    const what = slide === undefined ? 'window' : 'slide';
    throw new BadUsage(`--offset ${offsetMs}ms: expected less than the ${what}, which is ${period}ms`);
  }
}
