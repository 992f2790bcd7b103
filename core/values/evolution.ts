/**
 * What a version of a job makes of values that another version has written (Flink: `TypeSerializerSnapshot`). The type as it
 * was written comes from a snapshot: it is data, without code and without defaults.
 *
 * | written -> declared                | is                                                                             |
 * |------------------------------------|--------------------------------------------------------------------------------|
 * | the same bytes for every old value | compatible as is; an enum or union with more members behind the old ones is    |
 * | int32 -> int64 -> float64          | compatible after migration: the number                                         |
 * | T -> nullable(T)                   | compatible after migration: the value                                          |
 * | record                             | field by field by name: new ones get their default, old ones are dropped       |
 * | enum, union                        | by name; one that is gone is incompatible iff a value has it                   |
 * | custom, a later version            | compatible after migration if there is `migrate`                               |
 * | anything else                      | incompatible                                                                   |
 *
 * Parts of lists, tuples, records, unions follow the same rules. Keys, namespaces and keys of map states have to be compatible
 * as is (SEMANTICS U2): a migrated key would hash to another key group.
 */
import { JobError, messageOf, rethrowKilled } from '../errors.ts';
import type { TypeInfo } from '../job/types.ts';
import { deepFreeze } from './freeze.ts';

/** Makes a value of the declared type of one of the written type. Throws `JobError` for a value that has no place in it. */
export type Convert = (value: unknown) => unknown;

export type Compatibility =
  /** `convert` undefined: the value itself. Not so with code of the job's own in it, since a snapshot holds bytes. */
  | { readonly kind: 'as-is' | 'after-migration'; readonly convert: Convert | undefined }
  /** `path`: of the part that is, "" for the whole. */
  | { readonly kind: 'incompatible'; readonly path: string; readonly reason: string; readonly remedy: string };

type Incompatible = Extract<Compatibility, { readonly kind: 'incompatible' }>;

const AS_IS: Compatibility = { kind: 'as-is', convert: undefined };

/** Pure. `written` is as a snapshot holds it. */
export function compatibilityOf(written: TypeInfo, declared: TypeInfo): Compatibility {
  return compare(written, declared, '');
}

function compare(written: TypeInfo, declared: TypeInfo, path: string): Compatibility {
  if (declared.kind === 'nullable' && written.kind !== 'nullable') {
    const of = compare(written, declared.of, path);
    return of.kind === 'incompatible' ? of : { kind: 'after-migration', convert: of.convert };
  }
  switch (declared.kind) {
    case 'int64':
      if (written.kind === 'int32') return { kind: 'after-migration', convert: undefined };
      break;
    case 'float64':
      if (written.kind === 'int32' || written.kind === 'int64') return { kind: 'after-migration', convert: undefined };
      break;
    case 'nullable': {
      if (written.kind !== 'nullable') break;
      return through(compare(written.of, declared.of, path), (of) => (value) => (value === null ? null : of(value)));
    }
    case 'list': {
      if (written.kind !== 'list') break;
      return through(compare(written.of, declared.of, `${path}[]`), (of) => (value) => itemsOf(value).map(of));
    }
    case 'tuple':
      if (written.kind === 'tuple' && written.of.length === declared.of.length)
        return compareTuple(written.of, declared.of, path);
      break;
    case 'record':
      if (written.kind === 'record') return compareRecord(written.fields, declared.fields, path);
      break;
    case 'enum':
      if (written.kind === 'enum') return compareEnum(written.members, declared.members, path);
      break;
    case 'union':
      if (written.kind === 'union') return compareUnion(written.cases, declared.cases, path);
      break;
    case 'custom':
      if (written.kind === 'custom' && written.name === declared.name) return compareCustom(written, declared, path);
      break;
    default:
      break;
  }
  if (written.kind === declared.kind && isPlain(declared)) return AS_IS;
  return incompatible(path, `${typeText(written)} cannot become ${typeText(declared)}`);
}

/** Without parts, so that the kind says all. */
function isPlain({ kind }: TypeInfo): boolean {
  return !['nullable', 'list', 'tuple', 'record', 'enum', 'union', 'custom'].includes(kind);
}

