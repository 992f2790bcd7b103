/** Incidents are kinds x triggers: what happens, and when. `incidents.ts` arms them. */
import { EngineBug } from '../../core/errors.ts';
import { INCIDENTS } from './index.ts';
import type { Cost } from './vocabulary/cost.ts';
import type { IncidentFault } from './vocabulary/define.ts';
import type { AnyWhat } from './vocabulary/fields.ts';
import type { Trigger } from './vocabulary/trigger.ts';

type WhatIn<F> = F extends { is(what: AnyWhat): what is infer W extends AnyWhat } ? W : never;

/** An incident of any kind, without its trigger. */
export type What = WhatIn<(typeof INCIDENTS)[number]>;

export interface Incident {
  readonly what: What;
  readonly when: Trigger;
}

const BY_KIND: ReadonlyMap<string, IncidentFault> = new Map(INCIDENTS.map((fault) => [fault.kind, fault]));

/** Throws `EngineBug` for a kind that is in no table. */
export function incidentFault(kind: string): IncidentFault {
  const fault = BY_KIND.get(kind);
  if (fault === undefined) throw new EngineBug(`there is no incident ${kind}`);
  return fault;
}

/** Whether it is of a kind of the table, with all its fields. */
export function isWhat(what: AnyWhat): what is What {
  return BY_KIND.get(what.kind)?.is(what) ?? false;
}

/** What it costs a run at worst. */
export function costOf(what: What): Partial<Cost> {
  return incidentFault(what.kind).cost(what);
}

/** "kill taskmanager-1 for 100 ms". */
export function wordsOf(what: What): string {
  return incidentFault(what.kind).words(what);
}
