/**
 * Time to live (SEMANTICS J5), written a second time: a value is stored beside its last touch, and what reading, writing and
 * cleaning up do about one that has expired.
 *
 * | it is read and | `never-return-expired` | `return-if-not-cleaned-up` |
 * |----------------|------------------------|----------------------------|
 * | not expired    | returned; touched if reading touches            ||
 * | expired        | deleted, nothing is returned | deleted, returned this once |
 *
 * A list is deleted when all of its items have expired, and otherwise keeps them until a read touches the others. A base of
 * `add` is looked at, not read. Time is that of the call: read from the tape once, when it is first needed.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { StateTtl } from '../../core/job/state-ttl.ts';
import type { StateDescriptor } from '../../core/job/states.ts';
import type { TapeReader } from './turn.ts';

/** As the bytes of a snapshot have it. */
export interface Aged {
  readonly '@lastTouch': Timestamp;
  readonly '@value': unknown;
}

/** What has a time to live, and which time it is. */
export interface Ageing {
  readonly ttl: StateTtl;
  readonly now: () => Timestamp;
}

export function aged(value: unknown, now: Timestamp): Aged {
  return { '@lastTouch': now, '@value': value };
}

export function hasExpired(one: unknown, ttlMs: number, now: Timestamp): boolean {
  return now - (one as Aged)['@lastTouch'] >= ttlMs;
}

/** What a read of one value does. `still`: it stays, with this touch, as it is, or not at all. */
export function readAged(
  one: Aged,
  { ttl, now }: Ageing,
): { readonly seen: boolean; readonly still: 'touched' | 'same' | 'gone' } {
  if (hasExpired(one, ttl.ms, now())) return { seen: ttl.visibility === 'return-if-not-cleaned-up', still: 'gone' };
  return { seen: true, still: ttl.update === 'on-read-and-write' ? 'touched' : 'same' };
}

/** The same of a list: what is seen, and what is left; undefined: all of it as it was. */
export function readAgedList(
  items: readonly Aged[],
  { ttl, now }: Ageing,
): { readonly seen: readonly unknown[]; readonly left: readonly Aged[] | undefined } {
  if (items.length === 0) return { seen: [], left: undefined };
  const time = now();
  const living = items.filter((item) => !hasExpired(item, ttl.ms, time));
  const visible = ttl.visibility === 'return-if-not-cleaned-up' ? items : living;
  const touched = living.map((item) => aged(item['@value'], time));
  const changes = living.length === 0 || ttl.update === 'on-read-and-write';
  return { seen: visible.map((item) => item['@value']), left: changes ? touched : undefined };
}

/** The time of one call of a function, and the states with time to live that it has used. */
export class CallTime {
  readonly #tape: TapeReader;
  #now: Timestamp | undefined = undefined;
  #used: Map<string, StateDescriptor> | undefined = undefined;

  constructor(tape: TapeReader) {
    this.#tape = tape;
  }

  now(descriptor: StateDescriptor): Timestamp {
    this.#used ??= new Map();
    this.#used.set(descriptor.name, descriptor);
    return (this.#now ??= this.#tape.now());
  }
  used(state: string): StateDescriptor | undefined {
    return this.#used?.get(state);
  }
}
