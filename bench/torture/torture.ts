/** So many trials, and what they come to. */
import { join } from 'node:path';
import { zooEntries } from '../../scenarios/zoo/index.ts';
import { avalanche, hashText } from '../../sim/kernel/digest.ts';
import { bundleEdited } from '../measurements/edited-engine.ts';
import { TRACE_VARIABLE, type Trial, tried, VICTIMS } from './trial.ts';

/** From here, and from a bundle that stands as deep. */
const CHECKOUT = new URL('../../', import.meta.url);
const PLANTED = 'commit-at-pre-commit';
const RUNS = 24;
/** Base seeds: what is killed must come to the same digest as what is not. */
const SEEDS = ['1', '2', '3'] as const;

const MET = "    if (verdict === 'fail') met(sighting);";
const TRACE = {
  id: 'trace',
  file: 'properties/campaign/campaign.ts',
  find: MET,
  replace: `    if (verdict === 'fail') {
      process.getBuiltinModule('node:fs').appendFileSync(process.env.${TRACE_VARIABLE}, process.pid + ' ' + item.seed + '\\n');
      met(sighting);
    }`,
};

export interface Tortured {
  readonly lines: readonly string[];
  readonly isClean: boolean;
}

export async function torture(
  directory: string,
  campaigns: number,
  seed: string,
  progress: (line: string) => void,
): Promise<Tortured> {
  const planted = zooEntries.find(({ id }) => id === PLANTED);
  if (planted === undefined) throw new Error(`the zoo has no ${PLANTED}`);
  const bundle = join(directory, 'millrace.mjs');
  await bundleEdited(CHECKOUT, 'cli/node/main.ts', [planted, TRACE], bundle);
  const trials: { readonly seed: string; readonly trial: Trial }[] = [];
  for (let number = 0; number < campaigns; number++) {
    const dice = avalanche(hashText(`${seed} ${number}`, 0x746f7274)) >>> 0;
    // Each victim with each base seed.
    const of = SEEDS[Math.floor(number / VICTIMS.length) % SEEDS.length] ?? '1';
    const trial = await tried({
      bundle,
      directory: join(directory, 'campaign'),
      seed: of,
      runs: RUNS,
      victim: VICTIMS[number % VICTIMS.length] ?? 'parent',
      moment: dice / 2 ** 32,
    });
    trials.push({ seed: of, trial });
    progress(`${number + 1} of ${campaigns}: ${JSON.stringify(trial)}`);
  }
  return summed(trials);
}

function summed(trials: readonly { readonly seed: string; readonly trial: Trial }[]): Tortured {
  const all = trials.map(({ trial }) => trial);
  const sum = (of: (trial: Trial) => number): number => all.reduce((total, trial) => total + of(trial), 0);
  const figures = {
    campaigns: all.length,
    killed: sum(({ killed }) => (killed === undefined ? 0 : 1)),
    met: sum(({ met }) => met),
    lost: sum(({ lost }) => lost),
    inTheAct: sum(({ inTheAct }) => inTheAct),
    halfWritten: sum(({ halfWritten }) => halfWritten.length),
    left: sum(({ left }) => left),
    // What was not killed itself must know what it found, and be the same campaign as if nothing had happened.
    wrong: all.filter(({ victim, exitCode }) => victim !== 'parent' && exitCode !== 1).length,
    digests: new Set(
      trials.flatMap(({ seed, trial }) => (trial.digest === undefined ? [] : [`${seed} ${trial.digest}`])),
    ).size,
    seeds: new Set(trials.flatMap(({ seed, trial }) => (trial.digest === undefined ? [] : [seed]))).size,
  };
  const { killed, met, lost, halfWritten, left, wrong, digests, seeds } = figures;
  // Where nobody was killed, or nothing met, nothing could be lost.
  const isSerious = met > 0 && 2 * killed >= all.length;
  const lines = [
    `${figures.campaigns} campaigns, ${killed} killed in the middle (a third each: parent, worker, shrinker)`,
    `  met            ${met} failing runs; ${lost} lost, ${figures.inTheAct} killed while they were being written down`,
    `  half written   ${halfWritten} files of cases`,
    `  left           ${left} processes after 2 s`,
    `  wrong verdict  ${wrong} of campaigns whose worker or shrinker was killed`,
    ...(isSerious ? [] : ['  PROVES NOTHING too few were killed, or nothing was met']),
    `  digests        ${digests} of ${seeds} base seeds`,
  ];
  return { lines, isClean: isSerious && lost + halfWritten + left + wrong === 0 && digests === seeds };
}
