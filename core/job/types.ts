/**
 * Type descriptions: plain data that says how a value looks, from which codecs, hashes and validations are compiled.
 * `TypeInfo<T>` carries `T` for the compiler only.
 */

export type TypeInfo<T = unknown> = TypeShape & { readonly phantom?: () => T };

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

export const boolean: TypeInfo<boolean> = { kind: 'boolean' };
export const int32: TypeInfo<number> = { kind: 'int32' };
export const int64: TypeInfo<number> = { kind: 'int64' };
export const float64: TypeInfo<number> = { kind: 'float64' };
export const string: TypeInfo<string> = { kind: 'string' };
export const bytes: TypeInfo<Uint8Array> = { kind: 'bytes' };
export const json: TypeInfo = { kind: 'json' };

export function nullable<T>(of: TypeInfo<T>): TypeInfo<T | null> {
  return { kind: 'nullable', of };
}
export function list<T>(of: TypeInfo<T>): TypeInfo<readonly T[]> {
  return { kind: 'list', of };
}
export function tuple<T extends readonly unknown[]>(...of: { readonly [K in keyof T]: TypeInfo<T[K]> }): TypeInfo<T> {
  return { kind: 'tuple', of };
}
export function record<F extends Readonly<Record<string, TypeInfo>>>(
  fields: F,
): TypeInfo<{ readonly [K in keyof F]: TypeOf<F[K]> }> {
  return { kind: 'record', fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
}
