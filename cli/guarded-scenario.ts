/**
 * A scenario of a project, with a guard around its functions: what they throw, or return of another shape than they must, is a
 * mistake of their author's. It is said as one, and never taken for a crash of the harness, which is what it would look like from
 * where these functions are called.
 */
import { JobFault, thrownWithoutContext } from '../core/job-fault.ts';
import { ignoreRejection, isThenable } from '../core/user-code.ts';
import { describe } from '../core/values/refusal.ts';
import { CheckError } from '../properties/check/errors.ts';
import { InvalidInput } from '../properties/plan/invalid-input.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { Scenario } from '../properties/plan/scenario.ts';

type GuardedMember = 'build' | 'generate' | 'recordArbitrary' | 'planOf' | 'shapeOf' | 'shrinkingOf';
/** What is taken as it is. The compiler knows if one is missing here. */
const OTHERS: Readonly<Record<Exclude<keyof Scenario, GuardedMember>, true>> = {
  id: true,
  states: true,
  parameters: true,
  weight: true,
  versions: true,
  from: true,
  has: true,
  sinkRequests: true,
  stateReads: true,
  panesPerRecord: true,
  batchPer1000: true,
  grows: true,
  expects: true,
};

/** Its functions throw `InvalidInput`, and nothing else. It may be an object of a class: they are called as its methods. */
export function guardedScenario(scenario: Scenario): Scenario {
  const { id, planOf, shapeOf, shrinkingOf } = scenario;
  const others = Object.keys(OTHERS).flatMap((name) => {
    const value: unknown = Reflect.get(scenario, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...(Object.fromEntries(others) as unknown as Pick<Scenario, keyof typeof OTHERS>),
    build: (plan, version) => guarded(id, BUILD, seedOf(plan), () => scenario.build(plan, version)),
    generate: (seed, count, params) => guarded(id, GENERATE, seed, () => scenario.generate(seed, count, params)),
    recordArbitrary: (topic, fc) => guarded(id, RECORD_ARBITRARY, undefined, () => scenario.recordArbitrary(topic, fc)),
    ...(planOf === undefined
      ? {}
      : { planOf: (seed) => guarded(id, PLAN_OF, seed, () => planOf.call(scenario, seed)) }),
    ...(shapeOf === undefined
      ? {}
      : { shapeOf: (plan) => guarded(id, SHAPE_OF, seedOf(plan), () => shapeOf.call(scenario, plan)) }),
    ...(shrinkingOf === undefined
      ? {}
      : { shrinkingOf: (seed) => guarded(id, SHRINKING_OF, seed, () => shrinkingOf.call(scenario, seed)) }),
  };
}

/** A function of a scenario, and what it has to return. */
interface Guard {
  readonly name: GuardedMember;
  readonly returns: string;
  /** What is wrong with a result, as "a list of 2" or "a workload without a job"; undefined: nothing is. */
  readonly wrong: (result: unknown) => string | undefined;
}

const BUILD: Guard = {
  name: 'build',
  returns:
    'a workload { job, topics, confluent }, its job as defineJob returns it, its topics as generate returns them',
  wrong: (result) => {
    if (!isObject(result)) return describe(result);
    const { job, topics, services } = result;
    if (!isObject(job) || !Array.isArray(job['nodes']) || !Array.isArray(job['edges']))
      return `a workload whose job is ${describe(job)}`;
    const ofTopics = wrongTopics(topics);
    if (ofTopics !== undefined) return `a workload whose topics are ${ofTopics}`;
    if (services === undefined) return undefined;
    if (!isObject(services)) return `a workload whose services are ${describe(services)}`;
    const other = Object.entries(services).find(([, answer]) => typeof answer !== 'function');
    return other === undefined ? undefined : `a workload whose service ${other[0]} is ${describe(other[1])}`;
  },
};
const GENERATE: Guard = {
  name: 'generate',
  returns: 'a list of partitions for each topic, each a list of records',
  wrong: wrongTopics,
};
const RECORD_ARBITRARY: Guard = {
  name: 'recordArbitrary',
  returns: 'a fast-check arbitrary',
  wrong: (result) => (isObject(result) && typeof result['generate'] === 'function' ? undefined : describe(result)),
};
const PLAN_OF: Guard = {
  name: 'planOf',
  returns: 'a plan',
  wrong: (result) => {
    if (!isObject(result)) return describe(result);
    const { config, workload, incidents, choices } = result;
    const isPlan = isObject(config) && isObject(workload) && Array.isArray(incidents) && isObject(choices);
    return isPlan ? undefined : 'an object without config, workload, incidents or choices';
  },
};
const SHAPE_OF: Guard = {
  name: 'shapeOf',
  returns: 'a text',
  wrong: (result) => (typeof result === 'string' ? undefined : describe(result)),
};
const SHRINKING_OF: Guard = {
  name: 'shrinkingOf',
  returns: 'an object with admits, simpler and polish',
  wrong: (result) => {
    const has = (name: string): boolean => isObject(result) && typeof result[name] === 'function';
    return ['admits', 'simpler', 'polish'].every(has) ? undefined : describe(result);
  },
};

function wrongTopics(result: unknown): string | undefined {
  if (!isObject(result) || Array.isArray(result)) return describe(result);
  for (const [topic, partitions] of Object.entries(result)) {
    if (!Array.isArray(partitions)) return `topics of which ${topic} is ${describe(partitions)}`;
    const other = partitions.findIndex((records: unknown) => !Array.isArray(records));
    if (other >= 0) return `topics of which ${topic}[${other}] is ${describe(partitions[other])}`;
  }
  return undefined;
}

/** `seed`: what it was called for; undefined: for no seed alone. */
function guarded<T>(id: string, { name, returns, wrong }: Guard, seed: string | undefined, body: () => T): T {
  let result: T;
  try {
    result = body();
  } catch (error) {
    // One function of a scenario may call another one.
    if (error instanceof InvalidInput) throw error;
    // Its message is whole: it names the option, and what to do.
    const said = error instanceof CheckError ? error.message : undefined;
    const { stack } = new JobFault('threw', '', { cause: causeOf(error) }).data('');
    throw refusal(
      id,
      said ?? `${name} threw ${thrownWithoutContext(error)}; it has to return ${returns}`,
      stack.slice(0, 1),
      seed,
    );
  }
  if (isThenable(result)) {
    ignoreRejection(result);
    throw refusal(id, `${name} returned a promise; it is synchronous: it has to return ${returns}`, [], seed);
  }
  const found = wrong(result);
  if (found === undefined) return result;
  throw refusal(id, `${name} returned ${found}; it has to return ${returns}`, [], seed);
}

/** What the author's own function threw knows the line. */
function causeOf(error: unknown): unknown {
  return error instanceof CheckError && error.cause !== undefined ? error.cause : error;
}

function refusal(id: string, problem: string, place: readonly string[], seed: string | undefined): InvalidInput {
  const when = seed === undefined || seed === '' ? [] : [`with seed ${seed}`];
  return new InvalidInput(`scenario ${id} cannot be run`, [problem, ...place, ...when]);
}

function seedOf({ workload }: Plan): string | undefined {
  return workload.kind === 'generated' ? workload.seed : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
