/** The numbers of a plan while it is drawn. A plan names only what differs from calm. */
import { type KnobName, knobNamed } from './knobs.ts';
import type { Plan } from './plan.ts';
import type { Parameter } from './scenario.ts';

export class Numbers {
  readonly #values = new Map<string, number>();

  of(name: KnobName): number {
    return this.#values.get(name) ?? knobNamed(name).calm;
  }

  /** Whether it differs from calm. */
  has(name: KnobName): boolean {
    return this.#values.has(name);
  }

  /** At most the knob's largest value. */
  set(name: KnobName, value: number): void {
    const { calm, max } = knobNamed(name);
    this.#set(name, Math.min(max, value), calm);
  }

  /** Back to calm. */
  forget(name: KnobName): void {
    this.#values.delete(name);
  }

  setParameter({ name, calm }: Parameter, value: number): void {
    this.#set(name, value, calm);
  }

  config(): Plan['config'] {
    return Object.fromEntries(this.#values);
  }

  #set(name: string, value: number, calm: number): void {
    if (value === calm) this.#values.delete(name);
    else this.#values.set(name, value);
  }
}
