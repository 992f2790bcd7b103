/**
 * A small consistent store like ZooKeeper or etcd: versioned values with compare-and-set, and leases bound to sessions.
 *
 * What it models: requests of one process take effect in order; lost replies (`unknown`, applied or not); a lease epoch
 * that rises with every grant; a dead process's session, and with it its leases and its place in the queue, ends
 * `haSessionMs` after its death; the loss of a living process's session (`loseSession`). What it leaves out: watches,
 * unavailability, heartbeats over a network of their own, reads that are stale.
 */
import { IoError } from '../../core/errors.ts';
import type { HaStore, Lease, Versioned, Written } from '../../core/ports.ts';
import type { Pending } from '../../core/waiting.ts';
import type { Kernel, SimProcess, Target, WorldContext } from '../kernel/types.ts';
import { Lines, REFUSED, WRITTEN } from './line.ts';
import type { Call, Line } from './line.ts';

/** How long requests and sessions last, and how often a reply is lost. */
export interface HaStoreConfig {
  readonly haLatencyUs: number;
  readonly haJitterUs: number;
  /** The lease of a dead holder ends this long after its death. */
  readonly haSessionMs: number;
  /** Share of writes whose reply is lost. */
  readonly lostReplyPer1000: number;
}

/** Called in the very event that applies a change. It must draw, schedule and change nothing. */
export type HaListener = (key: string, value: Versioned) => void;

export class SimHaStore {
  readonly #kernel: Kernel;
  readonly #lines: Lines;
  readonly #sessionUs: number;
  readonly #values = new Map<string, Versioned>();
  readonly #locks = new Map<string, Lock>();
  /** By process; of the newest incarnation. */
  readonly #doors = new Map<string, Door>();
  readonly #listeners: HaListener[] = [];

