/**
 * What a version of a job makes of a value that an earlier one has stored (SEMANTICS U2 to U4), a second time: from the
 * table of the rules, not from the engine. Values are as the earlier version's functions had them, so a type of the job's own
 * is turned into its bytes first.
 *
 *     int32 -> int64 -> float64, T -> nullable(T)   the value           record   by name; new fields get their default
 *     enum, union                                   by name             custom   what `migrate` makes of the old bytes
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { StateDescriptor } from '../../core/job/states.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { fieldsOf, itemsOf } from './shape.ts';

/**
 * The same of what is stored of a state, of which another version may have had a time to live, or this one may (SEMANTICS J5). `touch`:
 * the last one of values that had none; undefined: nobody has given them one.
 */
export function migratedState(
  written: TypeInfo,
  declared: TypeInfo,
  value: unknown,
  touch: Timestamp | undefined,
): unknown {
  if (written.kind === 'list' && declared.kind === 'list' && ages(written.of) !== ages(declared.of))
    return itemsOf(value).map((item) => migratedState(written.of, declared.of, item, touch));
  if (ages(written) === ages(declared)) return migrated(written, declared, value);
  if (ages(written)) return migrated(inner(written), declared, fieldsOf(value)['@value']);
  if (touch === undefined) throw new Error('values that had no time to live were not given a last touch');
  return { '@lastTouch': touch, '@value': migrated(written, inner(declared), value) };
}

/** It is stored as `withTouch` says. */
function ages(type: TypeInfo): boolean {
  return type.kind === 'record' && type.fields.some(({ name }) => name === '@lastTouch');
}
function inner(type: TypeInfo): TypeInfo {
  const field = type.kind === 'record' ? type.fields.find(({ name }) => name === '@value') : undefined;
  return known(field).type;
}

/** @throws Error if the value has no place in the declared type. */
export function migrated(written: TypeInfo, declared: TypeInfo, value: unknown): unknown {
  if (declared.kind === 'nullable') {
    if (written.kind !== 'nullable') return migrated(written, declared.of, value);
    return value === null ? null : migrated(written.of, declared.of, value);
  }
  if (declared.kind === 'custom') return customValue(written, declared, value);
  if (declared.kind === 'list' && written.kind === 'list')
    return itemsOf(value).map((item) => migrated(written.of, declared.of, item));
  if (declared.kind === 'tuple' && written.kind === 'tuple' && written.of.length === declared.of.length)
    return itemsOf(value).map((item, i) => migrated(known(written.of[i]), known(declared.of[i]), item));
  if (declared.kind === 'record' && written.kind === 'record') {
    const before = fieldsOf(value);
    return Object.fromEntries(
      declared.fields.map(({ name, type }) => {
        const old = written.fields.find((field) => field.name === name);
        if (old !== undefined) return [name, migrated(old.type, type, before[name])];
        if (type.default === undefined) throw new Error(`the new field ${name} has no default`);
        return [name, type.default];
      }),
    );
  }
  if (declared.kind === 'enum' && written.kind === 'enum') {
    if (declared.members.some((member) => member === value)) return value;
    throw new Error(`the member ${String(value)} is gone`);
  }
  if (declared.kind === 'union' && written.kind === 'union') {
    const { tag, value: inner } = fieldsOf(value);
    const [old, now] = [written.cases, declared.cases].map((cases) => cases.find((one) => one.tag === tag));
    if (now === undefined) throw new Error(`the tag ${String(tag)} is gone`);
    return { tag, value: migrated(known(old).type, now.type, inner) };
  }
  const widens =
    (written.kind === 'int32' && (declared.kind === 'int64' || declared.kind === 'float64')) ||
    (written.kind === 'int64' && declared.kind === 'float64');
  if (widens || (written.kind === declared.kind && !('of' in written) && !('fields' in written))) return value;
  throw new Error(`${written.kind} cannot become ${declared.kind}`);
}

type Custom = Extract<TypeInfo, { readonly kind: 'custom' }>;

function customValue(written: TypeInfo, declared: Custom, value: unknown): unknown {
  if (written.kind !== 'custom' || written.name !== declared.name) throw new Error(`no value of ${declared.name}`);
  const isSame = written.version === declared.version;
  // What is of the very same type is not stored on the way: what its `read` and `write` lose is to be seen.
  if (isSame && written.code === declared.code) return value;
  const bytes = known(written.code).write(value);
  if (isSame) return known(declared.code).read(bytes);
  const { code } = declared;
  if (written.version > declared.version || code?.migrate === undefined)
    throw new Error(`${declared.name}: version ${written.version} cannot become version ${declared.version}`);
  return code.migrate(bytes, written.version);
}

function known<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('a part of a type is missing');
  return thing;
}

/** As a snapshot holds it: values of a type of the job's own are bytes. */
export function storedForm(type: TypeInfo, value: unknown): unknown {
  switch (type.kind) {
    case 'custom':
      return type.code === undefined ? value : type.code.write(value);
    case 'nullable':
      return value === null ? null : storedForm(type.of, value);
    case 'list':
      return itemsOf(value).map((item) => storedForm(type.of, item));
    case 'tuple':
      return itemsOf(value).map((item, i) => storedForm(known(type.of[i]), item));
    case 'record': {
      const fields = fieldsOf(value);
      return Object.fromEntries(type.fields.map((field) => [field.name, storedForm(field.type, fields[field.name])]));
    }
    case 'union': {
      const { tag, value: inner } = fieldsOf(value);
      const one = type.cases.find((candidate) => candidate.tag === tag);
      return one === undefined ? value : { tag, value: storedForm(one.type, inner) };
    }
    default:
      return value;
  }
}

/** Whether a snapshot holds values of the type in another form than functions have them. */
export function holdsCustom(type: TypeInfo): boolean {
  switch (type.kind) {
    case 'custom':
      return true;
    case 'nullable':
    case 'list':
      return holdsCustom(type.of);
    case 'tuple':
      return type.of.some(holdsCustom);
    case 'record':
      return type.fields.some((field) => holdsCustom(field.type));
    case 'union':
      return type.cases.some((one) => holdsCustom(one.type));
    default:
      return false;
  }
}

// ---- states

/** The type of what a state stores, and of its map keys. */
export interface StoredType {
  readonly kind: StateDescriptor['kind'];
  readonly keyType: TypeInfo | undefined;
  readonly type: TypeInfo;
}
/** By name. */
export type StoredTypes = ReadonlyMap<string, StoredType>;

export function storedType(descriptor: StateDescriptor): StoredType {
  const { kind, type, ttl } = descriptor;
  const one = ttl === undefined ? type : withTouch(type);
  if (kind === 'map') return { kind, keyType: descriptor.keyType, type: one };
  return { kind, keyType: undefined, type: kind === 'list' ? { kind: 'list', of: one } : one };
}

/** As states with time to live store a value (SEMANTICS J5). */
function withTouch(type: TypeInfo): TypeInfo {
  return {
    kind: 'record',
    fields: [
      { name: '@lastTouch', type: { kind: 'int64' } },
      { name: '@value', type },
    ],
  };
}
