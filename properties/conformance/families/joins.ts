/** Joins: engine, model, and for the interval join the oracle of pairs. */
import { z } from 'zod';
import { tumblingEventTime } from '../../../core/api/index.ts';
import { anyOrderOfKeys, byStep, compareTexts, defineFamily, type Output } from '../family.ts';
import {
  drive,
  type Emitted,
  engine,
  type Group,
  intervalJob,
  intervalOracle,
  model,
  shownPair,
  windowJob,
} from '../joins.ts';

const elementItem = z.tuple([z.enum(['l', 'r']), z.string(), z.number(), z.number()]);
const intervalSchema = z.object({
  name: z.string(),
  config: z.object({
    lowerMs: z.number(),
    upperMs: z.number(),
    lowerExclusive: z.boolean(),
    upperExclusive: z.boolean(),
  }),
  input: z.array(z.union([elementItem, z.tuple([z.enum(['w1', 'w2']), z.number()])])),
  expected: z.array(z.array(z.unknown())),
});
type IntervalCase = z.infer<typeof intervalSchema>;

const windowSchema = z.object({
  name: z.string(),
  config: z.object({
    kind: z.enum(['join', 'coGroup']),
    sizeMs: z.number(),
    offsetMs: z.number(),
    allowedLatenessMs: z.number(),
  }),
  input: z.array(z.union([elementItem, z.tuple([z.literal('w'), z.number()])])),
  expected: z.array(z.array(z.unknown())),
});
type WindowCase = z.infer<typeof windowSchema>;

const bySet = (outputs: readonly Output[], { input }: { readonly input: readonly unknown[] }): readonly Output[] =>
  byStep(outputs, input.length).flatMap((step) => step.map((output) => JSON.stringify(output)).sort(compareTexts));

const pairOf =
  (kind: WindowCase['config']['kind']) =>
  ({ value, timestamp }: Emitted): Output => {
    const [key, lefts, rights] = value as Group;
    return kind === 'join' ? ['j', key, lefts[0], rights[0], timestamp] : ['g', key, lefts, rights, timestamp];
  };

const windowsOf = ({ kind, sizeMs, offsetMs, allowedLatenessMs }: WindowCase['config']) => ({
  kind,
  assigner: tumblingEventTime(sizeMs, offsetMs),
  allowedLatenessMs,
});

export const joins = [
  defineFamily<IntervalCase>({
    name: 'interval-join',
    schema: intervalSchema,
    subjects: [
      { name: 'engine', answer: ({ config, input }) => drive(engine(intervalJob(config)), input, shownPair) },
      { name: 'model', answer: ({ config, input }) => drive(model(intervalJob(config)), input, shownPair) },
      { name: 'oracle', answer: ({ config, input }) => intervalOracle(config, input) },
    ],
    excuses: [],
    canonical: bySet,
  }),
  defineFamily<WindowCase>({
    name: 'window-join',
    schema: windowSchema,
    subjects: [
      {
        name: 'engine',
        answer: ({ config, input }) => drive(engine(windowJob(windowsOf(config))), input, pairOf(config.kind)),
      },
      {
        name: 'model',
        answer: ({ config, input }) => drive(model(windowJob(windowsOf(config))), input, pairOf(config.kind)),
      },
    ],
    excuses: [],
    canonical: anyOrderOfKeys(2, (output) => output.at(-1)),
  }),
];
