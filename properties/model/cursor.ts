/** Where a handle of a state reads and writes: asked at each use, and named there. */
import type { TimeWindow } from '../../core/job/functions.ts';
import type { StateDescriptor } from '../../core/job/states.ts';
import type { Key } from './keyed.ts';
import type { Store } from './store.ts';
import type { CallTime } from './ttl.ts';
import type { TurnLog } from './turn.ts';

/** Where a handle reads and writes. */
export interface Cursor {
  readonly store: Store;
  readonly key: Key;
  /** For states with time to live. */
  readonly time: CallTime;
  /** What is handed over there is checked, if the turn is strict. */
  readonly turn?: TurnLog;
  /** Of a window operator, whose states have more than one owner: before their names. */
  readonly prefix?: string;
  /** The state is that of this window. */
  readonly window?: TimeWindow | undefined;
}

/** Of whom a handle asks at each use where it is, so that a function may keep its handles. */
export interface AtCursor {
  cursor(): Cursor;
}
export interface StateUser extends AtCursor {
  /** A state is asked for. */
  asks(descriptor: StateDescriptor): void;
}

/** Tells (key, window) pairs apart. */
export function cellOf(keyText: string, window: TimeWindow): string {
  return `${keyText}@${window.start}@${window.end}`;
}

export function nameAt(name: string, { prefix }: Pick<Cursor, 'prefix'>): string {
  return prefix === undefined ? name : prefix + name;
}
export function cellAt({ key, window }: Cursor): string {
  return window === undefined ? key.text : cellOf(key.text, window);
}

/** @throws Error for undefined, which can be stored nowhere. */
export function stored(name: string, value: unknown): unknown {
  if (value === undefined) throw new Error(`undefined cannot be stored in the state '${name}'`);
  return value;
}
