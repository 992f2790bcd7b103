/**
 * Codecs: what a type description is compiled into, with no static types yet. `serializers.ts` puts the types on.
 *
 * | kind     | bytes                                             |
 * |----------|---------------------------------------------------|
 * | boolean  | 0 or 1                                            |
 * | int32    | zigzag, 1 to 5 bytes                              |
 * | int64    | zigzag, 1 to 8 bytes (safe integers only)         |
 * | float64  | 8 bytes, keeps -0, one NaN                        |
 * | bigint   | length, two's complement, the fewest bytes, highest first (as Java's `BigInteger`) |
 * | string   | length, WTF-8                                     |
 * | bytes    | length, content                                   |
 * | json     | see `json-codec.ts`                               |
 * | nullable | 0, or 1 and the value                             |
 * | list     | count, elements                                   |
 * | tuple    | elements (a 0 byte if there is none)              |
 * | record   | fields in declared order (a 0 byte if there is none) |
 * | enum     | place of the member                               |
 * | union    | place of the tag, value                           |
 * | custom   | length, what the job writes                       |
 *
 * Every value takes at least one byte, so a corrupt count is found before anything is built. Equal values of a type
 * have equal bytes, and different ones different bytes; 0 and -0 are different, also as integers. A record's `write` ignores
 * fields that the type does not declare; `check` reports them.
 */
import { JobError } from '../errors.ts';
import type { TypeInfo } from '../job/types.ts';
import type { Codec } from './codec.ts';
import { bigintCodec } from './bigint-codec.ts';
import { customCodec, enumCodec, unionCodec } from './choice-codecs.ts';
import { jsonCodec } from './json-codec.ts';
import { recordCodec } from './record-codec.ts';
import { describe, Refused } from './refusal.ts';

/** Compiled once per description: a codec holds no state, so sharing it is not observable. */
const compiled = new WeakMap<TypeInfo, Codec>();

/**
 * And once per shape: each run builds its job anew, with descriptions of its own, and each snapshot is read with those of its
 * header. Compiling is the smaller part of what that would cost; generated code that is new is slow until it has been used for
 * a while. What holds code of a job is not shared by shape.
 */
const byShape = new Map<string, Codec>();
/** Beyond it all are forgotten at once, so that those who make up types without end do not pile them up. */
const SHAPES_MAX = 1_024;

/** @throws JobError if the description itself is wrong: two fields of one name, or nested too deep. */
export function codecOf(type: TypeInfo): Codec {
  let codec = compiled.get(type);
  if (codec === undefined) {
    if (isTooDeep(type, 0)) {
      throw new JobError(
        `a type is nested deeper than ${MAX_TYPE_DEPTH} levels, or holds itself; use json for what has no fixed depth`,
      );
    }
    codec = codecOfShape(type, shapeOf(type));
    compiled.set(type, codec);
  }
  return codec;
}

/** How deep a type may be nested, so that its description can be read back. */
export const MAX_TYPE_DEPTH = 32;

function isTooDeep(type: TypeInfo, depth: number): boolean {
  if (depth > MAX_TYPE_DEPTH) return true;
  switch (type.kind) {
    case 'nullable':
    case 'list':
      return isTooDeep(type.of, depth + 1);
    case 'tuple':
      return type.of.some((of) => isTooDeep(of, depth + 1));
    case 'record':
      return type.fields.some((field) => isTooDeep(field.type, depth + 1));
    case 'union':
      return type.cases.some((one) => isTooDeep(one.type, depth + 1));
    default:
      return false;
  }
}

function codecOfShape(type: TypeInfo, shape: string | undefined): Codec {
  if (shape === undefined) return compile(type);
  let codec = byShape.get(shape);
  if (codec === undefined) {
    codec = compile(type);
    if (byShape.size >= SHAPES_MAX) byShape.clear();
    byShape.set(shape, codec);
  }
  return codec;
}

/** The same text for descriptions that are compiled into the same; undefined: it holds code of the job. */
function shapeOf(type: TypeInfo): string | undefined {
  switch (type.kind) {
    case 'nullable':
    case 'list':
      return shapeOfParts(type.kind, [type.of]);
    case 'tuple':
      return shapeOfParts(type.kind, type.of);
    case 'record':
      return shapeOfParts(
        `record ${JSON.stringify(type.fields.map((field) => field.name))}`,
        type.fields.map((field) => field.type),
      );
    case 'union':
      return shapeOfParts(
        `union ${JSON.stringify(type.cases.map((one) => one.tag))}`,
        type.cases.map((one) => one.type),
      );
    case 'enum':
      return `enum ${JSON.stringify(type.members)}`;
    case 'custom':
      return type.code === undefined ? 'custom' : undefined;
    default:
      return type.kind;
  }
}

function shapeOfParts(what: string, parts: readonly TypeInfo[]): string | undefined {
  let shape = `${what}(`;
  for (const part of parts) {
    const own = shapeOf(part);
    if (own === undefined) return undefined;
    shape += `${own},`;
  }
  return `${shape})`;
}

