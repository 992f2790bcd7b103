/**
 * What comes behind the end of a job whose tasks keep files on the disks of their hosts: until its task managers have removed them.
 * Only then a law can say whether they have.
 */
import type { Probe } from '../../core/facts.ts';
import type { Universe } from '../../sim/universe.ts';
import { JOB_MANAGER } from '../plan/knobs.ts';

/** Behind the time in which a lost connection is noticed, and made again. */
const REST_MS = 2_000;

export class Releases {
  readonly probe: Probe;
  readonly #universe: Universe;
  readonly #taskManagers: () => readonly string[];
  /** By process, with how often it had been started: who lived when the job ended. */
  #lived: ReadonlyMap<string, number> = new Map();
  readonly #released = new Set<string>();

  constructor(universe: Universe, taskManagers: () => readonly string[]) {
    this.#universe = universe;
    this.#taskManagers = taskManagers;
    this.probe = {
      attemptStarting: () => {
        this.#released.clear();
      },
      hostReleased: () => {
        this.#released.add(universe.stating);
        if (this.#isOver()) universe.stop();
      },
    };
  }

  /** Heals, and lets time pass until every task manager that lives has released its host; at most so long as the slowest one can need. */
  await(heartbeatTimeoutMs: number, eventsMax: number): void {
    const universe = this.#universe;
    const processes = [JOB_MANAGER, ...this.#taskManagers()].filter((process) => universe.isAlive(process));
    this.#lived = new Map(processes.map((process) => [process, universe.incarnationOf(process)]));
    universe.heal();
    if (!this.#isOver()) universe.run(universe.nowUs + 1000 * (2 * heartbeatTimeoutMs + REST_MS), eventsMax);
  }

  /** Task managers that have lived on since then, if the job manager has. */
  living(): readonly string[] {
    const lives = [...this.#lived].filter(
      ([process, incarnation]) =>
        this.#universe.isAlive(process) && this.#universe.incarnationOf(process) === incarnation,
    );
    const names = lives.map(([process]) => process);
    return names.includes(JOB_MANAGER) ? names.filter((name) => name !== JOB_MANAGER) : [];
  }

  #isOver(): boolean {
    return this.#lived.size > 0 && this.living().every((process) => this.#released.has(process));
  }
}
