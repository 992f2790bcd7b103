/**
 * The clock port of a process: the host's two clocks, timers and sleeps. Each timer is one kernel event inside the
 * process; a cancelled one, or one of a dead process, fires and does nothing.
 */
import { EngineBug } from '../../core/errors.ts';
import type { Clock, EpochMs, Ms, Timer } from '../../core/ports.ts';
import type { Coroutine, Pending } from '../../core/waiting.ts';
import { type PaceConfig, REORDER_PRIORITIES } from './actors.ts';
import type { NamedStream, SimChoices } from './choices.ts';
import type { LiveProcess } from './process.ts';
import type { Kernel, Target } from './types.ts';

export class ProcessClock implements Clock {
  readonly #process: LiveProcess;
  readonly #kernel: Kernel;
  readonly #reorderPer1000: number;
  readonly #order: NamedStream | undefined;

  constructor(process: LiveProcess, kernel: Kernel, choices: SimChoices, config: Pick<PaceConfig, 'reorderPer1000'>) {
    this.#process = process;
    this.#kernel = kernel;
    this.#reorderPer1000 = config.reorderPer1000;
    this.#order = config.reorderPer1000 > 0 ? choices.stream(`timer-order/${process.id}`) : undefined;
  }

  now(): EpochMs {
    this.#process.assertAlive();
    return this.#process.host.wallMs();
  }

  monotonic(): Ms {
    this.#process.assertAlive();
    return this.#process.host.monotonicMs();
  }

  timer(delay: Ms, fire: () => void): Timer {
    this.#process.portCall('clock.timer');
    return this.#scheduled(delay, new SimTimer(this.#kernel.nextId(), this.#process, fire));
  }

  sleep(delay: Ms, why?: string): Pending<void> {
    this.#process.portCall('clock.sleep');
    return this.#scheduled(delay, new Sleep(this.#kernel.nextId(), this.#process, delay, why));
  }

  #scheduled<T extends Target>(delay: Ms, target: T): T {
    const priority = this.#order?.rarely(this.#reorderPer1000, REORDER_PRIORITIES) ?? 0;
    this.#kernel.schedule(this.#process.host.delayUs(delay), target, priority);
    return target;
  }
}

class SimTimer implements Timer, Target {
  readonly id: number;
  readonly #process: LiveProcess;
  #action: (() => void) | undefined;

  constructor(id: number, process: LiveProcess, action: () => void) {
    this.id = id;
    this.#process = process;
    this.#action = action;
  }

  cancel(): void {
    // A ghost (code of a dead process) has no effect, and neither has its timer, so liveness is not checked.
    this.#action = undefined;
  }

  fire(): void {
    const action = this.#action;
    this.#action = undefined;
    if (action !== undefined) this.#process.enter(action);
  }
}

/** The end of a delay, as a pending. It is the timer's event itself, so a sleep makes one object and no closure. */
class Sleep implements Pending<void>, Target {
  readonly id: number;
  settled = false;
  readonly #process: LiveProcess;
  readonly #delay: Ms;
  readonly #why: string | undefined;
  #wake: (() => void) | undefined;

  constructor(id: number, process: LiveProcess, delay: Ms, why: string | undefined) {
    this.id = id;
    this.#process = process;
    this.#delay = delay;
    this.#why = why;
  }

  get what(): string {
    return `the end of a sleep of ${this.#delay} ms${this.#why === undefined ? '' : ` (${this.#why})`}`;
  }

  fire(): void {
    if (!this.#process.alive) return;
    this.settled = true;
    this.#wake?.();
  }

  take(): void {
    if (!this.settled) throw new EngineBug(`taken before it settled: ${this.what}`);
  }

  onSettled(wake: () => void): void {
    this.#wake = wake;
    if (this.settled) wake();
  }

  *[Symbol.iterator](): Coroutine<void> {
    while (!this.settled) yield this;
  }
}
