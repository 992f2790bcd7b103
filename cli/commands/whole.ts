/** The run over a whole input: done first, shown as what was understood of the input, summed up with the campaign. */
import { type RunRow, seedOf } from '../../properties/campaign/campaign.ts';
import { rowOfCut } from '../../properties/campaign/outside.ts';
import { divergenceLines } from '../../reports/falsified.ts';
import { type InputReport, inputReport } from '../../reports/input.ts';
import { triggerText } from '../input/options.ts';
import type { WholeRun } from '../input/whole.ts';
import type { Platform } from '../platform.ts';
import { type InputSource, replayLine, scenariosOf } from '../scenarios.ts';

export const WHOLE = 'input/whole';

/** Its plan comes from the base seed of the campaign. */
export async function wholeRun(
  platform: Platform,
  source: InputSource,
  base: string,
  seconds: number,
): Promise<RunRow> {
  return shownRun(platform, source, seedOf(base, 0), seconds);
}

/** Does it, and prints it; without a verdict, if it takes more than so many seconds. */
export async function shownRun(
  platform: Platform,
  source: InputSource,
  seed: string,
  seconds = Infinity,
): Promise<RunRow> {
  const { doubt } = source.input.notes;
  if (doubt !== undefined) platform.warn(`--time ${source.options.time}: ${doubt}`);
  const started = platform.seconds();
  platform.progress(`running all of ${source.options.file}`);
  const whole = await platform.runWhole(source, seed, Math.max(0, seconds));
  platform.progress(undefined);
  if (whole === 'no-time') return cutRow(platform, source, seed);
  platform.print(`${inputReport(reportOf(source, whole, platform.seconds() - started))}\n`);
  const [violation] = whole.row.violations;
  if (violation !== undefined) {
    const { law, anomaly, place } = violation;
    platform.print(`FALSIFIED  ${WHOLE}   law: ${law}   signature: ${law}/${anomaly}/${place}`);
    platform.print(`${divergenceLines(violation).join('\n')}\n  reproduce   ${replayLine(WHOLE, seed, source)}\n`);
  }
  return whole.row;
}

function cutRow(platform: Platform, source: InputSource, seed: string): RunRow {
  const { whole } = scenariosOf(source);
  if (whole === undefined) throw new Error('there is no input to run as a whole');
  platform.print(`INPUT  ${source.options.file}: the run over all of it was cut by the time limit: no verdict\n`);
  return rowOfCut(whole, seed, 'the run over all of the input was cut by --time-limit');
}

function reportOf({ input, options }: InputSource, whole: WholeRun, seconds: number): InputReport {
  const { row, result, delayMs, withLaws } = whole;
  const { counters, verdict, reason } = row;
  return {
    ...options,
    ...input.notes,
    triggerText: options.trigger === undefined ? undefined : triggerText(options.trigger),
    timeField: options.time,
    keyField: options.key,
    delayMs,
    result,
    run: {
      verdict: reason === undefined ? verdict : `${verdict}: ${reason}`,
      kills: counters.incidents['kill'] ?? 0,
      checkpoints: counters.checkpointsCompleted,
      restores: counters.restores,
      seconds,
      withLaws,
      replay: replayLine(row.scenario, row.seed, { kind: 'input', input, options }),
    },
  };
}
