/**
 * Whether a value is of a type that a job declares, a second time: from what `core/job/types.ts` says of each kind, not from the
 * codecs. Asked only of a turn that has failed in the engine (`turn.ts`).
 */
import type { TypeInfo } from '../../core/job/types.ts';

export function isOfType(type: TypeInfo, value: unknown): boolean {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int32':
      return Number.isInteger(value) && value === Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Number(value)));
    case 'int64':
      return Number.isSafeInteger(value);
    case 'float64':
      return typeof value === 'number';
    case 'bigint':
      return typeof value === 'bigint';
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'json':
      return isJson(value, 0);
    case 'nullable':
      return value === null || isOfType(type.of, value);
    case 'list':
      return Array.isArray(value) && Array.from<unknown>(value).every((item) => isOfType(type.of, item));
    case 'tuple':
      return (
        Array.isArray(value) &&
        value.length === type.of.length &&
        type.of.every((of, i) => isOfType(of, (value as readonly unknown[])[i]))
      );
    case 'record': {
      const fields = objectOf(value);
      if (fields === undefined || namesIn(fields) > type.fields.length) return false;
      return type.fields.every((field) => isOfType(field.type, fields[field.name]));
    }
    case 'enum':
      return type.members.some((member) => member === value);
    case 'union': {
      const fields = objectOf(value);
      const one = type.cases.find(({ tag }) => tag === fields?.['tag']);
      if (fields === undefined || one === undefined || Object.keys(fields).length !== 2) return false;
      return 'value' in fields && isOfType(one.type, fields['value']);
    }
    case 'custom':
      return isWritable(type, value);
  }
}

function isWritable({ code }: Extract<TypeInfo, { readonly kind: 'custom' }>, value: unknown): boolean {
  try {
    return code === undefined ? value instanceof Uint8Array : code.write(value) instanceof Uint8Array;
  } catch {
    return false;
  }
}

/** Deeper no json value is nested. */
const JSON_DEPTH_MAX = 64;

function isJson(value: unknown, depth: number): boolean {
  if (depth > JSON_DEPTH_MAX) return false;
  if (Array.isArray(value)) return Array.from<unknown>(value).every((item) => isJson(item, depth + 1));
  const fields = objectOf(value);
  if (fields !== undefined) {
    const prototype: unknown = Object.getPrototypeOf(fields);
    const isPlain = prototype === Object.prototype || prototype === null;
    return isPlain && Object.values(fields).every((one) => isJson(one, depth + 1));
  }
  return value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value);
}

/** Also those that it inherits. */
function namesIn(fields: object): number {
  const above: unknown = Object.getPrototypeOf(fields);
  const inherited = typeof above === 'object' && above !== null ? namesIn(above) : 0;
  return Object.keys(fields).length + inherited;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
