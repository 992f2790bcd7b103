/** Which scenarios a command is about: the built-in ones, those of a project, or the user's own events. */
import type { Campaign, Share } from '../properties/campaign/campaign.ts';
import { messageOf } from '../core/errors.ts';
import { ORIGIN_FILE, type Origin } from '../properties/case/kept-checkpoint.ts';
import { type RestoreOptions, restoredScenario } from '../properties/case/restored.ts';
import { expand } from '../properties/plan/generate.ts';
import { configOf } from '../properties/plan/knobs.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { misfits } from '../properties/plan/misfits.ts';
import { plural, quoted } from '../reports/words.ts';
import { inputScenario, scenarios as builtIn } from '../scenarios/index.ts';
import { BadUsage } from './exit-codes.ts';
import { guardedScenario } from './guarded-scenario.ts';
import { inputFlags, type InputOptions } from './input/options.ts';
import type { ReadInput } from './input/reader.ts';

/** Plain data, so that it can be sent to a worker: that makes the scenarios again from this. */
export type Source = ({ readonly kind: 'built-in' } | ConfigSource | InputSource) & {
  /** The one scenario of a checkpoint that its universes start from. */
  readonly from?: FromCheckpoint;
};

/** What a directory held when the command began, and how it is used. */
export interface FromCheckpoint {
  readonly directory: string;
  readonly origin: Origin;
  readonly files: readonly (readonly [name: string, bytes: Uint8Array])[];
  readonly options: RestoreOptions;
}

/** A configuration; every process loads the file for itself. */
export interface ConfigSource {
  readonly kind: 'config';
  readonly file: string;
  /** Nobody named it: it was found where the command was started. */
  readonly found: boolean;
}

/** `input`: what the files held when the command began. */
export interface InputSource {
  readonly kind: 'input';
  readonly input: ReadInput;
  readonly options: InputOptions;
}

export interface Scenarios {
  /** Of a campaign. */
  readonly all: readonly Scenario[];
  /** The run over a whole input, which is done once and first. */
  readonly whole: Scenario | undefined;
  find(id: string): Scenario | undefined;
  /** Throws `BadUsage` that lists the names. */
  named(id: string): Scenario;
}

/** `own`: the scenarios of a configuration that names some. */
export function scenariosOf(source: Source, own?: readonly Scenario[]): Scenarios {
  const { from, ...plain } = source;
  if (from !== undefined) return startingFrom(from, scenariosOf(plain, own));
  const all =
    source.kind === 'input' ? inputScenarios(source, ['exact', 'spread']) : (own?.map(guardedScenario) ?? builtIn);
  const [whole] = source.kind === 'input' ? inputScenarios(source, ['whole']) : [];
  const known = [...all, ...(whole === undefined ? [] : [whole])];
  const find = (id: string): Scenario | undefined => known.find((scenario) => scenario.id === id);
  return {
    all,
    whole,
    find,
    named(id) {
      const found = find(id);
      if (found !== undefined) return found;
      throw new BadUsage(`there is no scenario ${id}; there are ${known.map((scenario) => scenario.id).join(', ')}`);
    },
  };
}

/** Throws `BadUsage` that says what the checkpoint needs. */
function startingFrom({ directory, origin, files, options }: FromCheckpoint, known: Scenarios): Scenarios {
  const { scenario: id } = origin.plan;
  const base = known.find(id);
  if (base === undefined) {
    throw new BadUsage(
      `--from ${directory}: it is of scenario ${id}, which is not known here; there are ${known.all.map((one) => one.id).join(', ')}`,
    );
  }
  const problems = misfits(origin.plan, base);
  if (problems.length > 0) throw new BadUsage(`--from ${directory}/${ORIGIN_FILE}: plan.${problems.join('; plan.')}`);
  const { versions = 1 } = base;
  const { version = origin.version } = options;
  if (version > versions)
    throw new BadUsage(`--job-version ${version}: scenario ${id} has ${plural(versions, 'version')} of its job`);
  const restored = readable(directory, () => restoredScenario(base, origin, new Map(files), options));
  const unfit = misfits(expand(restored, ''), restored);
  if (unfit.length > 0) throw new BadUsage(`--from ${directory}: ${unfit.join('; ')}`);
  const { maxParallelism } = configOf(origin.plan).cluster;
  if (options.parallelism !== undefined && maxParallelism > 0 && options.parallelism > maxParallelism) {
    throw new BadUsage(
      `--parallelism ${options.parallelism}: the state in ${directory} has ${maxParallelism} key groups, which are fixed; say at most ${maxParallelism}`,
    );
  }
  const find = (asked: string): Scenario | undefined => (asked === id || asked === restored.id ? restored : undefined);
  return {
    all: [restored],
    whole: undefined,
    find,
    named(asked) {
      const found = find(asked);
      if (found !== undefined) return found;
      throw new BadUsage(`--from ${directory}: it is of scenario ${id}, and can start no ${asked}; leave ${asked} out`);
    },
  };
}

function readable<T>(directory: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new BadUsage(`--from ${directory} cannot be read: ${messageOf(error)}`);
  }
}

function inputScenarios(
  { input, options }: InputSource,
  variants: readonly ('exact' | 'spread' | 'whole')[],
): readonly Scenario[] {
  return variants.map((variant) => inputScenario(input.columns, { ...options, variant }));
}

/** What a command line needs besides the case: nothing for built-in scenarios. Begins with a blank. */
export function sourceFlags({ from, ...source }: Source): string {
  return ownFlags(source) + (from === undefined ? '' : fromFlags(from));
}

function fromFlags({ directory, options }: FromCheckpoint): string {
  const { claim, allowNonRestoredState, parallelism, version } = options;
  return [
    ` --from ${quoted(directory)}`,
    claim ? ' --claim' : '',
    allowNonRestoredState ? ' --allow-non-restored-state' : '',
    parallelism === undefined ? '' : ` --parallelism ${parallelism}`,
    version === undefined ? '' : ` --job-version ${version}`,
  ].join('');
}

function ownFlags(source: Source): string {
  if (source.kind === 'input') return inputFlags(source.options);
  return source.kind === 'config' && !source.found ? ` --config ${quoted(source.file)}` : '';
}

/** The command that does a run again, as a shell reads it. */
export function replayLine(scenario: string, seed: string, source: Source): string {
  return `npx millrace replay ${quoted(scenario)} --seed ${quoted(seed)}${sourceFlags(source)}`;
}

/** One run in so many is done twice. */
const REPEAT_EVERY = 40;
/** One run in so many is compared with variants of its plan. */
const RELATE_EVERY = 29;

/** The default campaign: all scenarios, as often as their weights say. `source`: where they come from; ours if it is left out. */
export function campaignOf(scenarios: readonly Scenario[], seed: string, source?: Source): Campaign {
  const shares: readonly Share[] = scenarios.map(({ id, weight = 1 }) => ({ scenario: id, weight }));
  return { seed, shares, repeatEvery: REPEAT_EVERY, relateEvery: RELATE_EVERY, ofUser: source?.kind === 'config' };
}
