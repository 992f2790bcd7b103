/**
 * Canonical JSON: one text for one value. Keys are in code unit order, the layout is fixed, and numbers that JSON
 * cannot say (NaN, the infinities, -0) are written as { "$float": "NaN" }, bigints as { "$bigint": "5" }. A key of the value that begins with `$` gets
 * a second one, so that nothing is read back as something else.
 *
 * Left out: values without a JSON shape (functions, class instances, cycles) are errors, `undefined` fields are
 * not written.
 */

export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

/** Lines up to this width stay on one line. */
const WIDTH = 120;

/** A value of the shape that JSON has. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The compact text: what is hashed and compared. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(toJson(value, '$'));
}

/** The same value for people: a part that fits in a line stays on it. Ends with a newline. */
export function canonicalDocument(value: unknown): string {
  return `${layout(toJson(value, '$'), 0, 0)}\n`;
}

/** Reads either text back. Throws `SyntaxError` like `JSON.parse`. */
export function parseCanonical(text: string): unknown {
  return fromJson(JSON.parse(text));
}

function toJson(value: unknown, at: string): Json {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      return numberToJson(value);
    case 'bigint':
      return { $bigint: String(value) };
    case 'object':
      return value === null ? null : Array.isArray(value) ? listToJson(value, at) : objectToJson(value, at);
    default:
      throw new NotCanonical(`${at}: a ${typeof value} has no place in a plan or a case; use JSON values only`);
  }
}

function numberToJson(value: number): Json {
  if (Object.is(value, -0)) return { $float: '-0' };
  return Number.isFinite(value) ? value : { $float: String(value) };
}

function listToJson(list: readonly unknown[], at: string): Json {
  return list.map((item, index) => toJson(item, `${at}[${index}]`));
}

function objectToJson(value: object, at: string): Json {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotCanonical(`${at}: an instance of a class has no place in a plan or a case; use JSON values only`);
  }
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([key, field]): [string, Json] => [key.startsWith('$') ? `$${key}` : key, toJson(field, `${at}.${key}`)]);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries);
}

function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json);
  const only = entries[0];
  if (entries.length === 1 && only?.[0] === '$bigint') return BigInt(String(only[1]));
  if (entries.length === 1 && only?.[0] === '$float') return only[1] === '-0' ? -0 : Number(only[1]);
  return Object.fromEntries(
    entries.map(([key, field]): [string, unknown] => [key.startsWith('$$') ? key.slice(1) : key, fromJson(field)]),
  );
}

/** `column` is where the value begins on its line, so that a key and its value share the width. */
function layout(json: Json, depth: number, column: number): string {
  const compact = spaced(json);
  if (compact.length + column <= WIDTH || typeof json !== 'object' || json === null) return compact;
  const pad = '  '.repeat(depth + 1);
  const end = '  '.repeat(depth);
  if (isList(json)) {
    return `[\n${json.map((item) => pad + layout(item, depth + 1, pad.length)).join(',\n')}\n${end}]`;
  }
  const fields = Object.entries(json).map(([key, field]) => {
    const label = `${pad}${JSON.stringify(key)}: `;
    return label + layout(field, depth + 1, label.length);
  });
  return `{\n${fields.join(',\n')}\n${end}}`;
}

function spaced(json: Json): string {
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  if (isList(json)) return `[${json.map(spaced).join(', ')}]`;
  const fields = Object.entries(json).map(([key, field]) => `${JSON.stringify(key)}: ${spaced(field)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
