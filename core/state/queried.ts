/** What a key has in a state, read for somebody outside of the job (SEMANTICS J5: queries obey `never` and touch nothing). */
import type { Timestamp } from '../job/functions.ts';
import { list, tuple, type TypeInfo } from '../job/types.ts';
import type { StateDescriptor } from '../job/states.ts';
import type { StateTtl } from '../job/state-ttl.ts';
import type { StateTables } from './backend.ts';
import { isExpired, type Timed, timedType, valueOf } from './timed.ts';

export interface StateQuestion {
  readonly state: string;
  /** By the operator's type of keys. */
  readonly key: Uint8Array;
  answer(read: StateRead): void;
}

export type StateRead =
  | { readonly error: 'unknown-state' | 'not-running' }
  /** `now`: what had expired by then is none of it. */
  | { readonly error: 'unknown-key'; readonly now: Timestamp }
  | { readonly type: TypeInfo; readonly value: unknown; readonly now: Timestamp };

/** At the current key. */
export function queried(
  backend: StateTables,
  descriptor: StateDescriptor,
  ttl: StateTtl | undefined,
  now: Timestamp,
): StateRead {
  if (descriptor.kind === 'map') return queriedMap(backend, descriptor, ttl, now);
  const type: TypeInfo = descriptor.type;
  const isList = descriptor.kind === 'list';
  if (ttl === undefined) {
    const stored = isList ? list(type) : type;
    return found(stored, backend.table<unknown>(descriptor.name, stored).get(undefined), now);
  }
  const lives = (one: Timed<unknown>): boolean => !isExpired(one, ttl.ms, now);
  if (isList) {
    const items = backend.table<readonly Timed<unknown>[]>(descriptor.name, list(timedType(type))).get(undefined);
    const living = (items ?? []).filter(lives).map(valueOf);
    return found(list(type), living.length === 0 ? undefined : living, now);
  }
  const one = backend.table<Timed<unknown>>(descriptor.name, timedType(type)).get(undefined);
  return found(type, one === undefined || !lives(one) ? undefined : valueOf(one), now);
}

function queriedMap(
  backend: StateTables,
  { name, keyType, type }: Extract<StateDescriptor, { readonly kind: 'map' }>,
  ttl: StateTtl | undefined,
  now: Timestamp,
): StateRead {
  const living =
    ttl === undefined
      ? backend.mapTable<unknown, unknown>(name, keyType, type).entries()
      : backend
          .mapTable<unknown, Timed<unknown>>(name, keyType, timedType(type))
          .entries()
          .filter(([, one]) => !isExpired(one, ttl.ms, now))
          .map(([key, one]) => [key, valueOf(one)] as const);
  return found(list(tuple(keyType, type)), living.length === 0 ? undefined : living, now);
}

function found(type: TypeInfo, value: unknown, now: Timestamp): StateRead {
  return value === undefined ? { error: 'unknown-key', now } : { type, value, now };
}