  constructor(context: WorldContext, config: HaStoreConfig) {
    this.#kernel = context.kernel;
    this.#sessionUs = config.haSessionMs * 1000;
    this.#lines = new Lines(context, 'ha-store', {
      latencyUs: config.haLatencyUs,
      jitterUs: config.haJitterUs,
      lostReplyPer1000: config.lostReplyPer1000,
    });
  }

  /** The end of chaos: no reply is lost any more. */
  heal(): void {
    this.#lines.heal();
  }

  door(process: SimProcess): HaStore {
    const door = new Door(this, this.#lines.line(process, true));
    this.#doors.set(process.id, door);
    process.onDeath(() => {
      const expiry: Target = { id: this.#kernel.nextId(), fire: () => this.#endSession(door) };
      this.#kernel.schedule(this.#sessionUs, expiry);
    });
    return door;
  }

  /** The value as it is now, without a trace in the run. */
  value(key: string): Versioned | undefined {
    return this.#values.get(key);
  }

  /** Somebody has set up the store anew, without this value: as if it had never been written. No process may be waiting for it. */
  forget(key: string): void {
    this.#values.delete(key);
  }

  /** Epoch and process of the present holder of the lease, without a trace in the run. */
  holder(name: string): { readonly epoch: number; readonly process: string } | undefined {
    return this.#locks.get(name)?.holder;
  }

  onChange(listener: HaListener): void {
    this.#listeners.push(listener);
  }

  /** A fault: the session of a living process ends. It hears so, loses its leases, and its requests for leases fail. */
  loseSession(process: string): void {
    const door = this.#doors.get(process);
    if (door !== undefined) this.#endSession(door);
  }

  /** The effect of a compare-and-set; for the doors. */
  compareAndSet(key: string, expected: number, bytes: Uint8Array): Written {
    const version = this.#values.get(key)?.version ?? 0;
    if (version !== expected) return REFUSED;
    const value: Versioned = { version: version + 1, bytes };
    this.#values.set(key, value);
    for (const listener of this.#listeners) listener(key, value);
    return WRITTEN;
  }

  /** The queue of a lease; for the doors. */
  lock(name: string): Lock {
    const known = this.#locks.get(name);
    if (known !== undefined) return known;
    const lock = new Lock();
    this.#locks.set(name, lock);
    return lock;
  }

  #endSession(door: Door): void {
    const session = door.renewSession();
    for (const lock of this.#locks.values()) lock.leave(session);
  }
}

/** From the first contact of a process until its loss, or until some time after its death. */
class Session {
  ended = false;
}

interface Request {
  readonly session: Session;
  readonly line: Line;
  readonly call: Call<Lease>;
}

/** One lease: who holds it and who waits, in order of arrival. */
class Lock {
  #epoch = 0;
  #grant: Grant | undefined;
  #waiting: Request[] = [];

  get holder(): { readonly epoch: number; readonly process: string } | undefined {
    const grant = this.#grant;
    return grant === undefined ? undefined : { epoch: grant.epoch, process: grant.line.process.id };
  }

  request(session: Session, line: Line, call: Call<Lease>): void {
    if (session.ended) throw new IoError('the session with the HA store is lost');
    this.#waiting.push({ session, line, call });
    this.#grantNext();
  }

  release(grant: Grant): void {
    if (this.#grant !== grant) return;
    this.#grant = undefined;
    this.#grantNext();
  }

  leave(session: Session): void {
    const leaving = this.#waiting.filter((request) => request.session === session);
    this.#waiting = this.#waiting.filter((request) => request.session !== session);
    for (const { call } of leaving) call.fail(new IoError('the session with the HA store is lost'));
    const grant = this.#grant;
    if (grant?.session !== session) return;
    grant.line.notify(grant);
    this.release(grant);
  }

  #grantNext(): void {
    if (this.#grant !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#epoch += 1;
    this.#grant = new Grant(this, next.session, next.line, this.#epoch);
    next.call.answer(this.#grant);
  }
}

/** A lease as its holder has it; fires when the notification of its loss arrives. */
class Grant implements Lease, Target {
  readonly id: number;
  readonly epoch: number;
  readonly session: Session;
  readonly line: Line;
  readonly #lock: Lock;
  #state: 'held' | 'released' | 'lost' = 'held';
  #onLost: (() => void) | undefined;

  constructor(lock: Lock, session: Session, line: Line, epoch: number) {
    this.id = line.kernel.nextId();
    this.#lock = lock;
    this.session = session;
    this.line = line;
    this.epoch = epoch;
  }

  onLost(handler: () => void): void {
    this.#onLost = handler;
    if (this.#state === 'lost') this.line.kernel.schedule(0, this);
  }

  release(): void {
    this.line.process.portCall('ha.release');
    if (this.#state !== 'held') return;
    this.#state = 'released';
    this.line.ask('release of a lease', () => {
      this.#lock.release(this);
    });
  }

  fire(): void {
    if (this.#state === 'released') return;
    this.#state = 'lost';
    const handler = this.#onLost;
    if (handler !== undefined) this.line.process.enter(handler);
  }
}

class Door implements HaStore {
  readonly #store: SimHaStore;
  readonly #line: Line;
  #session = new Session();

  constructor(store: SimHaStore, line: Line) {
    this.#store = store;
    this.#line = line;
  }

  /** Ends the session; the next request for a lease belongs to a new one. */
  renewSession(): Session {
    const old = this.#session;
    old.ended = true;
    this.#session = new Session();
    return old;
  }

  read(key: string): Pending<Versioned | undefined> {
    this.#line.process.portCall('ha.read');
    return this.#line.ask(
      () => `value of ${key}`,
      (call: Call<Versioned | undefined>) => {
        call.answer(this.#store.value(key));
      },
    );
  }

  compareAndSet(key: string, expected: number, bytes: Uint8Array): Pending<Written> {
    this.#line.process.portCall('ha.compareAndSet');
    this.#line.kernel.foldBytes(bytes);
    return this.#line.write(
      () => `compare-and-set of ${key}`,
      () => this.#store.compareAndSet(key, expected, bytes),
    );
  }

  lease(name: string): Pending<Lease> {
    this.#line.process.portCall('ha.lease');
    const session = this.#session;
    return this.#line.ask(
      () => `lease ${name}`,
      (call: Call<Lease>) => {
        this.#store.lock(name).request(session, this.#line, call);
      },
    );
  }
}
