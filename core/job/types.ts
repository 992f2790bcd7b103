/**
 * Type descriptions: plain data that says how a value looks, from which codecs, hashes and validations are compiled.
 * `TypeInfo<T>` carries `T` for the compiler only.
 */
import { JobError } from '../errors.ts';

/**
 * How values of a type look: made by the functions and constants of this file. Codecs, hashes and checks are compiled from
 * it, and it is stored in snapshots.
 *
 * @example
 * ```ts
 * const order = record({ id: string, amount: int64, note: nullable(string), tags: list(string) });
 * type Order = TypeOf<typeof order>;
 * const one: Order = { id: 'a', amount: 5, note: null, tags: [] };
 * ```
 */
export type TypeInfo<T = unknown> = TypeShape & {
  readonly phantom?: () => T;
  /** What a record of an earlier version has for a field of this type that it lacks; see `withDefault`. Not part of the bytes. */
  readonly default?: T;
};

/** The same without the compiler's part: plain data. */
export type TypeShape =
  | { readonly kind: 'boolean' }
  /** A whole number in [-2^31, 2^31). */
  | { readonly kind: 'int32' }
  /** A safe integer; hashed as Java's `long`. */
  | { readonly kind: 'int64' }
  | { readonly kind: 'float64' }
  /** A whole number of any size; no key of a stream, since it has no hash. */
  | { readonly kind: 'bigint' }
  | { readonly kind: 'string' }
  /** A `Uint8Array` that is never changed; a key of map state at most, since it has no hash. */
  | { readonly kind: 'bytes' }
  /** Any JSON value; slow, for convenience. */
  | { readonly kind: 'json' }
  | { readonly kind: 'nullable'; readonly of: TypeInfo }
  | { readonly kind: 'list'; readonly of: TypeInfo }
  | { readonly kind: 'tuple'; readonly of: readonly TypeInfo[] }
  /** Fields in the order written, which is the order of the bytes. */
  | { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly type: TypeInfo }[] }
  /** One of a few names; the bytes are its place among them. */
  | { readonly kind: 'enum'; readonly members: readonly string[] }
  /** One of a few cases, told apart by their tags; the bytes begin with the place of the tag. */
  | { readonly kind: 'union'; readonly cases: readonly { readonly tag: string; readonly type: TypeInfo }[] }
  /** The job's own bytes. `code` is absent where the type was read from a snapshot: then a value is its bytes. */
  | { readonly kind: 'custom'; readonly name: string; readonly version: number; readonly code?: CustomCode };

/** How values of a type of the job's own become bytes. Pure: the same value gives the same bytes, for ever. */
export interface CustomCode<T = unknown> {
  /** The bytes of a value. What it throws means that the value is not of the type. */
  write(value: T): Uint8Array;
  /** The value of bytes that `write` of this very version has made. */
  read(bytes: Uint8Array): T;
  /** The value of bytes that an earlier version has made; without it, state of earlier versions cannot be restored. */
  migrate?(bytes: Uint8Array, version: number): T;
}

/** The TypeScript type that a description stands for. */
export type TypeOf<I> = I extends TypeInfo<infer T> ? T : never;

/** `true` or `false`. */
export const boolean: TypeInfo<boolean> = { kind: 'boolean' };
/** A whole number in [-2^31, 2^31). As a key it hashes as Java's `int`. */
export const int32: TypeInfo<number> = { kind: 'int32' };
/** A safe integer, in [-(2^53 - 1), 2^53 - 1]. As a key it hashes as Java's `long`. */
export const int64: TypeInfo<number> = { kind: 'int64' };
/** Any number; 0 and -0 are different values, all NaN are one. As a key it hashes as Java's `double`. */
export const float64: TypeInfo<number> = { kind: 'float64' };
/** A JavaScript `bigint`: a whole number of any size. No key of a stream: declare such a key as a string. */
export const bigint: TypeInfo<bigint> = { kind: 'bigint' };
/** Any string; lone surrogates are kept. */
export const string: TypeInfo<string> = { kind: 'string' };
/** A `Uint8Array` that is never changed. No key of a stream: it has no hash. */
export const bytes: TypeInfo<Uint8Array> = { kind: 'bytes' };
/** Any JSON value. Convenient and slow; not allowed as a key. */
export const json: TypeInfo = { kind: 'json' };

