/**
 * One life of a process (D3): from a start to a kill, a crash or the end of the run.
 *
 * A kill takes effect anywhere and at once: the process is marked dead first, so that every port throws `Killed` from
 * then on and no event gets in; then the services drop what they keep for it. What its code still does while the stack
 * unwinds (a `finally` of a ghost) has no effect outside. An error that escapes from its code is a crash: the same
 * end, reported.
 */
import { Killed, messageOf } from '../../core/errors.ts';
import type { Probe } from '../../core/facts.ts';
import { hashText } from './digest.ts';
import type { Kernel, SimHost, SimProcess } from './types.ts';

/** What the universe wants to know of a process. */
export interface ProcessWatch {
  /** Before the call has any effect; may kill the process. */
  portCalled(process: LiveProcess): void;
  died(process: LiveProcess, cause: 'killed' | 'crashed', message: string): void;
}

export class LiveProcess implements SimProcess {
  readonly id: string;
  readonly host: SimHost;
  readonly incarnation: number;
  alive = true;
  /** Set once, before the process starts. */
  probe: Probe = {};
  /** What the step that is running has blocked for. The executor's: it sets it to 0 before a step and reads it behind it. */
  blockedUs = 0;
  readonly #kernel: Kernel;
  readonly #watch: ProcessWatch;
  readonly #deathHandlers: (() => void)[] = [];

  constructor(id: string, host: SimHost, incarnation: number, kernel: Kernel, watch: ProcessWatch) {
    this.id = id;
    this.host = host;
    this.incarnation = incarnation;
    this.#kernel = kernel;
    this.#watch = watch;
  }

  portCall(site: string): void {
    this.assertAlive();
    this.#kernel.fold(hashText(site, 0));
    this.#watch.portCalled(this);
    this.assertAlive();
  }

  occupy(us: number): void {
    this.blockedUs += us;
  }

  /**
   * For ports that change nothing outside the process (the clock's face, a random draw): not counted, because a kill
   * there cannot be distinguished from a kill at the next port call or fact.
   */
  assertAlive(): void {
    if (!this.alive) throw new Killed(this.id);
  }

  enter(run: () => void): void {
    if (!this.alive) return;
    try {
      run();
    } catch (error) {
      this.escaped(error);
    }
  }

  /** An error left the code of the process. From a dead one it is the `Killed` of its unwinding, or a ghost's. */
  escaped(error: unknown): void {
    if (this.alive) this.#end('crashed', messageOf(error));
  }

  /** Ends the process from within for an error that was not handled. */
  fail(error: unknown): never {
    this.escaped(error);
    throw new Killed(this.id);
  }

  kill(): void {
    if (this.alive) this.#end('killed', '');
  }

  onDeath(handler: () => void): void {
    this.#deathHandlers.push(handler);
  }

  #end(cause: 'killed' | 'crashed', message: string): void {
    this.alive = false;
    for (const handler of this.#deathHandlers) handler();
    this.#deathHandlers.length = 0;
    this.#watch.died(this, cause, message);
  }
}
