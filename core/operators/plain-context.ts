/** What a process function without key sees of its turn, with or without a broadcast input: also the operator's lists. */
import type { OperatorListDescriptor, OperatorStateAccess, ProcessContext } from '../job/operator-states.ts';
import type { ListState } from '../job/states.ts';
import type { BroadcastStore } from '../state/broadcast-state.ts';
import type { OperatorStates } from '../state/operator/operator-state.ts';
import { BroadcastContext } from './broadcast-context.ts';
import type { TurnHost } from './operator.ts';

export class PlainContext extends BroadcastContext implements ProcessContext, OperatorStateAccess {
  readonly #states: OperatorStates;

  constructor(host: TurnHost, states: OperatorStates, broadcast: BroadcastStore) {
    super(host, broadcast);
    this.#states = states;
  }

  getState<T>(descriptor: OperatorListDescriptor<T>): ListState<T> {
    return this.#states.state(descriptor);
  }
}
