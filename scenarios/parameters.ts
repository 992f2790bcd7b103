/** A scenario's own numbers as a table with names that the compiler knows. */
import { parametersOf } from '../properties/plan/parameters.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { Parameter } from '../properties/plan/scenario.ts';

/** Smallest, largest and calm value; `even`: see `Parameter`. */
export type Range = readonly [min: number, max: number, calm: number, even?: 'even'];

export interface ParameterTable<N extends string> {
  readonly list: readonly Parameter[];
  /** Every number, by name: what the plan says, else the calm value. */
  of(plan: Pick<Plan, 'config'>): Readonly<Record<N, number>>;
  /** The same, of numbers that are there already (`Scenario.generate`). */
  from(numbers: Readonly<Record<string, number>>): Readonly<Record<N, number>>;
}

export function parameterTable<N extends string>(rows: Readonly<Record<N, Range>>): ParameterTable<N> {
  const list = Object.entries<Range>(rows).map(([name, [min, max, calm, even]]) => ({
    name,
    min,
    max,
    calm,
    ...(even === undefined ? {} : { even: true }),
  }));
  const from: ParameterTable<N>['from'] = (numbers) => {
    const values = list.map(({ name, calm }) => [name, numbers[name] ?? calm] as const);
    return Object.fromEntries(values) as Record<N, number>;
  };
  return { list, from, of: (plan) => from(parametersOf(list, plan)) };
}
