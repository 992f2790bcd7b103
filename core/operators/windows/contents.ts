/**
 * What is kept of a pane until it is cleaned up, in the state `window-contents`: a fold of its elements or, with an evictor,
 * the elements with their timestamps, which are folded at each firing (SEMANTICS L12; Flink: `EvictingWindowOperator`).
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { EvictorSpec, WindowSpec } from '../../job/spec.ts';
import { EngineBug } from '../../errors.ts';
import type { KeyedTable } from '../../state/backend.ts';

import type { OperatorHost } from '../operator.ts';
import { takenDelta } from './delta.ts';
import { type Fold, foldOf, listOf } from './folds.ts';
import { called } from './user-call.ts';

/** Hands over what a pane emits; undefined: nothing. */
export type EmitPane = (result: unknown) => void;

export interface Contents {
  add(state: TimeWindow, value: unknown, timestamp: Timestamp | undefined): void;
  /** What `from` holds goes to `into`, behind what is there. */
  merge(into: TimeWindow, from: TimeWindow): void;
  remove(state: TimeWindow): void;
  has(state: TimeWindow): boolean;
  /** Only of a pane that has contents. */
  fire(window: TimeWindow, state: TimeWindow, emit: EmitPane): void;
}

export function contentsOf(spec: WindowSpec, host: OperatorHost): Contents {
  const table = host.backend.table<unknown>('window-contents', spec.accumulatorType);
  const fold = foldOf(spec, host.calls);
  return spec.evictor === undefined
    ? new FoldedContents(table, fold)
    : new EvictedContents(table, fold, spec.evictor, host);
}

class FoldedContents implements Contents {
  readonly #table: KeyedTable<unknown>;
  readonly #fold: Fold;

  constructor(table: KeyedTable<unknown>, fold: Fold) {
    this.#table = table;
    this.#fold = fold;
  }

  add(state: TimeWindow, value: unknown): void {
    this.#table.put(state, this.#fold.add(this.#table.get(state), value));
  }
  merge(into: TimeWindow, from: TimeWindow): void {
    const more = this.#table.get(from);
    if (more === undefined) return;
    const before = this.#table.get(into);
    this.#table.remove(from);
    this.#table.put(into, before === undefined ? more : this.#fold.merge(before, more));
  }
  remove(state: TimeWindow): void {
    this.#table.remove(state);
  }
  has(state: TimeWindow): boolean {
    return this.#table.get(state) !== undefined;
  }
  fire(_window: TimeWindow, state: TimeWindow, emit: EmitPane): void {
    emit(this.#fold.result(this.#table.get(state)));
  }
}

/** With its timestamp, null if it has none. */
type Element = readonly [Timestamp | null, unknown];

class EvictedContents implements Contents {
  readonly #table: KeyedTable<unknown>;
  readonly #fold: Fold;
  readonly #evictor: EvictorSpec;
  readonly #host: OperatorHost;

  constructor(table: KeyedTable<unknown>, fold: Fold, evictor: EvictorSpec, host: OperatorHost) {
    this.#table = table;
    this.#fold = fold;
    this.#evictor = evictor;
    this.#host = host;
  }

  add(state: TimeWindow, value: unknown, timestamp: Timestamp | undefined): void {
    this.#put(state, [...this.#elements(state), Object.freeze([timestamp ?? null, value] as const)]);
  }
  merge(into: TimeWindow, from: TimeWindow): void {
    const more = this.#elements(from);
    this.#table.remove(from);
    this.#put(into, [...this.#elements(into), ...more]);
  }
  remove(state: TimeWindow): void {
    this.#table.remove(state);
  }
  has(state: TimeWindow): boolean {
    return this.#table.get(state) !== undefined;
  }

  fire(window: TimeWindow, state: TimeWindow, emit: EmitPane): void {
    const all = this.#elements(state);
    const isBefore = this.#evictor.when === 'before';
    const seen = isBefore ? this.#left(all) : all;
    if (isBefore) this.#evicted(window, all, seen);
    let accumulator: unknown;
    for (const [, value] of seen) accumulator = this.#fold.add(accumulator, value);
    emit(this.#fold.result(accumulator));
    const kept = isBefore ? seen : this.#left(all);
    if (!isBefore) this.#evicted(window, all, kept);
    this.#put(state, kept);
  }

  #evicted(window: TimeWindow, all: readonly Element[], left: readonly Element[]): void {
    const { probe, task, backend } = this.#host;
    if (left.length === all.length) return;
    const evicted = all.length - left.length;
    probe.elementsEvicted?.({ task, key: backend.currentKey, window, evicted, left: left.length });
  }

  #left(elements: readonly Element[]): readonly Element[] {
    const evictor = this.#evictor;
    switch (evictor.kind) {
      case 'count':
        return elements.slice(Math.max(0, elements.length - evictor.count));
      case 'time': {
        if (elements[0]?.[0] === null) return elements;
        const newest = elements.reduce((most, [timestamp]) => Math.max(most, timestamp ?? most), -Infinity);
        return elements.filter(([timestamp]) => timestamp === null || timestamp > newest - evictor.sizeMs);
      }
      case 'delta': {
        const last = elements.at(-1);
        return last === undefined
          ? []
          : elements.filter(([, value]) => this.#delta(value, last[1]) < evictor.threshold);
      }
    }
  }

  #delta(value: unknown, last: unknown): number {
    const evictor = this.#evictor;
    const { calls } = this.#host;
    if (evictor.kind !== 'delta') throw new EngineBug('the evictor has no delta');
    const delta = called(calls, 'the delta function', value, () => evictor.delta(value, last));
    return takenDelta(calls, delta);
  }

  #elements(state: TimeWindow): readonly Element[] {
    return listOf(this.#table.get(state)).filter(isElement);
  }
  #put(state: TimeWindow, elements: readonly Element[]): void {
    if (elements.length === 0) this.#table.remove(state);
    else this.#table.put(state, Object.freeze(elements));
  }
}

function isElement(one: unknown): one is Element {
  return Array.isArray(one) && one.length === 2;
}
