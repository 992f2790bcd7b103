/** What a command line says about an input. */
import type { InputTrigger } from '../../scenarios/input-table.ts';
import { quoted } from '../../reports/words.ts';
import type { TimeUnit } from './time.ts';

export const FORMATS = ['ndjson', 'csv', 'clf'] as const;
export type FormatName = (typeof FORMATS)[number];

export const BAD_LINE_RULES = ['stop', 'skip'] as const;
export type BadLineRule = (typeof BAD_LINE_RULES)[number];

/** Plain data: workers get it. */
export interface InputOptions {
  /** A file or a directory, as the user named it. */
  readonly file: string;
  /** Undefined: by what the first line looks like. */
  readonly format: FormatName | undefined;
  readonly key: string;
  readonly time: string;
  readonly timeUnit: TimeUnit;
  /** As the user named it. */
  readonly zone: string | undefined;
  readonly windowMs: number;
  /** Of the windows: they begin at whole multiples of their length plus this. */
  readonly offsetMs: number;
  readonly latenessMs: number;
  /** See `WindowOptions`. */
  readonly slideMs?: number | undefined;
  readonly sessionMs?: number | undefined;
  readonly trigger?: InputTrigger | undefined;
  readonly onBadLine: BadLineRule;
}

/** As `--trigger` takes it. */
export function triggerText(trigger: InputTrigger): string {
  switch (trigger.kind) {
    case 'count':
      return `count:${trigger.count}`;
    case 'continuous':
      return `continuous:${trigger.everyMs}ms`;
    case 'earlyAndLate':
      return `early-and-late:${trigger.everyMs}ms`;
  }
}

/** The options again as a command line has to name them, with a blank before each. */
export function inputFlags(options: InputOptions): string {
  const { file, format, key, time, timeUnit, zone, windowMs, offsetMs, latenessMs, onBadLine } = options;
  const { slideMs, sessionMs, trigger } = options;
  const flags: readonly (readonly [string, string | undefined])[] = [
    ['input', file],
    ['format', format],
    ['key', key],
    ['time', time],
    ['time-unit', timeUnit === 'ms' ? undefined : timeUnit],
    ['zone', zone],
    ['window', sessionMs === undefined ? `${windowMs}ms` : undefined],
    ['slide', slideMs === undefined ? undefined : `${slideMs}ms`],
    ['session', sessionMs === undefined ? undefined : `${sessionMs}ms`],
    ['trigger', trigger === undefined ? undefined : triggerText(trigger)],
    ['offset', offsetMs === 0 ? undefined : `${offsetMs}ms`],
    ['lateness', `${latenessMs}ms`],
    ['on-bad-line', onBadLine === 'stop' ? undefined : onBadLine],
  ];
  return flags.map(([flag, value]) => (value === undefined ? '' : ` --${flag} ${quoted(value)}`)).join('');
}
