/**
 * The rule of the final checkpoint (SEMANTICS E1): "The final checkpoint is the first completed one
 * triggered after all inputs of the task reported end of data." Pure. It has two sides:
 *
 *   job    no task has input left                  -> a checkpoint is due at once
 *          a checkpoint has ended after that       -> the next one is due after FINAL_PAUSE_MS, until all tasks have finished: a
 *                                                     notification that was lost is made good by a later one
 *   task   takes checkpoint f with all its input
 *          processed, for the first time           -> the first completed checkpoint >= f lets it finish; others it declines
 *                                                     from then on
 *
 * The sides need not agree on which checkpoint is the final one: a task whose input ends early takes the next one that comes.
 */
import type { Ms } from '../../ports.ts';

/** From the end of one checkpoint that could let the last tasks finish to the next. */
export const FINAL_PAUSE_MS: Ms = 100;

/** The coordinator's side. */
export class FinalCheckpointOfJob {
  readonly #tasks: number;
  readonly #dataFinished = new Set<string>();
  #isDue = false;
  #isPausing = false;

  /** `tasks`: how many the job has. */
  constructor(tasks: number) {
    this.#tasks = tasks;
  }

  /** A checkpoint is to be taken as soon as it may be. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** The task has no input left. True: it was the last one, so a checkpoint is due from now on. */
  dataFinished(task: string): boolean {
    if (this.#dataFinished.has(task)) return false;
    this.#dataFinished.add(task);
    if (this.#hasInput) return false;
    this.#isDue = true;
    return true;
  }

  /** A checkpoint was triggered. */
  triggered(): void {
    this.#isDue = false;
  }

  /** A checkpoint has ended, completed or not. True: call `pauseOver` in FINAL_PAUSE_MS. */
  ended(): boolean {
    if (this.#hasInput || this.#isDue || this.#isPausing) return false;
    this.#isPausing = true;
    return true;
  }

  pauseOver(): void {
    this.#isPausing = false;
    this.#isDue = true;
  }

  get #hasInput(): boolean {
    return this.#dataFinished.size < this.#tasks;
  }
}

/** One task's side. */
export class FinalCheckpointOfTask {
  /** The first checkpoint that the task took after all its input. */
  #from: number | undefined;
  #isComplete = false;

  /** The task may finish; it takes no further checkpoint. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The task takes the checkpoint with all its input processed. */
  taken(checkpoint: number): void {
    this.#from ??= checkpoint;
  }

  /** The checkpoint is complete. True, once: the task may finish. */
  completed(checkpoint: number): boolean {
    if (this.#isComplete || this.#from === undefined || checkpoint < this.#from) return false;
    this.#isComplete = true;
    return true;
  }
}
