/**
 * `millrace.config.mjs`: what a project adds to the command. `defineConfig` gives the types; what was loaded is checked
 * here, before anything runs. How a file is found and loaded is `cli/node/load-config.ts`.
 */
import * as z from 'zod';
import type { Parts } from '../core/parts.ts';
import { LAWS } from '../properties/laws/index.ts';
import type { Law } from '../properties/laws/law.ts';
import { MARKS } from '../properties/marks/index.ts';
import type { Mark } from '../properties/marks/mark.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { problemsOf } from '../properties/plan/schema.ts';
import { InvalidInput } from '../properties/plan/invalid-input.ts';
import { type Reporter, REPORTERS } from '../reports/reporters.ts';

/** What a project's configuration may say; all of it is optional. */
export interface Config {
  /** What `run`, `replay`, `list` and `gate` are about. Default: the built-in scenarios. */
  readonly scenarios?: readonly Scenario[];
  /** Judged in every run, beside the built-in ones. */
  readonly laws?: readonly Law[];
  /** States that a campaign should reach; `gate` is red if one was not reached in ten times as many runs as its rarity. */
  readonly marks?: readonly Mark[];
  /** Parts of the engine to use in place of its own. */
  readonly parts?: Partial<Parts>;
  /** Further reports: `--report <flag>=<file>` writes one. */
  readonly reporters?: readonly Reporter[];
  /** Where failing cases are written and `gate` finds them, from the working directory. Default: `millrace-cases`. */
  readonly caseDirectory?: string;
}

/**
 * The default export of `millrace.config.mjs`. It returns what it is given; its type is what it is for.
 *
 * The file is loaded by the command and by each of its workers: what it makes must not depend on when or where.
 *
 * @example
 * ```ts
 * const config = defineConfig({ parts: { restartStrategy: defaultParts.restartStrategy }, caseDirectory: 'test/cases' });
 * ```
 */
