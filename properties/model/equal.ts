/**
 * When two values are the same, for every comparison of model and engine: JSON-like values by structure, numbers by
 * `Object.is` (0 and -0 differ, NaN equals itself), records by field name, with the fields in any order.
 * A field that is `undefined` is not an absent field. What types of a job's own make of values is compared by what can be seen:
 * dates by their instant, views of memory by their bytes, maps and sets by their entries in any order, other objects by their
 * fields, of which functions count as equal. Left out: cycles, private fields, and the order of entries.
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
    if (!Object.hasOwn(fieldsB, name)) return false;
    const [one, other] = [fieldsA[name], fieldsB[name]];
    // Two objects of one class have each their own; what they do shows elsewhere.
    if (typeof one === 'function' && typeof other === 'function') continue;
    if (!sameValue(one, other)) return false;
  }
  return true;
}

/** What has no fields, or has what it holds elsewhere. */
function sameHidden(a: object, b: object): boolean {
  const kind = kindOf(a);
  return kind === kindOf(b) && (kind === 'fields' || textOf(a) === textOf(b));
}

/** A function has none, and is the same as itself only. */
function textOf(value: object): string | object {
  try {
    return canonical(value);
  } catch {
    return value;
  }
}

/** What a value without fields of its own is. */
export function kindOf(value: object): 'date' | 'bytes' | 'map' | 'set' | 'fields' {
  if (ArrayBuffer.isView(value)) return 'bytes';
  // Of another realm, too: a job may have been loaded into one of its own.
  switch (Object.prototype.toString.call(value)) {
    case '[object Date]':
      return 'date';
    case '[object ArrayBuffer]':
      return 'bytes';
    case '[object Map]':
      return 'map';
    case '[object Set]':
      return 'set';
    default:
      return 'fields';
  }
}

/** Of a view of memory, or of a whole buffer. */
export function bytesOf(memory: object): Uint8Array {
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
    const field = fields[name];
    text += `${i === 0 ? '' : ','}${JSON.stringify(name)}:${typeof field === 'function' ? 'function' : canonical(field)}`;
  }
  return `${text}}`;
}

function canonicalHidden(value: object): string {
  const kind = kindOf(value);
  switch (kind) {
    case 'date':
      return `date(${Number.isNaN(Number(value)) ? 'NaN' : (value as Date).toISOString()})`;
    case 'bytes':
      return `bytes(${bytesOf(value).join(',')})`;
    case 'map':
    case 'set':
      return `${kind}(${[...(value as Iterable<unknown>)].map(canonical).sort().join(',')})`;
    case 'fields':
      return '{}';
  }
}
