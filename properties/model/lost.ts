/**
 * What types of the job's own lose: a value that a function has put into state, and that its `read` does not give back. It
 * breaks no rule by itself (a field that is worked out again may be lost), but what the job does then depends on
 * when state was stored, and differs from the model, which stores none: so whoever reports that says it.
 *
 * Left out: what cannot be seen from outside of an object, as private fields.
 */
import type { TypeInfo } from '../../core/job/types.ts';
import { bytesOf, kindOf } from './equal.ts';

/** A value of the type `type`, before it was written and after it was read. */
export interface Lost {
  readonly type: string;
  readonly written: unknown;
  readonly read: unknown;
}

/** Of each type that a job has declared: whether there is one of its own in it. */
const known = new WeakMap<TypeInfo, boolean>();

function hasOwn(type: TypeInfo): boolean {
  const before = known.get(type);
  if (before !== undefined) return before;
  const has = type.kind === 'custom' || partsOf(type).some(hasOwn);
  known.set(type, has);
  return has;
}

function partsOf(type: TypeInfo): readonly TypeInfo[] {
  switch (type.kind) {
    case 'nullable':
    case 'list':
      return [type.of];
    case 'tuple':
      return type.of;
    case 'record':
      return type.fields.map((field) => field.type);
    case 'union':
      return type.cases.map((one) => one.type);
    default:
      return [];
  }
}

/** The first part of the value that is lost. Undefined: none, or the value is not of the type. */
export function lostOf(type: TypeInfo, value: unknown): Lost | undefined {
  if (!hasOwn(type)) return undefined;
  try {
    return lostIn(type, value);
  } catch {
    // A getter or a proxy of the job's threw, or the value is not of the type: the engine has told it.
    return undefined;
  }
}

function lostIn(type: TypeInfo, value: unknown): Lost | undefined {
  if (value === undefined || value === null || !hasOwn(type)) return undefined;
  switch (type.kind) {
    case 'custom': {
      if (type.code === undefined) return undefined;
      // A copy: what `read` keeps may be a view of the bytes.
      const read = type.code.read(type.code.write(value).slice());
      return isSame(value, read, 0) ? undefined : { type: type.name, written: value, read };
    }
    case 'nullable':
      return lostIn(type.of, value);
    case 'list':
      return first(value as readonly unknown[], (item) => lostIn(type.of, item));
    case 'tuple':
      return first(type.of, (of, at) => lostIn(of, (value as readonly unknown[])[at]));
    case 'record':
      return first(type.fields, (field) => lostIn(field.type, Reflect.get(value, field.name)));
    case 'union': {
      const one = type.cases.find(({ tag }) => tag === Reflect.get(value, 'tag'));
      return one && lostIn(one.type, Reflect.get(value, 'value'));
    }
    default:
      return undefined;
  }
}

function first<T>(items: readonly T[], found: (item: T, at: number) => Lost | undefined): Lost | undefined {
  for (const [at, item] of items.entries()) {
    const one = found(item, at);
    if (one !== undefined) return one;
  }
  return undefined;
}

/** Deeper, nothing is compared: an object may hold itself. */
const DEPTH_MAX = 16;

/** By what can be seen; a field that is a function is none. */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b) || depth > DEPTH_MAX) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return false;
  if (kind === 'date') return Object.is(Number(a), Number(b));
  if (kind === 'bytes') return areSameBytes(bytesOf(a), bytesOf(b));
  const [ofA, ofB] = [itemsOf(a), itemsOf(b)];
  return ofA.length === ofB.length && ofA.every((item, at) => isSame(item, ofB[at], depth + 1));
}

/** They may be many. */
function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function itemsOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Map || value instanceof Set) return [...(value as Iterable<unknown>)];
  const fields = Object.entries(value).filter(([, field]) => typeof field !== 'function');
  return fields.toSorted(([a], [b]) => (a < b ? -1 : 1)).flat();
}
