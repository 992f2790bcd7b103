/**
 * The order of keys: unsigned, byte by byte, of the serialized key, a prefix first. It breaks ties between timers and
 * orders the entries of a map state. The text that `keyText` makes has one character in [0, 255] for each byte, so that
 * `<` on texts is that order, and so that it also serves as the key of a JavaScript map.
 *
 * | type | bytes |
 * |---|---|
 * | boolean | 0 or 1 |
 * | int32, int64 | zigzag, then base 128, low digits first, high bit set on all bytes but the last |
 * | float64 | 8 bytes, big-endian IEEE 754, one NaN |
 * | bigint | length in bytes (base 128, no zigzag), two's complement, the fewest bytes, the highest first |
 * | string | length in UTF-16 units (base 128, no zigzag), UTF-8; a lone surrogate takes three bytes like any unit (WTF-8) |
 * | json | a tag, then: null 0, false 1, true 2 nothing; 3 safe integer (zigzag); 4 other number (float64); 5 string; 6 array (count, items); 7 object (count, then name and value of each, in the object's order) |
 * | nullable | 0, or 1 and the value |
 * | list | count (base 128, no zigzag), items |
 * | tuple, record | fields in order; a 0 byte if there is none |
 * | enum | place among the members (base 128, no zigzag) |
 * | union | place of the tag (base 128, no zigzag), value |
 * | custom | length (base 128, no zigzag), what the job's `write` returns |
 */
import type { TypeInfo } from '../../core/job/types.ts';
import { fieldsOf, itemsOf } from './shape.ts';

/** The serialized key as text. Equal keys, and only those, have equal texts. */
export function keyText(type: TypeInfo, value: unknown): string {
  switch (type.kind) {
    case 'boolean':
      return value === true ? '\u0001' : '\u0000';
    case 'int32':
    case 'int64':
      return zigzagText(Number(value));
    case 'float64':
      return doubleText(Number(value));
    case 'bigint':
      return bigintText(BigInt(String(value)));
    case 'string':
      return stringText(String(value));
    case 'bytes':
      return value instanceof Uint8Array ? base128(value.length) + String.fromCharCode(...value) : '';
    case 'json':
      return jsonText(value);
    case 'nullable':
      return value === null ? '\u0000' : `\u0001${keyText(type.of, value)}`;
    case 'list': {
      const items = itemsOf(value);
      return items.reduce<string>((text, item) => text + keyText(type.of, item), base128(items.length));
    }
    case 'tuple': {
      const items = itemsOf(value);
      if (type.of.length === 0) return '\u0000';
      return type.of.reduce((text, item, i) => text + keyText(item, items[i]), '');
    }
    case 'record': {
      const fields = fieldsOf(value);
      if (type.fields.length === 0) return '\u0000';
      return type.fields.reduce((text, field) => text + keyText(field.type, fields[field.name]), '');
    }
    case 'enum':
      return base128(Math.max(0, type.members.indexOf(String(value))));
    case 'union': {
      const { tag, value: inner } = fieldsOf(value);
      const place = type.cases.findIndex((one) => one.tag === tag);
      const known = type.cases[place];
      return known === undefined ? '' : base128(place) + keyText(known.type, inner);
    }
    case 'custom': {
      const bytes = type.code === undefined ? value : type.code.write(value);
      return bytes instanceof Uint8Array ? base128(bytes.length) + String.fromCharCode(...bytes) : '';
    }
  }
}

/** Before, same, after: -1, 0, 1. */
export function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** `value` is a whole number >= 0. */
function base128(value: number): string {
  let text = '';
  let rest = value;
  while (rest >= 128) {
    text += String.fromCharCode((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return text + String.fromCharCode(rest);
}

/** The zigzag number itself may need 54 bits, one more than a double has: the first digit is made apart. */
function zigzagText(value: number): string {
  const magnitude = value >= 0 ? value : -value - 1;
  const digit = (magnitude % 64) * 2 + (value >= 0 ? 0 : 1);
  const rest = Math.floor(magnitude / 64);
  return rest === 0 ? String.fromCharCode(digit) : String.fromCharCode(digit + 128) + base128(rest);
}

/** The last byte first, until what is left is the sign alone and the byte before says it. */
function bigintText(value: bigint): string {
  let text = '';
  let rest = value;
  for (;;) {
    const byte = Number(rest & 255n);
    text = String.fromCharCode(byte) + text;
    rest >>= 8n;
    if (rest === (byte >= 128 ? -1n : 0n)) return base128(text.length) + text;
  }
}

function doubleText(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  if (Number.isNaN(value)) view.setUint32(0, 0x7ff80000);
  else view.setFloat64(0, value);
  let text = '';
  for (let i = 0; i < 8; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}

function stringText(value: string): string {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) >= 0x80) return base128(value.length) + utf8(value);
  }
  return base128(value.length) + value;
}

function jsonText(value: unknown): string {
  switch (typeof value) {
    case 'boolean':
      return value ? '\u0002' : '\u0001';
    case 'number': {
      const whole = Number.isSafeInteger(value) && !Object.is(value, -0);
      return whole ? `\u0003${zigzagText(value)}` : `\u0004${doubleText(value)}`;
    }
    case 'string':
      return `\u0005${stringText(value)}`;
    case 'object': {
      if (value === null) return '\u0000';
      if (Array.isArray(value)) {
        return value.reduce<string>((text, item) => text + jsonText(item), `\u0006${base128(value.length)}`);
      }
      const fields = Object.entries(value);
      return fields.reduce(
        (text, [name, field]) => text + stringText(name) + jsonText(field),
        `\u0007${base128(fields.length)}`,
      );
    }
    default:
      throw new Error(`a ${typeof value} is no JSON value`);
  }
}

function utf8(value: string): string {
  let text = '';
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) text += String.fromCharCode(code);
    else if (code < 0x800) text += String.fromCharCode(0xc0 | (code >> 6), continuation(code));
    else if (code < 0x10000)
      text += String.fromCharCode(0xe0 | (code >> 12), continuation(code >> 6), continuation(code));
    else {
      text += String.fromCharCode(
        0xf0 | (code >> 18),
        continuation(code >> 12),
        continuation(code >> 6),
        continuation(code),
      );
    }
  }
  return text;
}
function continuation(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
