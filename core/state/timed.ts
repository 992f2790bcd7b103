/**
 * A value with time to live, as it is stored: beside the time of its last touch (SEMANTICS J5; Flink: `TtlValue`).
 *
 * | state                      | stored without | with time to live   |
 * |----------------------------|----------------|---------------------|
 * | value, reducing            | T              | timed T             |
 * | aggregating                | A              | timed A             |
 * | list                       | list of T      | list of timed T     |
 * | map                        | K -> V         | K -> timed V        |
 *
 * To a backend it is a record like any other, but for what a snapshot leaves out (`sieveOf`).
 */
import type { Timestamp } from '../job/functions.ts';
import { int64, record, type TypeInfo } from '../job/types.ts';
import { assert } from '../errors.ts';
import { type Convert, migrationOf } from '../values/evolution.ts';
import type { Sieve, SievedState } from './backend.ts';

const TOUCH = '@lastTouch';
const VALUE = '@value';

/** Plain data, frozen like all state. */
export interface Timed<T> {
  readonly [TOUCH]: Timestamp;
  readonly [VALUE]: T;
}

/** The same object for the same type, so that its codec is compiled once. */
const timedTypes = new WeakMap<TypeInfo, TypeInfo>();

export function timedType<T>(type: TypeInfo<T>): TypeInfo<Timed<T>>;
export function timedType(type: TypeInfo): TypeInfo {
  let timed = timedTypes.get(type);
  if (timed === undefined) {
    timed = record({ [TOUCH]: int64, [VALUE]: type });
    timedTypes.set(type, timed);
  }
  return timed;
}

/** Also of a type that was read from a snapshot: that of values with time to live. */
export function isTimedType(type: TypeInfo): boolean {
  return type.kind === 'record' && type.fields.length === 2 && type.fields[0]?.name === TOUCH;
}
/** Of such a type; itself for any other. */
export function timedValueType(type: TypeInfo): TypeInfo {
  const [, value] = type.kind === 'record' && isTimedType(type) ? type.fields : [];
  return value?.type ?? type;
}

export function timed<T>(value: T, touch: Timestamp): Timed<T> {
  return Object.freeze({ [TOUCH]: touch, [VALUE]: value });
}

export function valueOf<T>(timed: Timed<T>): T {
  return timed[VALUE];
}

export function lastTouchOf(timed: Timed<unknown>): Timestamp {
  return timed[TOUCH];
}

/** Times to live are positive, so what is beyond the last timestamp has not come. */
export function isExpired(timed: Timed<unknown>, ttlMs: number, now: Timestamp): boolean {
  return timed[TOUCH] + ttlMs <= now;
}

/**
 * What becomes of what is stored of a state, whose values another version of the job may have written with time to live or without.
 * Undefined: it stays as it is. `now`: the last touch of values that have had none; asked for only if this version of the job has
 * switched time to live on (SEMANTICS J5).
 *
 * @throws JobError if the values themselves cannot become those that are declared.
 */
export function storedMigrationOf(
  what: string,
  written: TypeInfo,
  declared: TypeInfo,
  now: () => Timestamp,
): Convert | undefined {
  const items = itemsOf(written, declared);
  if (items !== undefined && isTimedType(items.written) !== isTimedType(items.declared)) {
    const ofItem = switched(what, items.written, items.declared, now);
    return (stored) => Object.freeze(listOf(stored).map(ofItem));
  }
  if (isTimedType(written) === isTimedType(declared)) return migrationOf(what, written, declared);
  return switched(what, written, declared, now);
}

function switched(what: string, written: TypeInfo, declared: TypeInfo, now: () => Timestamp): Convert {
  const migrated = migrationOf(what, timedValueType(written), timedValueType(declared)) ?? ((value: unknown) => value);
  if (!isTimedType(declared)) {
    return (stored) => {
      assert(isTimed(stored), () => `a value of ${what} was written with time to live, and has no last touch`);
      return migrated(valueOf(stored));
    };
  }
  const touch = now();
  return (stored) => timed(migrated(stored), touch);
}

function listOf(stored: unknown): readonly unknown[] {
  assert(Array.isArray(stored), () => 'what is stored of a list state is no list');
  return stored;
}

/** Of the items, if both are lists. */
function itemsOf(
  written: TypeInfo,
  declared: TypeInfo,
): { readonly written: TypeInfo; readonly declared: TypeInfo } | undefined {
  return written.kind === 'list' && declared.kind === 'list'
    ? { written: written.of, declared: declared.of }
    : undefined;
}

/** `now`: the time of the snapshot. */
export function sieveOf({ kind, ttlMs }: SievedState, now: Timestamp): Sieve {
  const lives = (stored: unknown): boolean => !isTimed(stored) || !isExpired(stored, ttlMs, now);
  if (kind !== 'list') return (stored) => (lives(stored) ? stored : undefined);
  return (stored) => {
    if (!Array.isArray(stored) || stored.every(lives)) return stored;
    const left = stored.filter(lives);
    return left.length === 0 ? undefined : left;
  };
}

function isTimed(stored: unknown): stored is Timed<unknown> {
  return typeof stored === 'object' && stored !== null && TOUCH in stored && VALUE in stored;
}
