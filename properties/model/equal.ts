/**
 * When two values are the same, for every comparison of model and engine: JSON-like values by structure, numbers by
 * `Object.is` (0 and -0 differ, NaN equals itself), records by field name, with the fields in any order.
 * A field that is `undefined` is not an absent field. What types of a job's own make of values is compared by what can be seen:
 * dates by their instant, views of memory by their bytes, maps and sets by their entries in any order, other objects by their
 * fields. Left out: cycles, private fields, and the order of keys that are objects.
 */

/** Deep structural equality. `sameValue(a, b)` iff `canonical(a) === canonical(b)`. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return a !== 0 || Object.is(a, b);
  if (typeof a !== 'object' || typeof b !== 'object') return a !== a && b !== b;
  if (a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b);
  return !Array.isArray(b) && sameFields(a, b);
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}

function sameFields(a: object, b: object): boolean {
  const fieldsA = a as Readonly<Record<string, unknown>>;
  const fieldsB = b as Readonly<Record<string, unknown>>;
  const names = Object.keys(fieldsA);
  if (names.length !== Object.keys(fieldsB).length) return false;
  if (names.length === 0) return sameHidden(a, b);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    if (!Object.hasOwn(fieldsB, name) || !sameValue(fieldsA[name], fieldsB[name])) return false;
  }
  return true;
}

/** What has no fields, or has what it holds elsewhere. */
function sameHidden(a: object, b: object): boolean {
  const kind = kindOf(a);
  if (kind !== kindOf(b)) return false;
  switch (kind) {
    case 'date':
      return Object.is(Number(a), Number(b));
    case 'bytes':
      return sameItems([...bytesOf(a)], [...bytesOf(b)]);
    case 'entries':
      return textOf(a) === textOf(b);
    case 'fields':
      return true;
  }
}

/** A function has none, and is the same as itself only. */
function textOf(value: object): string | object {
  try {
    return canonical(value);
  } catch {
    return value;
  }
}

function kindOf(value: object): 'date' | 'bytes' | 'entries' | 'fields' {
  // Of another realm, too: a job may have been loaded into one of its own.
  const tag = Object.prototype.toString.call(value);
  if (tag === '[object Date]') return 'date';
  if (ArrayBuffer.isView(value) || tag === '[object ArrayBuffer]') return 'bytes';
  return tag === '[object Map]' || tag === '[object Set]' ? 'entries' : 'fields';
}

function bytesOf(memory: object): Uint8Array {
  if (ArrayBuffer.isView(memory)) return new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
  return new Uint8Array(memory as ArrayBuffer);
}

/**
 * One text for each value, different texts for different values: JSON with sorted field names, and `-0`, `NaN`,
 * `Infinity`, `undefined` written as such, bigints with an n. Throws on functions and symbols.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${String(value)}n`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'undefined';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalItems(value) : canonicalFields(value);
    default:
      throw new Error(`a ${typeof value} has no canonical text`);
  }
}

function canonicalItems(items: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + canonical(items[i]);
  return `${text}]`;
}

function canonicalFields(value: object): string {
  const fields = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(fields).sort();
  if (names.length === 0) return canonicalHidden(value);
  let text = '{';
  for (const [i, name] of names.entries()) {
    text += `${i === 0 ? '' : ','}${JSON.stringify(name)}:${canonical(fields[name])}`;
  }
  return `${text}}`;
}

function canonicalHidden(value: object): string {
  switch (kindOf(value)) {
    case 'date':
      return `date(${Number.isNaN(Number(value)) ? 'NaN' : (value as Date).toISOString()})`;
    case 'bytes':
      return `bytes(${bytesOf(value).join(',')})`;
    case 'entries': {
      const texts = [...(value as Iterable<unknown>)].map(canonical).sort();
      return `${value instanceof Map ? 'map' : 'set'}(${texts.join(',')})`;
    }
    case 'fields':
      return '{}';
  }
}
