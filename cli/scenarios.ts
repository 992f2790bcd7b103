/** Which scenarios a command is about: the built-in ones, or the user's own events. */
import type { Campaign, Share } from '../properties/campaign/campaign.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { InvalidInput } from '../properties/plan/schema.ts';
import { inputScenario, parseEvents, scenarios as builtIn } from '../scenarios/index.ts';
import { BadUsage } from './exit-codes.ts';

/** Plain data, so that it can be sent to a worker: that makes the scenarios again from this. */
export type Source =
  | { readonly kind: 'built-in' }
  /** `text`: what the file held when the command began. */
  | { readonly kind: 'input'; readonly text: string; readonly options: InputOptions };

export interface InputOptions {
  /** As the user named it. */
  readonly file: string;
  readonly key: string;
  readonly time: string;
  readonly windowMs: number;
  readonly latenessMs: number;
}

export interface Scenarios {
  readonly all: readonly Scenario[];
  find(id: string): Scenario | undefined;
  /** Throws `BadUsage` that lists the names. */
  named(id: string): Scenario;
}

/** Throws `InvalidInput` if the events of an input cannot be read. */
export function scenariosOf(source: Source): Scenarios {
  const all = source.kind === 'built-in' ? builtIn : inputScenarios(source.text, source.options);
  const find = (id: string): Scenario | undefined => all.find((scenario) => scenario.id === id);
  return {
    all,
    find,
    named(id) {
      const found = find(id);
      if (found !== undefined) return found;
      throw new BadUsage(`there is no scenario ${id}; there are ${all.map((scenario) => scenario.id).join(', ')}`);
    },
  };
}

const PROBLEMS_SHOWN = 20;

function inputScenarios(text: string, { file, key, time, windowMs, latenessMs }: InputOptions): readonly Scenario[] {
  const parsed = parseEvents(text, { keyField: key, timeField: time });
  if ('errors' in parsed) {
    const problems = parsed.errors.map(({ line, field, message }) =>
      [line > 0 ? `line ${line}` : 'the file', field === undefined ? '' : `, field ${field}`, `: ${message}`].join(''),
    );
    const left = problems.length - PROBLEMS_SHOWN;
    const more = left > 0 ? [`... and ${left} more`] : [];
    throw new InvalidInput(`${file} cannot be read, nothing was run`, [...problems.slice(0, PROBLEMS_SHOWN), ...more]);
  }
  const variants = ['exact', 'spread'] as const;
  return variants.map((variant) => inputScenario(parsed.records, { variant, windowMs, latenessMs }));
}

/** What a command line needs besides the case: nothing for built-in scenarios. Begins with a blank. */
export function sourceFlags(source: Source): string {
  if (source.kind === 'built-in') return '';
  const { file, key, time, windowMs, latenessMs } = source.options;
  return ` --input ${file} --key ${key} --time ${time} --window ${windowMs}ms --lateness ${latenessMs}ms`;
}

/** One run in so many is done twice. */
const REPEAT_EVERY = 40;
/** One run in so many is compared with variants of its plan. */
const RELATE_EVERY = 29;

/** The default campaign: all scenarios in equal shares. */
export function campaignOf(scenarios: readonly Scenario[], seed: string): Campaign {
  const shares: readonly Share[] = scenarios.map(({ id }) => ({ scenario: id, weight: 1 }));
  return { seed, shares, repeatEvery: REPEAT_EVERY, relateEvery: RELATE_EVERY };
}
