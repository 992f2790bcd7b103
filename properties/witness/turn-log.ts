/**
 * The turns of an effective history as the model was given them, newest first, sharing its tail with every earlier cut:
 * what is needed to make them again with other function objects (`properties/laws/memory.ts`).
 */
import type { Facts } from '../../core/facts.ts';
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { DroppedState, ModelTimerFiring, ModelTurn, SievedState, Tape } from '../model/types.ts';

export type TurnInput =
  | { readonly kind: 'source'; readonly value: unknown }
  | {
      readonly kind: 'record';
      readonly edge: number;
      readonly value: unknown;
      readonly timestamp: Timestamp | undefined;
    }
  /** `endsKey`: in batch, at the end of a key; timers that are set from here on are dropped. */
  | { readonly kind: 'timer'; readonly firing: ModelTimerFiring; readonly endsKey?: true }
  | { readonly kind: 'advance'; readonly endsKey?: true }
  /** No turn: from here on the state of the instance is empty. */
  | { readonly kind: 'afresh' }
  /** No turn: from here on what had expired is gone. */
  | { readonly kind: 'sieved'; readonly states: readonly SievedState[]; readonly now: Timestamp }
  /** No turn: from here on something that had expired is gone. */
  | { readonly kind: 'dropped'; readonly dropped: DroppedState; readonly now: Timestamp };

export interface WindowEffects {
  readonly panes: readonly { readonly key: unknown; readonly window: TimeWindow }[];
  /** Of a record that no window took. */
  readonly fate: 'late' | 'unassigned' | undefined;
}

export interface TurnNode {
  /** Its place among all turns of the run. */
  readonly order: number;
  readonly input: TurnInput;
  readonly eff: Timestamp;
  readonly tape: Tape;
  /** What the model did. */
  readonly done: ModelTurn;
  /** What the engine said of its windows, and which records it called late; undefined: nothing. */
  readonly windows: WindowEffects | undefined;
  /** The pairs of an interval join that it stated. */
  readonly pairs: readonly Facts['pairJoined'][];
  readonly before: TurnNode | undefined;
}
