/**
 * The states of a job on top of a keyed backend, which knows tables of values and tables of maps only. A state object stands
 * for the current key at the time of each call. A kind is a file beside this one and a case of `viewOf`.
 */
import type { StateAccess } from '../../job/functions.ts';
import type { StateDescriptor, StateKind } from '../../job/states.ts';
import { JobError } from '../../errors.ts';
import type { UserCode } from '../../user-code.ts';
import type { StateTables } from '../backend.ts';
import { CellAggregatingState } from './aggregating.ts';
import { CellListState } from './list.ts';
import { TableMapState } from './map.ts';
import { CellReducingState } from './reducing.ts';
import { CellValueState } from './value.ts';

/** `getState` with the same descriptor object is a lookup; a new descriptor of the same name is a new view on the same state. */
export function stateAccess(backend: StateTables, user: UserCode): StateAccess {
  return new BackendStateAccess(backend, user);
}

class BackendStateAccess implements StateAccess {
  readonly #backend: StateTables;
  readonly #user: UserCode;
  readonly #states = new Map<StateDescriptor, unknown>();
  /** By name. Snapshots hold what is stored, not the kind. */
  readonly #kinds = new Map<string, StateKind>();

  constructor(backend: StateTables, user: UserCode) {
    this.#backend = backend;
    this.#user = user;
  }

  getState<S>(descriptor: StateDescriptor<S>): S;
  getState(descriptor: StateDescriptor): unknown {
    let state = this.#states.get(descriptor);
    if (state === undefined) {
      state = this.#viewOf(descriptor);
      this.#states.set(descriptor, state);
    }
    return state;
  }

  #viewOf(descriptor: StateDescriptor): unknown {
    const { name, kind } = descriptor;
    const known = this.#kinds.get(name) ?? kind;
    if (known !== kind) {
      throw this.#user.fault(
        'state',
        `state "${name}" is a ${known} state and cannot be used as a ${kind} state: give one of them another name`,
      );
    }
    try {
      const state = viewOf(descriptor, this.#backend, this.#user);
      this.#kinds.set(name, kind);
      return state;
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      throw this.#user.fault('state', error.message);
    }
  }
}

function viewOf(descriptor: StateDescriptor, backend: StateTables, user: UserCode): unknown {
  switch (descriptor.kind) {
    case 'value':
      return new CellValueState(descriptor, backend, user);
    case 'list':
      return new CellListState(descriptor, backend, user);
    case 'map':
      return new TableMapState(descriptor, backend, user);
    case 'reducing':
      return new CellReducingState(descriptor, backend, user);
    case 'aggregating':
      return new CellAggregatingState(descriptor, backend, user);
  }
}
