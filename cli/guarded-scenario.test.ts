import { expect, it } from 'vitest';
import { smoke } from '../scenarios/jobs/smoke.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { JobFault } from '../core/job-fault.ts';
import { CheckError } from '../properties/check/errors.ts';
import { InvalidInput } from '../properties/plan/invalid-input.ts';
import { expand } from '../properties/plan/generate.ts';
import { run } from '../properties/run/run.ts';
import { guardedScenario } from './guarded-scenario.ts';

const wrong = (value: unknown): never => value as never;
const boom = (): never => {
  throw new TypeError('boom');
};

/** What is said of a scenario of which this is wrong. */
function problemsOf(changes: Partial<Scenario>): readonly string[] {
  try {
    const scenario = guardedScenario({ ...smoke, ...changes });
    run(scenario, expand(scenario, 'a seed'));
  } catch (error) {
    if (error instanceof InvalidInput) return error.message.split('\n').map((line) => line.trim());
    throw error;
  }
  return [];
}

it('what its functions throw is said as a mistake of their author, with the line and the seed', () => {
  const [what, problem, place, seed] = problemsOf({ build: boom });
  expect(what).toBe('scenario smoke cannot be run:');
  expect(problem).toMatch(/^build threw TypeError: boom; it has to return a workload \{ job, topics, confluent \}/);
  expect(place).toMatch(/^at Object\.boom \[as build\] \(.*guarded-scenario\.test\.ts:\d+:\d+\)$/);
  expect(seed).toBe('with seed a seed');
  expect(problemsOf({ generate: boom })[1]).toMatch(/^generate threw TypeError: boom; it has to return a list/);
  expect(problemsOf({ planOf: boom })[1]).toMatch(/^planOf threw/);
});

it('what a function without a context must not call is said with what it has instead of one', () => {
  const generate = (): never => {
    throw new JobFault('platform-call', 'Math.random() was called: use ctx.random instead');
  };
  expect(problemsOf({ generate })[1]).toMatch(
    /^generate threw JobFault: Math\.random\(\) was called: use ctx\.random instead; where there is no ctx, follow from the arguments/,
  );
});

it('what has nothing to do with a context is said as it is', () => {
  const generate = (): never => {
    throw new JobFault('platform-call', 'getHours() of a Date was called: use getUTCHours() instead');
  };
  expect(problemsOf({ generate })[1]).toContain('use getUTCHours() instead; it has to return');
});

it('what an option of a check says is whole, and its cause knows the line', () => {
  const cause = new Error('gen');
  const generate = (): never => {
    throw new CheckError('usage', 'input.in: the function of a seed threw Error: gen', { cause });
  };
  const [, problem, place] = problemsOf({ generate });
  expect(problem).toBe('input.in: the function of a seed threw Error: gen');
  expect(place).toContain('guarded-scenario.test.ts');
});

it.each<readonly [string, Partial<Scenario>]>([
  ['build returned 5;', { build: () => wrong(5) }],
  ['build returned a workload whose job is 1;', { build: () => wrong({ job: 1 }) }],
  [
    'build returned a workload whose topics are undefined;',
    { build: (plan) => ({ ...smoke.build(plan), topics: wrong(undefined) }) },
  ],
  [
    'build returned a workload whose service crm is "x";',
    { build: (plan) => ({ ...smoke.build(plan), services: { crm: wrong('x') } }) },
  ],
  ['generate returned topics of which in is 5;', { generate: () => wrong({ in: 5 }) }],
  ['generate returned topics of which in[1] is undefined;', { generate: () => wrong({ in: [[], undefined] }) }],
  ['generate returned a list of 0;', { generate: () => wrong([]) }],
  ['planOf returned an object without config, workload,', { planOf: () => wrong({}) }],
  ['build returned a promise; it is synchronous: ', { build: () => wrong(Promise.reject(new Error('late'))) }],
])('%s is refused, with what it has to be', (says, changes) => {
  const [what, problem = ''] = problemsOf(changes);
  expect(what).toBe('scenario smoke cannot be run:');
  expect(problem.slice(0, says.length)).toBe(says);
  expect(problem).toContain('it has to return ');
});

it('one that is right is the same scenario, also as an object of a class', () => {
  class Mine {
    readonly #of = smoke;
    readonly id = 'smoke';
    readonly states = smoke.states;
    readonly parameters = smoke.parameters;
    build(...args: Parameters<Scenario['build']>) {
      return this.#of.build(...args);
    }
    generate(...args: Parameters<Scenario['generate']>) {
      return this.#of.generate(...args);
    }
    recordArbitrary(...args: Parameters<Scenario['recordArbitrary']>) {
      return this.#of.recordArbitrary(...args);
    }
  }
  const plain: Scenario = new Mine();
  const scenario = guardedScenario(plain);
  expect(run(scenario, expand(scenario, 'same')).digest).toBe(run(plain, expand(plain, 'same')).digest);
});
