/**
 * The task managers that the job manager knows: who has registered, whom it still hears, and how many slots they have
 * (Flink: the slot manager). A new registration of a task manager replaces the former one, which then counts as lost.
 */
import type { JobConfig } from '../config.ts';
import type { Body } from '../messages.ts';
import type { Clock, Connection, ProcessId } from '../ports.ts';
import { type Coroutine, Deferred } from '../waiting.ts';
import { placeSlots, type Registration, type Slot, slotsOf } from './placement.ts';
import type { SlotPool } from './reactive.ts';

export interface RegistrationListener {
  /** Before anything can be placed there. */
  registered(registration: Registration): void;
  /** Once for each that was registered. */
  lost(registration: Registration, why: string): void;
}

export class Registrations implements SlotPool {
  readonly #clock: Clock;
  readonly #config: JobConfig;
  readonly #listener: RegistrationListener;
  readonly #byName = new Map<ProcessId, Registration>();
  #next: Deferred<void> | undefined;
  /** Task managers that have come or gone so far. */
  #changes = 0;

  constructor(clock: Clock, config: JobConfig, listener: RegistrationListener) {
    this.#clock = clock;
    this.#config = config;
    this.#listener = listener;
  }

  register(connection: Connection, { taskManager, host, slots }: Body<'register'>): Registration {
    const before = this.#byName.get(taskManager);
    if (before !== undefined) this.lost(before, 'it registered again');
    const lastHeard = this.#clock.monotonic();
    const registration: Registration = { taskManager, host, slots, connection, lastHeard };
    this.#byName.set(taskManager, registration);
    this.#changes++;
    this.#listener.registered(registration);
    const waiting = this.#next;
    this.#next = undefined;
    waiting?.resolve();
    return registration;
  }

  /** Does nothing if the registration was lost before. */
  lost(registration: Registration, why: string): void {
    if (this.#byName.get(registration.taskManager) !== registration) return;
    this.#byName.delete(registration.taskManager);
    this.#changes++;
    registration.connection.close();
    this.#listener.lost(registration, why);
  }

  /** The task manager has sent something, so it is alive. */
  heard(registration: Registration): void {
    registration.lastHeard = this.#clock.monotonic();
  }

  /** From now on, a task manager that is silent for `heartbeatTimeoutMs` is lost. */
  watchHeartbeats(): void {
    const { heartbeatIntervalMs, heartbeatTimeoutMs } = this.#config;
    const check = (): void => {
      const now = this.#clock.monotonic();
      for (const registration of [...this.#byName.values()]) {
        if (now - registration.lastHeard > heartbeatTimeoutMs) this.lost(registration, 'its heartbeats stopped');
      }
      this.#clock.timer(heartbeatIntervalMs, check);
    };
    this.#clock.timer(heartbeatIntervalMs, check);
  }

  get taskManagers(): Iterable<Registration> {
    return this.#byName.values();
  }

  get count(): number {
    return slotsOf(this.#byName.values());
  }

  *settled(least: number, forMs: number): Coroutine<number> {
    for (;;) {
      yield* this.take(least);
      const changes = this.#changes;
      if (forMs > 0) yield* this.#clock.sleep(forMs);
      if (changes === this.#changes) return this.count;
    }
  }

  *take(needed: number): Coroutine<readonly Slot[]> {
    for (;;) {
      const slots = this.count;
      if (slots >= needed) return placeSlots(this.#byName.values(), needed);
      this.#next = new Deferred(`${needed} slots (${slots} are registered)`);
      yield* this.#next;
    }
  }
}
