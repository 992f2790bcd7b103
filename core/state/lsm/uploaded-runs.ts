/**
 * Which runs the object store has already, under which names, so that the next incremental checkpoint need not write them
 * again. The base is what one completed checkpoint holds: the restored one, then each whose own completion was notified
 * (SEMANTICS C5). What a checkpoint wrote that is not known to be complete may vanish with it. Pure.
 *
 *     taken(n)       n's runs are remembered
 *     completed(n)   n, if it is newer, is the base; one of which nothing is known leaves no base at all
 *     aborted(n)     n is forgotten
 */
export type ObjectsOfRuns = ReadonlyMap<number, string>;

const NOTHING: ObjectsOfRuns = new Map();

export class UploadedRuns {
  #base = NOTHING;
  #newest = 0;
  readonly #taken = new Map<number, ObjectsOfRuns>();

  /** The object of a run that need not be written. */
  objectOf(run: number): string | undefined {
    return this.#base.get(run);
  }

  /** The runs of the checkpoint that the backend was restored from. */
  restored(objects: ObjectsOfRuns): void {
    this.#base = objects;
  }

  taken(checkpoint: number, objects: ObjectsOfRuns): void {
    this.#taken.set(checkpoint, objects);
  }

  completed(checkpoint: number): void {
    if (checkpoint <= this.#newest) return;
    this.#newest = checkpoint;
    this.#base = this.#taken.get(checkpoint) ?? NOTHING;
    for (const id of [...this.#taken.keys()]) if (id <= checkpoint) this.#taken.delete(id);
  }

  aborted(checkpoint: number): void {
    this.#taken.delete(checkpoint);
  }
}
