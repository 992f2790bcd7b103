/**
 * Breadth-first exploration of a small machine, for its tests. A machine has private fields and cannot be copied, so every
 * edge replays the path to its state on a fresh machine; what is beside it (its world, and a reference that knows the whole
 * history) is an immutable model and is kept. Two paths lead to the same state iff the keys of model and machine are equal:
 * the key must therefore name everything on which anything later can depend. Breadth-first, so a complaint comes with a
 * shortest path.
 */
import { assert } from '../../../errors.ts';

export interface Explored<Machine, Event, Output, Model> {
  readonly create: () => Machine;
  readonly apply: (machine: Machine, event: Event) => Output;
  readonly initial: Model;
  readonly enabled: (model: Model) => readonly Event[];
  /** The model after the event; throws what is wrong with the machine's answer. */
  readonly step: (model: Model, event: Event, output: Output, machine: Machine) => Model;
  /** Everything that the machine knows, and everything in the model on which later answers and complaints depend. */
  readonly key: (model: Model, machine: Machine) => string;
}

/** `edges`: pairs of a state and an event that can come in it. */
export interface Extent {
  readonly states: number;
  readonly edges: number;
}

/** A disagreement, after the shortest path that shows it. */
export class Counterexample extends Error {
  constructor(path: readonly unknown[], cause: unknown) {
    const events = path.map((event) => JSON.stringify(event)).join('\n  ');
    super(`after\n  ${events}\n${cause instanceof Error ? cause.message : String(cause)}`);
    this.name = 'Counterexample';
  }
}

/** More states than any of the explorations has; one that grows beyond is no fixpoint that a test can wait for. */
const STATES_MAX = 300_000;

/** Explores to the fixpoint. Throws a `Counterexample` at the first complaint. */
export function explore<Machine, Event, Output, Model>(explored: Explored<Machine, Event, Output, Model>): Extent {
  const { create, apply, enabled, key, step } = explored;
  const seen = new Set<string>();
  const frontier: { readonly path: readonly Event[]; readonly model: Model }[] = [
    { path: [], model: explored.initial },
  ];
  let edges = 0;
  seen.add(key(explored.initial, create()));
  for (const { path, model } of frontier) {
    for (const event of enabled(model)) {
      edges += 1;
      const machine = create();
      for (const earlier of path) apply(machine, earlier);
      const after = complaining([...path, event], () => step(model, event, apply(machine, event), machine));
      const state = key(after, machine);
      if (seen.has(state)) continue;
      seen.add(state);
      assert(seen.size <= STATES_MAX, () => `more than ${STATES_MAX} states`);
      frontier.push({ path: [...path, event], model: after });
    }
  }
  return { states: seen.size, edges };
}

function complaining<T>(path: readonly unknown[], body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new Counterexample(path, error);
  }
}
