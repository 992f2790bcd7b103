/** `KeyedStream.reduce`: a job author's function like any other, so neither engine nor model has a special case for it. */
import {
  type Collector,
  type KeyedContext,
  type KeyedProcessFunction,
  valueState,
  type ValueDescriptor,
} from '../job/functions.ts';
import type { TypeInfo } from '../job/types.ts';

/** Emits, for each element, the reduction of all elements of the key so far. */
export class RunningReduce<K, T> implements KeyedProcessFunction<K, T, T> {
  readonly #fn: (a: T, b: T) => T;
  readonly #reduced: ValueDescriptor<T>;

  constructor(fn: (a: T, b: T) => T, type: TypeInfo<T>) {
    this.#fn = fn;
    this.#reduced = valueState('reduced', type);
  }

  processElement(value: T, ctx: KeyedContext<K>, out: Collector<T>): void {
    const state = ctx.getState(this.#reduced);
    const before = state.value();
    const after = before === undefined ? value : this.#fn(before, value);
    state.update(after);
    out.collect(after);
  }
}
