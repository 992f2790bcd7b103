/** What a check of a job says when it passes: how much happened to this job, so that a reader can tell what it is worth. */
import type { CheckResult } from '../properties/check/tally.ts';
import { count, plural } from './words.ts';

export function passReport(result: CheckResult): string {
  const { check, runs, seed, records, committed, restores, stateRestores, kills, killsAfterCheckpoint } = result;
  const judged = Object.entries(result.judged).map(
    ([oracle, of]) => `${oracle} ${plural(of.records, 'record')} in ${plural(of.runs, 'run')}`,
  );
  return [
    `HELD  ${check}: every law, in ${plural(runs, 'run')}, seed ${seed}`,
    `  records   ${count(records)} read, ${count(committed)} committed, ${count(result.lateRecords)} late`,
    `  restores  ${count(restores)} that went on with records, ${count(stateRestores)} that brought state back; ${plural(kills, 'kill')}, ${count(killsAfterCheckpoint)} of them behind a checkpoint; ${plural(result.checkpoints, 'checkpoint')}`,
    ...(result.upgrades === 0 ? [] : [`  versions  ${plural(result.upgrades, 'upgrade')}`]),
    ...(judged.length === 0 ? [] : [`  judged    ${judged.join(', ')}`]),
    `  laws      ${result.laws.join(', ')}`,
    `  marks     ${result.marks.join(', ')}`,
  ].join('\n');
}
