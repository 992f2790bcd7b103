/**
 * State of an operator without key, as a job author sees it: what belongs to the subtasks of an operator as a whole and is dealt
 * out anew when the job is restored. Types and plain data only.
 *
 *     listState        each subtask its own items; at another parallelism all items are split anew (SEMANTICS O1)
 *     unionListState   each subtask its own items; a restore gives all items of all subtasks to each of them
 *     mapState         broadcast state: meant to be equal everywhere; a new subtask copies that of an old one
 */
import type {
  BroadcastBaseContext,
  BroadcastContext,
  BroadcastState,
  Collector,
  OpenContext,
  ReadOnlyBroadcastContext,
} from './functions.ts';
import type { ListDescriptor, ListState, MapDescriptor } from './states.ts';
import type { TypeInfo } from './types.ts';

/** Describes a list that every subtask gets whole at a restore; made by `unionListState`. */
export interface UnionListDescriptor<T> {
  /** Tells the kinds of state apart. */
  readonly kind: 'unionList';
  /** Names the state in snapshots; one of a kind within the operator. */
  readonly name: string;
  /** Type of one item. */
  readonly type: TypeInfo<T>;
}
/** What an operator without key may ask for by `getState`. */
export type OperatorListDescriptor<T = unknown> = ListDescriptor<T> | UnionListDescriptor<T>;

/**
 * Operator state: a list of each subtask, all of which every subtask gets at a restore, in order of the subtasks. So each of
 * them has to give up what is not its own: what all write back grows by the parallelism at every restore.
 *
 * @param name names the state in snapshots; one of a kind within the operator.
 * @param type of one item.
 * @example
 * ```ts
 * const seen = unionListState('seen', int64);
 * // Counts the elements: subtask 0 goes on from what all had counted, the others from nothing.
 * class Seen implements ProcessFunction<string, number> {
 *   open(ctx: OperatorOpenContext) {
 *     const state = ctx.getState(seen);
 *     const all = state.get().reduce((sum, n) => sum + n, 0);
 *     state.update(ctx.subtask === 0 ? [all] : []);
 *   }
 *   processElement(_value: string, ctx: ProcessContext, out: Collector<number>) {
 *     const state = ctx.getState(seen);
 *     const [n = 0] = state.get();
 *     state.update([n + 1]);
 *     out.collect(n + 1);
 *   }
 * }
 * ```
 */
export function unionListState<T>(name: string, type: TypeInfo<T>): UnionListDescriptor<T> {
  return { kind: 'unionList', name, type };
}

/** Lists of the subtask. */
export interface OperatorStateAccess {
  /**
   * The list that `descriptor` names. It has to be asked for in `open` first, since what a restore brings is dealt out before the
   * first element.
   *
   * @throws JobError if it was not asked for in `open`, or is known with another type or kind.
   */
  getState<T>(descriptor: OperatorListDescriptor<T>): ListState<T>;
}

/** What `open` of a function without key sees: here its states are registered, and what was restored can be read. */
export interface OperatorOpenContext extends OpenContext, OperatorStateAccess {
  /** The broadcast state that `descriptor` names; a function beside a broadcast stream may not write to it here. */
  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): BroadcastState<K, V>;
}

/** What a function without key sees while it processes one element. It is of use only during the call. */
export interface ProcessContext extends BroadcastBaseContext, OperatorStateAccess {
  /**
   * The broadcast state that `descriptor` names, asked for in `open` first. Each subtask has a copy of its own, so it is equal
   * everywhere only if all subtasks see the same elements: put `broadcast()` before the operator.
   */
  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): BroadcastState<K, V>;
}

/**
 * A function over a stream without key, with operator state and without timers. Its methods are synchronous; everything it
 * remembers is in state, never in the object or a closure: such memory is lost at a failure.
 *
 * @example
 * ```ts
 * const buffer = listState('buffer', string);
 * // Emits in batches of ten. What is buffered survives a failure, and is split anew when the job is rescaled.
 * class Batches implements ProcessFunction<string, string> {
 *   open(ctx: OperatorOpenContext) {
 *     ctx.getState(buffer);
 *   }
 *   processElement(value: string, ctx: ProcessContext, out: Collector<string>) {
 *     const state = ctx.getState(buffer);
 *     const items = [...state.get(), value];
 *     if (items.length < 10) return state.update(items);
 *     state.clear();
 *     out.collect(items.join(' '));
 *   }
 * }
 * ```
 */
export interface ProcessFunction<I, O> {
  /** Called once per function object, after the restore and before any element: registers the states. */
  open?(ctx: OperatorOpenContext): void;
  /** Called for each element. What it throws fails the task. */
  processElement(value: I, ctx: ProcessContext, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}

/** Elements without key, and a broadcast stream that each subtask sees whole. Both sides share the operator's lists. */
export interface BroadcastProcessFunction<I, B, O> {
  /** Called once per function object, after the restore and before any element: registers the lists. */
  open?(ctx: OperatorOpenContext): void;
  /** Called for each element. */
  processElement(value: I, ctx: ReadOnlyBroadcastContext & OperatorStateAccess, out: Collector<O>): void;
  /** Called once per subtask for each broadcast element. */
  processBroadcastElement(value: B, ctx: BroadcastContext & OperatorStateAccess, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}

/** Two inputs without key: both share the operator's lists. No order is promised between the two. */
export interface CoProcessFunction<A, B, O> {
  /** Called once per function object, after the restore and before any element: registers the states. */
  open?(ctx: OperatorOpenContext): void;
  /** Called for each element of the first input. */
  processElement1(value: A, ctx: ProcessContext, out: Collector<O>): void;
  /** Called for each element of the second input. */
  processElement2(value: B, ctx: ProcessContext, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}