function incompatible(
  path: string,
  reason: string,
  remedy = 'declare the type as it was written, or give the state another name',
): Incompatible {
  return { kind: 'incompatible', path, reason, remedy };
}

/** Of a part of a whole that changes nothing else. */
function through(part: Compatibility, whole: (of: Convert) => Convert): Compatibility {
  if (part.kind === 'incompatible' || part.convert === undefined) return part;
  return { kind: part.kind, convert: whole(part.convert) };
}

function compareTuple(written: readonly TypeInfo[], declared: readonly TypeInfo[], path: string): Compatibility {
  const parts = declared.map((of, i) => compare(written[i] ?? of, of, `${path}[${i}]`));
  const worst = worstOf(parts);
  if (worst.kind === 'incompatible') return worst;
  const converts = parts.map(convertOf);
  if (converts.every((convert) => convert === undefined)) return worst;
  return { kind: worst.kind, convert: (value) => itemsOf(value).map((item, i) => converted(converts[i], item)) };
}

interface Field {
  readonly name: string;
  readonly type: TypeInfo;
}

function compareRecord(written: readonly Field[], declared: readonly Field[], path: string): Compatibility {
  const below = path === '' ? '' : `${path}.`;
  const parts = declared.map(({ name, type }): Compatibility => {
    const before = written.find((field) => field.name === name);
    if (before !== undefined) return compare(before.type, type, below + name);
    if (type.default !== undefined) return { kind: 'after-migration', convert: undefined };
    return incompatible(
      below + name,
      'the field is new and has no default',
      `declare it with one: ${name}: withDefault(${typeText(type)}, ...)`,
    );
  });
  const worst = worstOf(parts);
  if (worst.kind === 'incompatible') return worst;
  const sameFields =
    written.length === declared.length && written.every((field, i) => field.name === declared[i]?.name);
  const converts = parts.map(convertOf);
  if (sameFields && converts.every((convert) => convert === undefined)) return worst;
  const fields = declared.map(({ name, type }, i) => ({
    name,
    convert: converts[i],
    isNew: !written.some((field) => field.name === name),
    added: type.default,
  }));
  for (const { added } of fields) deepFreeze(added);
  return {
    kind: sameFields ? worst.kind : 'after-migration',
    convert: (value) => {
      const before = fieldsOf(value);
      const after: Record<string, unknown> = {};
      for (const { name, convert, isNew, added } of fields) {
        after[name] = isNew ? added : converted(convert, before[name]);
      }
      return after;
    },
  };
}

function compareEnum(written: readonly string[], declared: readonly string[], path: string): Compatibility {
  if (written.every((member, i) => member === declared[i])) return AS_IS;
  const known = new Set<unknown>(declared);
  if (written.every((member) => known.has(member))) return { kind: 'after-migration', convert: undefined };
  return {
    kind: 'after-migration',
    convert: (value) => {
      if (!known.has(value)) throw gone(path, 'member', value);
      return value;
    },
  };
}

interface Case {
  readonly tag: string;
  readonly type: TypeInfo;
}

function compareUnion(written: readonly Case[], declared: readonly Case[], path: string): Compatibility {
  const parts = new Map<unknown, Compatibility>();
  for (const { tag, type } of written) {
    const now = declared.find((one) => one.tag === tag);
    if (now !== undefined) parts.set(tag, compare(type, now.type, path === '' ? tag : `${path}.${tag}`));
  }
  const worst = worstOf([...parts.values()]);
  if (worst.kind === 'incompatible') return worst;
  const inPlace = written.every(({ tag }, i) => declared[i]?.tag === tag);
  const kind = inPlace ? worst.kind : 'after-migration';
  if (parts.size === written.length && [...parts.values()].every((part) => convertOf(part) === undefined))
    return { kind, convert: undefined };
  return {
    kind,
    convert: (value) => {
      const { tag, value: inner } = fieldsOf(value);
      const part = parts.get(tag);
      if (part === undefined) throw gone(path, 'tag', tag);
      return { tag, value: converted(convertOf(part), inner) };
    },
  };
}

type Custom = Extract<TypeInfo, { readonly kind: 'custom' }>;

