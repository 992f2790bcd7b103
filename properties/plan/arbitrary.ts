/**
 * The arbitrary of explicit plans: the same knob table that `generate.ts` draws from, as fast-check sees it. Every part
 * can shrink a value that it has never generated, so that any failing plan can be handed over as an example.
 *
 * A knob shrinks towards its calm value. What a person wrote and this arbitrary would never make (a fact filter on an
 * unusual field) is left as it is.
 */
import fc from 'fast-check';
import { INCIDENTS } from '../../sim/faults/index.ts';
import { type Incident, isWhat, type What } from '../../sim/faults/incident.ts';
import type { IncidentFault } from '../../sim/faults/vocabulary/define.ts';
import type { Field } from '../../sim/faults/vocabulary/fields.ts';
import type { Scenario } from './scenario.ts';
import { FACT_KINDS } from '../../core/facts.ts';
import { JOB_MANAGER, knobNamed, KNOBS, taskManagerNames } from './knobs.ts';
import { parametersOf } from './parameters.ts';
import type { Plan, Topics } from './plan.ts';

/** Explicit plans of a scenario. `like`: topics and numbers of partitions, which stay; default: the calm ones. */
export function planArbitrary(scenario: Scenario, like: Topics = calmTopics(scenario)): fc.Arbitrary<Plan> {
  return fc.record({
    scenario: fc.constant(scenario.id),
    config: configArbitrary(scenario),
    workload: fc.record({ kind: fc.constant('explicit' as const), topics: topicsArbitrary(scenario, like) }),
    incidents: fc.array(incidentArbitrary, { size: 'small' }),
    choices: choicesArbitrary,
  });
}

function calmTopics(scenario: Scenario): Topics {
  return scenario.generate('', 1, parametersOf(scenario.parameters, { config: {} }));
}

// ---- configuration

function configArbitrary(scenario: Scenario): fc.Arbitrary<Plan['config']> {
  const numbers = [...KNOBS, ...scenario.parameters].map(({ name, min, max, calm }): [string, fc.Arbitrary<number>] => [
    name,
    towards(calm, min, max),
  ]);
  // Keys that are left out are missing, not undefined: fast-check's types cannot say so for computed keys.
  return fc.record(Object.fromEntries(numbers), RECORD_OF_SOME) as fc.Arbitrary<Record<string, number>>;
}

const RECORD_OF_SOME: { requiredKeys: []; noNullPrototype: true } = { requiredKeys: [], noNullPrototype: true };

/** A whole number in [min, max] that shrinks towards `calm`. */
function towards(calm: number, min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: min - calm, max: max - calm }).map(
    (distance) => calm + distance,
    (value) => Number(value) - calm,
  );
}

// ---- records

function topicsArbitrary(scenario: Scenario, like: Topics): fc.Arbitrary<Topics> {
  const topics = Object.entries(like).map(([topic, { length }]): [string, fc.Arbitrary<unknown[][]>] => {
    const records = fc.array(new AnyValue(scenario.recordArbitrary(topic, fc)));
    return [topic, fc.array(records, { minLength: length, maxLength: length })];
  });
  return fc.record(Object.fromEntries(topics), { noNullPrototype: true });
}

/** Shrinks what the inner arbitrary can shrink and leaves any other value alone, instead of refusing a whole plan. */
class AnyValue<T> extends fc.Arbitrary<T> {
  readonly #inner: fc.Arbitrary<T>;

  constructor(inner: fc.Arbitrary<T>) {
    super();
    this.#inner = inner;
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<T> {
    return this.#inner.generate(random, bias);
  }

  override canShrinkWithoutContext(_value: unknown): _value is T {
    return true;
  }

  override shrink(value: T, context: unknown): fc.Stream<fc.Value<T>> {
    if (context === undefined && !this.#inner.canShrinkWithoutContext(value)) return fc.Stream.nil();
    return this.#inner.shrink(value, context);
  }
}

// ---- incidents

const processArbitrary = fc.constantFrom('self', ...taskManagerNames(knobNamed('taskManagers').max), JOB_MANAGER);

const factArbitrary = fc.noShrink(fc.constantFrom(...FACT_KINDS));

function fieldArbitrary(of: Field): fc.Arbitrary<unknown> {
  switch (of.type) {
    case 'process':
      return processArbitrary;
    case 'whole':
      return fc.integer({ min: of.min, max: of.max });
    case 'flag':
      return fc.boolean();
    case 'optional fact':
      return factArbitrary;
  }
}

function whatOfKind({ kind, fields }: IncidentFault): fc.Arbitrary<What> {
  const entries = Object.entries(fields);
  const arbitraries = entries.map(([name, of]): [string, fc.Arbitrary<unknown>] => [name, fieldArbitrary(of)]);
  const required = entries.filter(([, { type }]) => type !== 'optional fact').map(([name]) => name);
  const model: Record<string, fc.Arbitrary<unknown>> = {
    kind: fc.constant(kind),
    ...Object.fromEntries(arbitraries),
  };
  return fc
    .record(model, { requiredKeys: ['kind', ...required], noNullPrototype: true })
    .filter((what): what is What => isWhat({ ...what, kind }));
}

const whatArbitrary: fc.Arbitrary<What> = fc.oneof(...INCIDENTS.map(whatOfKind));

const whereArbitrary = fc.record(
  {
    checkpoint: fc.integer({ min: 1, max: 1_000 }),
    attempt: fc.integer({ min: 1, max: 1_000 }),
    'task.attempt': fc.integer({ min: 1, max: 1_000 }),
    'task.subtask': fc.nat(1_000),
  },
  RECORD_OF_SOME,
) as fc.Arbitrary<Record<string, number>>;

const whenArbitrary: fc.Arbitrary<Incident['when']> = fc.oneof(
  fc.record({ kind: fc.constant('time' as const), ms: fc.nat(10_000_000) }),
  fc.record(
    {
      kind: fc.constant('fact' as const),
      fact: factArbitrary,
      nth: fc.integer({ min: 1, max: 1_000_000 }),
      where: new AnyValue(whereArbitrary),
    },
    { requiredKeys: ['kind', 'fact', 'nth'], noNullPrototype: true },
  ),
  fc.record({
    kind: fc.constant('port-call' as const),
    process: processArbitrary,
    nth: fc.integer({ min: 1, max: 10_000_000 }),
  }),
);

const incidentArbitrary: fc.Arbitrary<Incident> = fc.record({ what: whatArbitrary, when: whenArbitrary });

// ---- choices

/** Labels and counts name a draw: they are taken away as a whole or stay; only the drawn value gets smaller. */
const choicesArbitrary: fc.Arbitrary<Plan['choices']> = fc.oneof(
  fc.record({
    explicit: fc.array(
      fc.record({
        label: fc.noShrink(fc.string()),
        k: fc.noShrink(fc.maxSafeNat()),
        value: fc.integer({ min: 1, max: 0x7fff_ffff }),
      }),
      { size: 'small' },
    ),
  }),
  fc.record({ seed: fc.noShrink(fc.string()) }),
);