export function defineConfig(config: Config): Config {
  return config;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const name = (what: string): z.ZodString =>
  z
    .string({ error: `expected ${what}, a string` })
    .regex(NAME, { error: `expected ${what}: letters, digits, ".", "_", "/" and "-", a letter or digit first` });
const sentence = z.string({ error: 'expected a sentence, a string' });
const functionOf = <F>(takes: string): z.ZodType<F> =>
  z.custom<F>((value) => typeof value === 'function', { error: `expected a function: ${takes}` });
const listOf = <T>(element: z.ZodType<T>, what: string): z.ZodOptional<z.ZodArray<z.ZodType<T>>> =>
  z.array(element, { error: `expected a list of ${what}` }).optional();

/** Says what there is instead of a key that is not. */
const known =
  (keys: string, otherwise: string) =>
  (issue: { readonly code?: string | undefined; readonly keys?: readonly string[] }): string =>
    issue.code === 'unrecognized_keys' ? `there is no ${issue.keys?.join(', ') ?? ''}; there are ${keys}` : otherwise;

const parameter = z.strictObject({
  name: name('the name of a parameter'),
  min: z.int({ error: 'expected a whole number' }),
  max: z.int({ error: 'expected a whole number' }),
  calm: z.int({ error: 'expected a whole number, the default' }),
  even: z.boolean({ error: 'expected true or false' }).optional(),
});
/** They may have members of their own: an object of a class, for example. What is there is checked, nothing is copied. */
const scenario = z.looseObject(
  {
    id: z
      .string({ error: 'expected the name of the scenario, a string' })
      .regex(/^[^\s-]\S*$/, { error: 'expected the name of the scenario: no blanks, no "-" first' })
      .refine((id) => !id.endsWith('.json'), {
        error: 'expected the name of the scenario: .json ends the name of a case',
      }),
    states: sentence,
    parameters: z.array(parameter, { error: 'expected a list of parameters; [] if it has none' }),
    weight: z.int({ error: 'expected a whole number' }).min(1, { error: 'expected at least 1' }).optional(),
    build: functionOf('build(plan) returns a workload'),
    generate: functionOf('generate(seed, count, params) returns the records of each topic'),
    recordArbitrary: functionOf('recordArbitrary(topic, fc) returns a fast-check arbitrary'),
  },
  { error: 'expected a scenario, an object' },
);
const law = z.looseObject(
  {
    name: name('the name of the law'),
    states: sentence,
    anomalies: z.array(z.string(), { error: 'expected a list of names' }),
    listen: functionOf('listen(world) returns { probe, settled? }'),
  },
  { error: 'expected a law, an object' },
);
const mark = z.looseObject(
  {
    name: name('the name of the mark'),
    rarity: z.number({ error: 'expected a number: reached in one of so many runs' }).positive(),
    condition: sentence,
    listen: functionOf('listen(world, reached) returns a probe'),
  },
  { error: 'expected a mark, an object' },
);
const reporter = z.looseObject(
  {
    flag: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: 'expected one lower-case word' }),
    describes: sentence,
    render: functionOf('render(report) returns the text of a file'),
  },
  { error: 'expected a reporter, an object' },
);
const parts = z.strictObject(
  {
    barrierHandler: functionOf('barrierHandler(options) returns a barrier handler').optional(),
    restartStrategy: functionOf('restartStrategy(config) returns a restart strategy').optional(),
    stateBackend: z
      .looseObject(
        {
          create: functionOf('create(env) returns an empty backend'),
          inspect: functionOf('inspect(handles, bytesOf) reads an image'),
        },
        { error: 'expected a state backend, an object' },
      )
      .optional(),
  },
  { error: known('barrierHandler, restartStrategy, stateBackend', 'expected an object') },
);
const shape = z.strictObject(
  {
    scenarios: z
      .array(scenario, { error: 'expected a list of scenarios' })
      .min(1, { error: 'the list is empty: name a scenario, or leave `scenarios` out for the built-in ones' })
      .optional(),
    laws: listOf(law, 'laws'),
    marks: listOf(mark, 'marks'),
    parts: parts.optional(),
    reporters: listOf(reporter, 'reporters'),
    caseDirectory: z.string({ error: 'expected the path of a directory' }).min(1).optional(),
  },
  {
    error: known(
      'scenarios, laws, marks, parts, reporters, caseDirectory',
      'expected an object, the default export: export default defineConfig({ ... })',
    ),
  },
);

/** Whether it has the shape of one. Names are checked by `configFrom`. */
function isConfig(value: unknown): value is Config {
  return shape.safeParse(value).success;
}

/** What a file exports by default. Throws `InvalidInput` with every place that is wrong. */
export function configFrom(value: unknown, file: string): Config {
  if (!isConfig(value)) {
    const { error } = shape.safeParse(value);
    throw new InvalidInput(`${file} is no configuration`, error === undefined ? [] : problemsOf(error));
  }
  const { scenarios = [], laws = [], marks = [], reporters = [] } = value;
  const problems = [
    ...taken(
      'scenarios',
      'id',
      scenarios.map(({ id }) => id),
      [],
    ),
    ...taken(
      'laws',
      'name',
      laws.map((one) => one.name),
      LAWS.map((one) => one.name),
    ),
    ...taken(
      'marks',
      'name',
      marks.map((one) => one.name),
      MARKS.map((one) => one.name),
    ),
    ...taken(
      'reporters',
      'flag',
      reporters.map(({ flag }) => flag),
      REPORTERS.map(({ flag }) => flag),
    ),
  ];
  if (problems.length > 0) throw new InvalidInput(`${file} is no configuration`, problems);
  return value;
}

function taken(list: string, field: string, names: readonly string[], ours: readonly string[]): readonly string[] {
  return names.flatMap((one, at) => {
    const place = `${list}[${at}].${field}`;
    if (ours.includes(one)) return [`${place}: ${one} is a built-in one; give yours another name`];
    const first = names.indexOf(one);
    return first < at ? [`${place}: ${one} is that of ${list}[${first}], too; give each a name of its own`] : [];
  });
}
