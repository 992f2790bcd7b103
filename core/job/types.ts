/**
 * Type descriptions: plain data that says how a value looks, from which codecs, hashes and validations are compiled.
 * `TypeInfo<T>` carries `T` for the compiler only.
 */

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
export type TypeInfo<T = unknown> = TypeShape & { readonly phantom?: () => T };

/** The same without the compiler's part: plain data. */
export type TypeShape =
  | { readonly kind: 'boolean' }
  /** A whole number in [-2^31, 2^31). */
  | { readonly kind: 'int32' }
  /** A safe integer; hashed as Java's `long`. */
  | { readonly kind: 'int64' }
  | { readonly kind: 'float64' }
  | { readonly kind: 'string' }
  /** A `Uint8Array` that is never changed; a key of map state at most, since it has no hash. */
  | { readonly kind: 'bytes' }
  /** Any JSON value; slow, for convenience. */
  | { readonly kind: 'json' }
  | { readonly kind: 'nullable'; readonly of: TypeInfo }
  | { readonly kind: 'list'; readonly of: TypeInfo }
  | { readonly kind: 'tuple'; readonly of: readonly TypeInfo[] }
  /** Fields in the order written, which is the order of the bytes. */
  | { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly type: TypeInfo }[] };

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
 * @throws JobError when the type is first used, if a field's own type is wrong.
 */
export function record<F extends Readonly<Record<string, TypeInfo>>>(
  fields: F,
): TypeInfo<{ readonly [K in keyof F]: TypeOf<F[K]> }> {
  return { kind: 'record', fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}
