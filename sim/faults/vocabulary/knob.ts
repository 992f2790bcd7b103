/** The numbers that a fault is turned on with, and how plans draw them. */

export type Unit = 'count' | 'ms' | 'us' | 'per1000' | 'ppm' | 'bytes' | 'yes or no';

/** A whole number in [min, max] that a plan may choose; `calm` is its default. */
export interface Knob {
  readonly unit: Unit;
  readonly min: number;
  readonly max: number;
  readonly calm: number;
  /** Where most drawn values lie; one in ten is an end of [min, max] or anything between. */
  readonly typical: readonly [number, number];
  readonly doc: string;
}
export type Knobs = Readonly<Record<string, Knob>>;
/** A number for each knob. */
export type NumbersOf<N extends Knobs> = { readonly [Name in keyof N]: number };

export function knob(
  unit: Unit,
  [min, max]: readonly [number, number],
  calm: number,
  typical: readonly [number, number],
  doc: string,
): Knob {
  return { unit, min, max, calm, typical, doc };
}

/**
 * Knobs that are on together or not at all: a generated plan draws which swarms are on, so that every combination of a
 * few unkind things gets its share of runs, and some plans are calm throughout (design decision D8).
 */
export interface Swarm {
  readonly name: string;
  /** Plans per 1000 in which it is on. */
  readonly on: number;
  /** If it is on: how many of its knobs, per 1000, leave their calm value. */
  readonly drawn: number;
}

/** Requests and messages that take longer. */
export const DELAYS: Swarm = { name: 'delay', on: 650, drawn: 600 };
/** What runs when inside a process. */
export const SCHEDULE: Swarm = { name: 'schedule', on: 500, drawn: 700 };
/** The object store as a service that fails by itself. */
export const STORE: Swarm = { name: 'store', on: 180, drawn: 700 };
/** The disks of the hosts; in plans whose state lies there. */
export const DISK: Swarm = { name: 'disk', on: 500, drawn: 700 };
/** ... that do not do what they are asked for. */
export const DISK_ERRORS: Swarm = { name: 'disk-errors', on: 550, drawn: 700 };
/** ... and what a power loss leaves of it. */
export const POWER: Swarm = { name: 'power', on: 550, drawn: 800 };
/** External services; in plans whose job asks one. */
export const SERVICE: Swarm = { name: 'service', on: 850, drawn: 500 };
