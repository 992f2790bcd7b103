/**
 * Who makes the function objects of an operator in the model, and how long one lives.
 *
 *     turn    a new one for each call, so that what hides in an object is gone at the next one, and the model soon does
 *             something else than the engine. One with `open` may be dear to make: it is made again in one call of four,
 *             drawn, and in every task
 *     task    one for each subtask of an attempt, as in the engine: such a model repeats what hidden memory does
 *     run     one for all, as if nothing ever failed. `open` tells a function of its place, so one that listens to it is
 *             made for each place
 *
 * The draw is the model's own: it takes nothing from the engine's draws.
 */
import type { OpenContext } from '../../core/job/functions.ts';
import type { FunctionLife, Place } from './types.ts';

interface UserFunction {
  open?(ctx: never): void;
}
/** Calls `open` of a function object, which may read and write what `owner` holds. */
type Opens<F> = { call(fn: F, ctx: OpenContext, owner: unknown): void }['call'];

export class Functions<F extends UserFunction> {
  readonly life: FunctionLife;
  readonly #uid: string;
  readonly #create: () => F;
  readonly #open: Opens<F>;
  #calls = 0;
  /** `task`: by subtask, of this attempt. `run`: by subtask and parallelism. */
  #ofTasks = new Map<number, F>();
  #attempt = 0;

  constructor(uid: string, create: () => F, life: FunctionLife, open: Opens<F>) {
    this.#uid = uid;
    this.#create = create;
    this.life = life;
    this.#open = open;
  }

  /** The object for the next call. `last`: what the instance used last, and where; `owner`: handed to `open`. Throws what the user's code throws. */
  next(place: Place, last: { readonly fn: F; readonly place: Place } | undefined, owner?: unknown): F {
    if (this.life !== 'turn') return this.life === 'task' ? this.opened(place, owner) : this.#lasting(place, owner);
    const keeps = last !== undefined && last.place === place && last.fn.open !== undefined;
    return keeps && !this.#isDrawn() ? last.fn : this.make(place, owner);
  }

  /** `task`: the object of that subtask, which the engine makes when the task is opened. */
  opened(place: Place, owner?: unknown): F {
    if (place.attempt !== this.#attempt) {
      this.#attempt = place.attempt;
      this.#ofTasks = new Map();
    }
    let fn = this.#ofTasks.get(place.subtask);
    if (fn === undefined) {
      fn = this.make(place, owner);
      this.#ofTasks.set(place.subtask, fn);
    }
    return fn;
  }

  #lasting(place: Place, owner: unknown): F {
    const [only] = this.#ofTasks.values();
    if (only !== undefined && (only.open === undefined || only.open.length === 0)) return only;
    const at = place.subtask + 0x10000 * place.parallelism;
    const fn = this.#ofTasks.get(at) ?? this.make(place, owner);
    this.#ofTasks.set(at, fn);
    return fn;
  }

  /** A new one, whatever there is. */
  make({ subtask, parallelism }: Place, owner: unknown): F {
    const fn = this.#create();
    this.#open(fn, { uid: this.#uid, subtask, parallelism }, owner);
    return fn;
  }

  /** One call in four, without a period that the input could follow. */
  #isDrawn(): boolean {
    let mixed = Math.imul(++this.#calls, 0x9e3779b1);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) & 3) === 0;
  }
}
