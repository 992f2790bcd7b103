/**
 * The fields of an incident, as data: what an incident of a kind says beside its kind. From this one description follow
 * the type of the incident (`WhatOf`), and what the layers above need: validation, arbitraries, drawing.
 */
import type { FactKind } from '../../../core/facts.ts';

/** A process by its name; `self`: the one that states the fact or makes the port call of the trigger. */
export interface ProcessField {
  readonly type: 'process';
}
/** A whole number in [min, max]. `what` says what is counted, with its unit: "milliseconds until it starts again". */
export interface WholeField {
  readonly type: 'whole';
  readonly min: number;
  readonly max: number;
  readonly what: string;
}
export interface FlagField {
  readonly type: 'flag';
  readonly what: string;
}
/** A kind of fact, or none at all. */
export interface OptionalFactField {
  readonly type: 'optional fact';
}
export type Field = ProcessField | WholeField | FlagField | OptionalFactField;
export type Fields = Readonly<Record<string, Field>>;

export const processRef = (): ProcessField => ({ type: 'process' });
export const whole = (min: number, max: number, what: string): WholeField => ({ type: 'whole', min, max, what });
export const flag = (what: string): FlagField => ({ type: 'flag', what });
export const optionalFact = (): OptionalFactField => ({ type: 'optional fact' });

type ValueOf<F> = F extends ProcessField
  ? string
  : F extends WholeField
    ? number
    : F extends FlagField
      ? boolean
      : F extends OptionalFactField
        ? FactKind
        : never;
type OptionalIn<F extends Fields> = { [N in keyof F]: F[N] extends OptionalFactField ? N : never }[keyof F];

/** Any incident, as far as the machinery knows it. */
export interface AnyWhat {
  readonly kind: string;
}
/** The incident of a kind with such fields: `{ kind: 'kill', process: string, restartAfterMs: number }`. */
export type WhatOf<K extends string, F extends Fields> = { readonly kind: K } & {
  readonly [N in Exclude<keyof F, OptionalIn<F>>]: ValueOf<F[N]>;
} & { readonly [N in OptionalIn<F>]?: ValueOf<F[N]> | undefined };

/** Whether the value of every field is of its type and in its range. The name of a fact is not looked up. */
export function hasFields(fields: Fields, what: AnyWhat): boolean {
  return Object.entries(fields).every(([name, field]) => fits(field, Reflect.get(what, name)));
}

function fits(field: Field, value: unknown): boolean {
  switch (field.type) {
    case 'process':
      return typeof value === 'string';
    case 'whole':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= field.min && value <= field.max;
    case 'flag':
      return typeof value === 'boolean';
    case 'optional fact':
      return value === undefined || typeof value === 'string';
  }
}
