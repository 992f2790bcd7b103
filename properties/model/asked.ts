/**
 * What functions have asked for. In the engine the first `getState` for a state in a subtask declares it, for all key groups of the
 * subtask at once (SEMANTICS U4); until then what an earlier version of the job has left of it is carried.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { StateDescriptor } from '../../core/job/states.ts';
import { storedType, type StoredType, type StoredTypes } from './migrate.ts';
import type { Place } from './types.ts';

/** What an instance holds its states in. */
interface Uses {
  /** Something that it has not been told the use of. */
  readonly carries: boolean;
  use(state: string, declared: StoredType, touch?: Timestamp): void;
}

const NOTHING: StoredTypes = new Map();

export class AskedStates {
  /** By name: the first type that it was asked for with, in any task. */
  readonly types = new Map<string, StoredType>();
  readonly #ofTasks = new WeakMap<Place, Map<string, StoredType>>();

  /** The state is this version's in this store, though its subtask need not have asked for it. */
  declare(state: string, descriptor: StateDescriptor, store: Uses, place: Place): StoredType {
    let type = this.types.get(state);
    if (type === undefined) {
      type = storedType(descriptor);
      this.types.set(state, type);
    }
    if (store.carries) store.use(state, type, place.touches?.get(state));
    return type;
  }

  /** A function in this task asks for the state. True if none had. */
  ask(state: string, descriptor: StateDescriptor, store: Uses, place: Place): boolean {
    const type = this.declare(state, descriptor, store, place);
    let ofTask = this.#ofTasks.get(place);
    if (ofTask === undefined) {
      ofTask = new Map();
      this.#ofTasks.set(place, ofTask);
    }
    if (ofTask.has(state)) return false;
    ofTask.set(state, type);
    return true;
  }

  in(place: Place): StoredTypes {
    return this.#ofTasks.get(place) ?? NOTHING;
  }

  /** What its subtask has asked for so far, it has asked for in this key group, too. */
  settle(store: Uses, place: Place): void {
    if (!store.carries) return;
    for (const [state, type] of this.in(place)) store.use(state, type, place.touches?.get(state));
  }
}
