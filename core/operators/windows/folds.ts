/** How the elements of a pane become one value, with what the author's functions return checked. */
import type { WindowSpec } from '../../job/spec.ts';
import { EngineBug } from '../../errors.ts';
import { isThenable } from '../../user-code.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { takerOf } from '../../values/taker.ts';
import type { UserCalls } from '../user-calls.ts';
import { called } from './user-call.ts';

export interface Fold {
  /** `accumulator` is undefined for the first element of a pane. */
  add(accumulator: unknown, value: unknown): unknown;
  merge(a: unknown, b: unknown): unknown;
  /** Undefined: there is none (no element, and a reduction). */
  result(accumulator: unknown): unknown;
}

export function foldOf({ fold, accumulatorType, evictor }: WindowSpec, calls: UserCalls): Fold {
  const { user } = calls;
  // With an evictor the accumulator lives for one firing, and has no declared type.
  const accumulators = evictor === undefined ? takerOf(accumulatorType) : undefined;
  const accumulated = (result: unknown, method: string): unknown => {
    if (accumulators !== undefined) calls.ofType(accumulators, result, method);
    else if (result === undefined || isThenable(result)) throw calls.refused(result, 'a value', method);
    return result;
  };
  const shown = (accumulator: unknown): void => {
    deepFreeze(accumulator);
    user.show('the accumulator', accumulator);
  };
  switch (fold.kind) {
    case 'list':
      return {
        add: (elements, value) => Object.freeze([...listOf(elements), value]),
        merge: (a, b) => Object.freeze([...listOf(a), ...listOf(b)]),
        result: listOf,
      };
    case 'reduce': {
      const reduced = (a: unknown, b: unknown): unknown => {
        shown(a);
        shown(b);
        return accumulated(
          called(calls, 'the reduce function', undefined, () => fold.fn(a, b)),
          'the reduce function',
        );
      };
      return {
        add: (accumulator, value) => (accumulator === undefined ? value : reduced(accumulator, value)),
        merge: reduced,
        result: (accumulator) => accumulator,
      };
    }
    case 'aggregate': {
      const { fn } = fold;
      const created = (): unknown =>
        accumulated(
          called(calls, 'createAccumulator', undefined, () => fn.createAccumulator()),
          'createAccumulator',
        );
      return {
        add: (accumulator, value) => {
          const before = accumulator === undefined ? created() : accumulator;
          shown(before);
          return accumulated(
            called(calls, 'add', undefined, () => fn.add(value, before)),
            'add',
          );
        },
        merge: (a, b) => {
          if (fn.merge === undefined) throw new EngineBug('windows merge, and their aggregate function has no merge');
          shown(a);
          shown(b);
          return accumulated(
            called(calls, 'merge', undefined, () => fn.merge?.(a, b)),
            'merge',
          );
        },
        result: (accumulator) => {
          const last = accumulator === undefined ? created() : accumulator;
          shown(last);
          return called(calls, 'getResult', undefined, () => fn.getResult(last));
        },
      };
    }
  }
}

export function listOf(elements: unknown): readonly unknown[] {
  if (elements === undefined) return [];
  if (!Array.isArray(elements)) throw new EngineBug('the contents of a window are not the list that they must be');
  return elements;
}
