/** The run over a whole input: done first, shown as what was understood of the input, summed up with the campaign. */
import { seedOf } from '../../properties/campaign/campaign.ts';
import { divergenceLines } from '../../reports/falsified.ts';
import { type InputReport, inputReport } from '../../reports/input.ts';
import type { WholeRun } from '../input/whole.ts';
import type { Platform } from '../platform.ts';
import { type InputSource, replayLine } from '../scenarios.ts';

export const WHOLE = 'input/whole';

/** Its plan comes from the base seed of the campaign. */
export async function wholeRun(platform: Platform, source: InputSource, base: string): Promise<WholeRun> {
  return shownRun(platform, source, seedOf(base, 0));
}

/** Does it, and prints it. */
export async function shownRun(platform: Platform, source: InputSource, seed: string): Promise<WholeRun> {
  const { doubt } = source.input.notes;
  if (doubt !== undefined) platform.warn(`--time ${source.options.time}: ${doubt}`);
  const started = platform.seconds();
  platform.progress(`running all of ${source.options.file}`);
  const whole = await platform.runWhole(source, seed);
  platform.progress(undefined);
  platform.print(`${inputReport(reportOf(source, whole, platform.seconds() - started))}\n`);
  const [violation] = whole.row.violations;
  if (violation !== undefined) {
    const { law, anomaly, place } = violation;
    platform.print(`FALSIFIED  ${WHOLE}   law: ${law}   signature: ${law}/${anomaly}/${place}`);
    platform.print(`${divergenceLines(violation).join('\n')}\n  reproduce   ${replayLine(WHOLE, seed, source)}\n`);
  }
  return whole;
}

function reportOf({ input, options }: InputSource, whole: WholeRun, seconds: number): InputReport {
  const { row, result, delayMs, withLaws } = whole;
  const { counters, verdict, reason } = row;
  return {
    ...options,
    ...input.notes,
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
