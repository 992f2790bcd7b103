/** Takes values of one type from user code: checks them and freezes them, in one pass. */
import type { TypeInfo } from '../job/types.ts';
import { codecOf } from './compile.ts';

export interface Taker {
  /** Kind of the type: "record". */
  readonly kind: TypeInfo['kind'];
  /** The type holds bytes, whose content cannot be frozen. */
  readonly hasBytes: boolean;
  /** True: the value is of the type, and frozen all the way down. */
  admit(value: unknown): boolean;
  /** Where and why a value is not: "at .items[3].price: expected ..., got ...". */
  reason(value: unknown): string;
}

/** @throws JobError if the description itself is wrong. */
export function takerOf(type: TypeInfo): Taker {
  const codec = codecOf(type);
  return {
    kind: type.kind,
    hasBytes: holdsBytes(type),
    admit: codec.admit,
    reason: (value) => {
      const reason = codec.check(value, 'at ') ?? 'it changed while it was read';
      return reason.startsWith('at : ') ? reason.slice('at : '.length) : reason;
    },
  };
}

function holdsBytes(type: TypeInfo): boolean {
  switch (type.kind) {
    case 'bytes':
      return true;
    case 'nullable':
    case 'list':
      return holdsBytes(type.of);
    case 'tuple':
      return type.of.some(holdsBytes);
    case 'record':
      return type.fields.some((field) => holdsBytes(field.type));
    case 'union':
      return type.cases.some((one) => holdsBytes(one.type));
    default:
      return false;
  }
}
