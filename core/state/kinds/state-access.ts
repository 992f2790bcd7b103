/**
 * The states of a job on top of a keyed backend, which knows tables of values and tables of maps only. A state object stands
 * for the current key at the time of each call. A kind is a file beside this one and a case of `viewOf`.
 *
 * One name is of one kind, one type and one time to live within an operator, from its first use, or the snapshot that it was
 * restored from, on. After a call that used a state whose time to live is cleaned up incrementally, a few keys of the current
 * key's group are looked at.
 */
import type { StateAccess, Timestamp } from '../../job/functions.ts';
import type { StateTtl } from '../../job/state-ttl.ts';
import type { StateDescriptor } from '../../job/states.ts';
import { JobError } from '../../errors.ts';
import { typeText } from '../../values/evolution.ts';
import { sameType } from '../../values/serializers.ts';
import type { SievedState, StateTables } from '../backend.ts';
import { queried, type StateRead } from '../queried.ts';
import { CellAggregatingState } from './aggregating.ts';
import type { StateHost } from './border.ts';
import { Expiry } from './expiry.ts';
import { CellListState } from './list.ts';
import { TableMapState } from './map.ts';
import { CellReducingState } from './reducing.ts';
import { CellValueState } from './value.ts';

/** Keys of each used state that are looked at after a call (Flink: `cleanupIncrementally(5, false)`). */
const KEYS_PER_CALL = 5;

interface AccessHost extends StateHost {
  /** Something of the key had expired and was deleted. */
  cleaned(state: string, key: unknown): void;
  /** A value of the current key was met after its time. */
  expired(state: string, lastTouch: Timestamp, ttlMs: number, now: Timestamp): void;
}

/** A state as the operator knows it by its name. */
interface Registered {
  /** The first one that it was asked for by. */
  readonly descriptor: StateDescriptor;
  readonly expiry: Expiry | undefined;
  /** Drops what has expired of the current key; true if something has. */
  readonly clean: () => boolean;
}

/** `getState` with the same descriptor object is a lookup; a new descriptor of the same name is a new view on the same state. */
export class OperatorStates implements StateAccess {
  readonly #backend: StateTables;
  readonly #host: AccessHost;
  readonly #views = new Map<StateDescriptor, unknown>();
  /** By name. Snapshots hold what is stored, not the kind. */
  readonly #registered = new Map<string, Registered>();

  constructor(backend: StateTables, host: AccessHost) {
    this.#backend = backend;
    this.#host = host;
  }

  getState<S>(descriptor: StateDescriptor<S>): S;
  getState(descriptor: StateDescriptor): unknown {
    let view = this.#views.get(descriptor);
    if (view === undefined) {
      view = this.#viewOf(descriptor);
      this.#views.set(descriptor, view);
    }
    return view;
  }

  /** For somebody outside of the job, at the current key. */
  queried(state: string, now: Timestamp): StateRead {
    const known = this.#registered.get(state);
    if (known === undefined) return { error: 'unknown-state' };
    return queried(this.#backend, known.descriptor, known.expiry?.ttl, now);
  }

  /** After a call of a function at the current key. */
  cleanUp(): void {
    for (const [name, { expiry, clean }] of this.#registered) {
      if (expiry?.used !== true) continue;
      if (expiry.cleanup === 'incremental') this.#cleanUp(name, clean);
      expiry.used = false;
    }
  }

  /** What a snapshot leaves expired values out of. */
  get sieved(): readonly SievedState[] {
    const sieved: SievedState[] = [];
    for (const [state, { descriptor, expiry }] of this.#registered) {
      if (expiry?.cleanup === 'full-snapshot') sieved.push({ state, kind: descriptor.kind, ttlMs: expiry.ttl.ms });
    }
    return sieved;
  }

  #cleanUp(state: string, clean: () => boolean): void {
    const { currentKey } = this.#backend;
    for (const key of this.#backend.someKeysOf(state, KEYS_PER_CALL)) {
      this.#backend.setCurrentKey(key);
      if (clean()) this.#host.cleaned(state, key);
    }
    this.#backend.setCurrentKey(currentKey);
  }

  #expiryOf(name: string, ttl: StateTtl | undefined): Expiry | undefined {
    if (ttl === undefined) return undefined;
    return new Expiry(ttl, this.#host.scope, (lastTouch, now) => {
      this.#host.expired(name, lastTouch, ttl.ms, now);
    });
  }

  #viewOf(descriptor: StateDescriptor): unknown {
    const { name, ttl } = descriptor;
    const known = this.#registered.get(name);
    if (known !== undefined && !isSame(known.descriptor, descriptor)) {
      throw this.#host.user.fault(
        'state',
        `state "${name}" is ${kindOf(known.descriptor)} and is asked for as ${kindOf(descriptor)}: use one descriptor for it, ` +
          'or give one of them another name',
      );
    }
    if (known !== undefined && !sameTtl(known.expiry?.ttl, ttl)) {
      throw this.#host.user.fault(
        'state',
        `state "${name}" is used with two times to live (${showTtl(known.expiry?.ttl)} and ${showTtl(ttl)}): use one descriptor for it`,
      );
    }
    const expiry = known === undefined ? this.#expiryOf(name, ttl) : known.expiry;
    // The first use may read and rewrite all that was restored of the state: what fails then is not the job's doing.
    const running = this.#host.user.pause();
    try {
      const view = viewOf(descriptor, this.#backend, this.#host, expiry);
      this.#host.user.resume(running);
      this.#registered.set(name, known ?? { descriptor, expiry, clean: () => view.clean() });
      if (known === undefined && expiry?.cleanup === 'compaction')
        this.#backend.cleanUp?.({ state: name, kind: descriptor.kind, ttlMs: expiry.ttl.ms });
      return view;
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      this.#host.user.resume(running);
      throw this.#host.user.fault('state', error.message);
    }
  }
}

function viewOf(
  descriptor: StateDescriptor,
  backend: StateTables,
  host: StateHost,
  expiry: Expiry | undefined,
): { clean(): boolean } {
  switch (descriptor.kind) {
    case 'value':
      return new CellValueState(descriptor, backend, host, expiry);
    case 'list':
      return new CellListState(descriptor, backend, host, expiry);
    case 'map':
      return new TableMapState(descriptor, backend, host, expiry);
    case 'reducing':
      return new CellReducingState(descriptor, backend, host, expiry);
    case 'aggregating':
      return new CellAggregatingState(descriptor, backend, host, expiry);
  }
}

function isSame(a: StateDescriptor, b: StateDescriptor): boolean {
  if (a.kind === 'map') return b.kind === 'map' && sameType(a.keyType, b.keyType) && sameType(a.type, b.type);
  return a.kind === b.kind && sameType(a.type, b.type);
}

/** With its types. */
function kindOf(descriptor: StateDescriptor): string {
  const { kind, type } = descriptor;
  const article = kind === 'aggregating' ? 'an' : 'a';
  const of = kind === 'map' ? `${typeText(descriptor.keyType)} to ${typeText(type)}` : typeText(type);
  return `${article} ${kind} state of ${of}`;
}

function sameTtl(a: StateTtl | undefined, b: StateTtl | undefined): boolean {
  return (
    a === b ||
    (a?.ms === b?.ms && a?.update === b?.update && a?.visibility === b?.visibility && a?.cleanup === b?.cleanup)
  );
}

function showTtl(ttl: StateTtl | undefined): string {
  return ttl === undefined ? 'none' : `${ttl.ms} ms`;
}