function compile(type: TypeInfo): Codec {
  switch (type.kind) {
    case 'boolean':
      return booleanCodec;
    case 'int32':
      return int32Codec;
    case 'int64':
      return int64Codec;
    case 'float64':
      return float64Codec;
    case 'bigint':
      return bigintCodec;
    case 'string':
      return stringCodec;
    case 'bytes':
      return bytesCodec;
    case 'json':
      return jsonCodec;
    case 'nullable':
      return nullableCodec(codecOf(type.of));
    case 'list':
      return listCodec(codecOf(type.of));
    case 'tuple':
      return tupleCodec(type.of.map(codecOf));
    case 'record':
      return recordCodec(type.fields.map((field) => ({ name: field.name, codec: codecOf(field.type) })));
    case 'enum':
      return enumCodec(type.members);
    case 'union':
      return unionCodec(type.cases.map((one) => ({ tag: one.tag, codec: codecOf(one.type) })));
    case 'custom':
      return type.code === undefined ? bytesCodec : customCodec(type.name, type.version, type.code);
  }
}

/** The check of a kind that has no parts. */
function expecting(what: string, accepts: (value: unknown) => boolean): Codec['check'] {
  return (value, path) =>
    accepts(value) ? undefined : `${path === '' ? '' : `${path}: `}expected ${what}, got ${describe(value)}`;
}

const booleanCodec: Codec = {
  write: (value, out) => {
    if (typeof value !== 'boolean') throw new Refused();
    out.bool(value);
  },
  read: (input) => input.bool(),
  admit: (value) => typeof value === 'boolean',
  check: expecting('a boolean', (value) => typeof value === 'boolean'),
};

const int32Codec: Codec = {
  write: (value, out) => {
    if (typeof value !== 'number' || value !== (value | 0)) throw new Refused();
    out.int32(value);
  },
  read: (input) => input.int32(),
  admit: (value) => typeof value === 'number' && value === (value | 0),
  check: expecting('a whole number in [-2^31, 2^31)', (value) => typeof value === 'number' && value === (value | 0)),
};

const int64Codec: Codec = {
  write: (value, out) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Refused();
    out.zigzag(value);
  },
  read: (input) => input.zigzag(),
  admit: (value) => Number.isSafeInteger(value),
  check: expecting('a whole number in (-2^53, 2^53)', (value) => Number.isSafeInteger(value)),
};

const float64Codec: Codec = {
  write: (value, out) => {
    if (typeof value !== 'number') throw new Refused();
    out.float64(value);
  },
  read: (input) => input.float64(),
  admit: (value) => typeof value === 'number',
  check: expecting('a number', (value) => typeof value === 'number'),
};

const bytesCodec: Codec = {
  write: (value, out) => {
    if (!(value instanceof Uint8Array)) throw new Refused();
    out.bytes(value);
  },
  read: (input) => input.bytes(),
  admit: (value) => value instanceof Uint8Array,
  check: expecting('bytes', (value) => value instanceof Uint8Array),
};

const stringCodec: Codec = {
  write: (value, out) => {
    if (typeof value !== 'string') throw new Refused();
    out.string(value);
  },
  read: (input) => input.string(),
  admit: (value) => typeof value === 'string',
  check: expecting('a string', (value) => typeof value === 'string'),
};

function nullableCodec(of: Codec): Codec {
  return {
    write: (value, out) => {
      out.bool(value !== null);
      if (value !== null) of.write(value, out);
    },
    read: (input) => (input.bool() ? of.read(input) : null),
    admit: (value) => value === null || of.admit(value),
    check: (value, path) => (value === null ? undefined : of.check(value, path)),
  };
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

const checkList = expecting('a list', isArray);

function listCodec(of: Codec): Codec {
  return {
    write: (value, out) => {
      if (!isArray(value)) throw new Refused();
      out.varint(value.length);
      // By index: a hole is `undefined` and refused, where an iterating method would skip it.
      for (let i = 0; i < value.length; i++) of.write(value[i], out);
    },
    read: (input) => {
      const count = input.varint();
      if (count > input.remaining) throw input.malformed(`a list of ${count} elements in ${input.remaining} bytes`);
      // Room for all of them at once: a list that grows by itself begins with room for seventeen, and most have one or two.
      const values = new Array<unknown>(count);
      for (let i = 0; i < count; i++) values[i] = of.read(input);
      return values;
    },
    admit: (value) => {
      if (!isArray(value)) return false;
      for (let i = 0; i < value.length; i++) if (!of.admit(value[i])) return false;
      Object.freeze(value);
      return true;
    },
    check: (value, path) => {
      if (!isArray(value)) return checkList(value, path);
      for (let i = 0; i < value.length; i++) {
        const reason = of.check(value[i], `${path}[${i}]`);
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
  };
}

function tupleCodec(of: readonly Codec[]): Codec {
  const hasLength = (value: unknown): value is readonly unknown[] => isArray(value) && value.length === of.length;
  const checkTuple = expecting(`a tuple of ${of.length}`, hasLength);
  return {
    write: (value, out) => {
      if (!hasLength(value)) throw new Refused();
      if (of.length === 0) out.byte(0);
      for (let i = 0; i < of.length; i++) of[i]?.write(value[i], out);
    },
    read: (input) => {
      if (of.length === 0) input.byte();
      return of.map((codec) => codec.read(input));
    },
    admit: (value) => {
      if (!hasLength(value)) return false;
      for (let i = 0; i < of.length; i++) if (of[i]?.admit(value[i]) !== true) return false;
      Object.freeze(value);
      return true;
    },
    check: (value, path) => {
      if (!hasLength(value)) return checkTuple(value, path);
      for (const [i, codec] of of.entries()) {
        const reason = codec.check(value[i], `${path}[${i}]`);
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
  };
}
