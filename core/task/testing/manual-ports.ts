/**
 * Ports for tests of tasks: actors run when the test says so, time moves when the test says so, the object store answers at once.
 * What no such test needs throws.
 */
import { EngineBug } from '../../errors.ts';
import type { Probe } from '../../facts.ts';
import type { Clock, ObjectStore, Ports, Timer, Written } from '../../ports.ts';
import { type Actor, createScope, Deferred, type Executor, type Pending, type Progress } from '../../waiting.ts';

/** No honest test runs so many steps: something spins. */
const STEPS_MAX = 10_000;

export class ManualExecutor implements Executor {
  #woken: { readonly step: () => Progress; pending: boolean }[] = [];

  actor(_name: string, step: () => Progress): Actor {
    const actor = { step, pending: false };
    return {
      wake: () => {
        if (actor.pending) return;
        actor.pending = true;
        this.#woken.push(actor);
      },
    };
  }

  /** In order of their wakes, until all actors are idle. */
  run(): void {
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const actor = this.#woken.shift();
      if (actor === undefined) return;
      actor.pending = false;
      if (actor.step() !== 'more' || actor.pending) continue;
      actor.pending = true;
      this.#woken.push(actor);
    }
    throw new EngineBug(`the actors of a test are not idle after ${STEPS_MAX} steps`);
  }
}

export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  timer(delay: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + delay, fire };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  sleep(delay: number): Pending<void> {
    const over = new Deferred<void>('a sleep');
    this.timer(delay, () => {
      over.resolve();
    });
    return over;
  }

  /** Fires what is due, earliest first. */
  advance(ms: number): void {
    this.#nowMs += ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) return;
      this.#timers = this.#timers.filter((other) => other !== due);
      due.fire();
    }
  }
}

export class MapStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();
  /** What a `put` is answered; nothing is stored unless it is `written`. */
  answer: Written['kind'] = 'written';

  put(name: string, bytes: Uint8Array): Pending<Written> {
    if (this.answer === 'written') this.objects.set(name, bytes);
    return settled({ kind: this.answer });
  }
  get(name: string): Pending<Uint8Array | undefined> {
    return settled(this.objects.get(name));
  }
  list(prefix: string): Pending<readonly string[]> {
    return settled([...this.objects.keys()].filter((name) => name.startsWith(prefix)));
  }
  remove(name: string): Pending<Written> {
    this.objects.delete(name);
    return settled({ kind: 'written' });
  }
}

export class ManualPorts {
  readonly executor = new ManualExecutor();
  readonly clock = new ManualClock();
  readonly objects = new MapStore();
  /** Errors that reached the root scope. */
  readonly escaped: unknown[] = [];

  /** `changes`: other ports than these. */
  ports(probe: Probe = {}, changes: Partial<Ports> = {}): Ports {
    const unused = (): never => {
      throw new EngineBug('a test uses a port that it has not given');
    };
    const { executor, clock, objects } = this;
    return {
      self: { host: 'host-1', process: 'taskmanager-1', incarnation: 1 },
      executor,
      scope: createScope(executor, 'test', (error) => this.escaped.push(error)),
      clock,
      network: { listen: unused, connect: unused },
      disk: {
        read: unused,
        readNow: unused,
        append: unused,
        sync: unused,
        syncDirectory: unused,
        rename: unused,
        remove: unused,
        list: unused,
      },
      objects,
      log: { partitions: unused, fetch: unused, append: unused, producer: unused, transactions: unused },
      services: { ask: unused },
      ha: { read: unused, compareAndSet: unused, lease: unused },
      random: { below: () => 0 },
      buggify: { fires: () => false },
      probe,
      ...changes,
    };
  }
}

export function settled<T>(value: T): Pending<T> {
  const pending = new Deferred<T>('nothing');
  pending.resolve(value);
  return pending;
}