function compareCustom(written: Custom, declared: Custom, path: string): Compatibility {
  const { name, version, code } = declared;
  // Both are as a snapshot holds them: a value is its bytes.
  if (code === undefined)
    return written.version === version ? AS_IS : incompatible(path, `another version of "${name}"`);
  const fromBytes = (read: (bytes: Uint8Array) => unknown): Convert => {
    return (value) => {
      if (!(value instanceof Uint8Array)) throw new JobError(`${at(path)}a value of the type "${name}" is not bytes`);
      try {
        return read(value);
      } catch (error) {
        rethrowKilled(error);
        throw new JobError(
          `${at(path)}the type "${name}" version ${version} cannot make a value of what version ${written.version} wrote: ${messageOf(error)}`,
        );
      }
    };
  };
  if (written.version === version) return { kind: 'as-is', convert: fromBytes((bytes) => code.read(bytes)) };
  if (written.version > version) {
    return incompatible(
      path,
      `the type "${name}" was written by version ${written.version}, the job has version ${version}`,
      `start the job with version ${written.version} of the type or a later one`,
    );
  }
  if (code.migrate === undefined) {
    return incompatible(
      path,
      `the type "${name}" was written by version ${written.version}, and version ${version} has no migrate`,
      'give defineType a migrate(bytes, version)',
    );
  }
  return { kind: 'after-migration', convert: fromBytes((bytes) => code.migrate?.(bytes, written.version)) };
}

function worstOf(parts: readonly Compatibility[]): Compatibility {
  return (
    parts.find(({ kind }) => kind === 'incompatible') ?? parts.find(({ kind }) => kind === 'after-migration') ?? AS_IS
  );
}

function convertOf(part: Compatibility | undefined): Convert | undefined {
  return part === undefined || part.kind === 'incompatible' ? undefined : part.convert;
}

function converted(convert: Convert | undefined, value: unknown): unknown {
  return convert === undefined ? value : convert(value);
}

function gone(path: string, what: 'member' | 'tag', value: unknown): JobError {
  return new JobError(
    `${at(path)}a stored value has the ${what} ${JSON.stringify(value)}, which the type does not have any more; give it back`,
  );
}

function at(path: string): string {
  return path === '' ? '' : `${path}: `;
}

// The value was read with its type, so it is what the type says.
function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const TEXT_MAX = 160;

/** A type in a line: `record{id: string, level: enum(low|high)}`. */
export function typeText(type: TypeInfo): string {
  const text = textOf(type);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}...` : text;
}

function textOf(type: TypeInfo): string {
  switch (type.kind) {
    case 'nullable':
    case 'list':
      return `${type.kind}(${textOf(type.of)})`;
    case 'tuple':
      return `tuple(${type.of.map(textOf).join(', ')})`;
    case 'record':
      return `record{${type.fields.map((field) => `${field.name}: ${textOf(field.type)}`).join(', ')}}`;
    case 'enum':
      return `enum(${type.members.join('|')})`;
    case 'union':
      return `union{${type.cases.map((one) => `${one.tag}: ${textOf(one.type)}`).join(', ')}}`;
    case 'custom':
      return `"${type.name}" version ${type.version}`;
    default:
      return type.kind;
  }
}

/** The convert of a state, or a key, that is restored. @throws JobError that names the state, both types, and the remedy. */
export function migrationOf(what: string, written: TypeInfo, declared: TypeInfo): Convert | undefined {
  const found = compatibilityOf(written, declared);
  const both = `${what} was written as ${typeText(written)} and is declared as ${typeText(declared)}`;
  if (found.kind === 'incompatible') throw new JobError(`${both}: ${at(found.path)}${found.reason}; ${found.remedy}`);
  const { convert } = found;
  if (convert === undefined) return undefined;
  return (value) => {
    try {
      return convert(value);
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      throw new JobError(`${both}: ${error.message}`);
    }
  };
}

/** For what has to keep its bytes: keys. @throws JobError as `migrationOf`, also if a migration would do. */
export function requireAsIs(what: string, written: TypeInfo, declared: TypeInfo): Convert | undefined {
  const found = compatibilityOf(written, declared);
  if (found.kind === 'as-is') return found.convert;
  throw new JobError(
    `${what} was written as ${typeText(written)} and is declared as ${typeText(declared)}: a key keeps its type for the ` +
      'life of a job, since it decides the key group; declare it as it was written',
  );
}