/** The values of `of`, and null. */
export function nullable<T>(of: TypeInfo<T>): TypeInfo<T | null> {
  return { kind: 'nullable', of };
}
/** Arrays of values of `of`, of any length. */
export function list<T>(of: TypeInfo<T>): TypeInfo<readonly T[]> {
  return { kind: 'list', of };
}
/** Arrays with one value of each type, in order. */
export function tuple<T extends readonly unknown[]>(...of: { readonly [K in keyof T]: TypeInfo<T[K]> }): TypeInfo<T> {
  return { kind: 'tuple', of };
}
/**
 * Objects with exactly these fields; their order is that of the bytes.
 *
 * @throws JobError without fields; when the type is first used, if a field's own type is wrong.
 */
export function record<F extends Readonly<Record<string, TypeInfo>>>(
  fields: F,
): TypeInfo<{ readonly [K in keyof F]: TypeOf<F[K]> }> {
  // JavaScript has no compiler that would miss it.
  const given: unknown = fields;
  if (typeof given !== 'object' || given === null)
    throw new JobError('record needs its fields: record({ id: string, at: int64 })');
  return { kind: 'record', fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}
/**
 * A record field that earlier versions of the record lack: state that they wrote is restored with `value` in it. Of no
 * meaning elsewhere.
 *
 * @example
 * ```ts
 * const visit = record({ page: string, seconds: int64, device: withDefault(string, 'unknown') });
 * ```
 */
export function withDefault<T>(type: TypeInfo<T>, value: T): TypeInfo<T> {
  return Object.assign({}, type, { default: value });
}
/**
 * One of the names. A later version may add some, in any place, and put them in another order; it may leave one out that no
 * stored value has.
 *
 * @example
 * ```ts
 * const level = enumOf('low', 'high');
 * ```
 */
export function enumOf<const M extends readonly string[]>(...members: M): TypeInfo<M[number]> {
  return { kind: 'enum', members };
}
/**
 * One of a few cases: `{ tag, value }`. A later version may add cases, and change the type of one as its type allows; it may
 * leave one out that no stored value has.
 *
 * @example
 * ```ts
 * const shape = union({ circle: record({ radius: int32 }), square: record({ side: int32 }) });
 * const one: TypeOf<typeof shape> = { tag: 'circle', value: { radius: 2 } };
 * ```
 */
export function union<C extends Readonly<Record<string, TypeInfo>>>(
  cases: C,
): TypeInfo<{ readonly [K in keyof C]: { readonly tag: K; readonly value: TypeOf<C[K]> } }[keyof C]> {
  return { kind: 'union', cases: Object.entries(cases).map(([tag, type]) => ({ tag, type })) };
}
/**
 * A type of the job's own: values of any class, as bytes that the job writes and reads itself. It cannot be a key of a
 * stream. A snapshot holds name and version beside the bytes: state of an earlier version goes through `migrate`, state of
 * a later one is refused.
 *
 * What `write` is given `read` must give back: records pass by reference within a process, and over bytes between two. A record that is
 * sent, or written to a sink, and is another one afterwards is a mistake of the job (`job/lossy-type`); private fields are not
 * looked at. In state a part that is worked out again may be lost.
 *
 * @param definition `name` is the same in all versions, `version` a whole number >= 1 that rises whenever the bytes change.
 * @example
 * ```ts
 * const money = defineType<number>({
 *   name: 'money',
 *   version: 2,
 *   write: (cents) => Uint8Array.of(cents >> 8, cents & 255),
 *   read: ([high = 0, low = 0]) => high * 256 + low,
 *   // Version 1 had whole units in one byte.
 *   migrate: ([units = 0]) => units * 100,
 * });
 * ```
 */
export function defineType<T>({
  name,
  version,
  ...code
}: { readonly name: string; readonly version: number } & CustomCode<T>): TypeInfo<T> {
  return { kind: 'custom', name, version, code };
}
