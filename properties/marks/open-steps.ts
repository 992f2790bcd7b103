/**
 * For marks of kills: whose facts have opened something that has not been closed yet. A process is identified by its
 * name.
 */
import type { MarkWorld } from './mark.ts';

export class OpenSteps {
  readonly #processOf = new Map<string, string | undefined>();
  readonly #world: MarkWorld;

  /** `reached`: a process is killed that has something open. */
  constructor(world: MarkWorld, reached: () => void) {
    this.#world = world;
    world.onKilled((process) => {
      for (const [what, owner] of this.#processOf) {
        if (owner !== process) continue;
        reached();
        this.#processOf.delete(what);
      }
    });
  }

  /** By the process that states the fact now. */
  open(what: string): void {
    this.#processOf.set(what, this.#world.currentProcess());
  }
  close(matches: (what: string) => boolean): void {
    for (const what of this.#processOf.keys()) if (matches(what)) this.#processOf.delete(what);
  }
}
