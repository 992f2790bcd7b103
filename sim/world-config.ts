/**
 * The numbers of the world: how long things take, and how often the world is unkind by itself. Most are knobs of the faults
 * (`faults/index.ts`), calm by default; the rest is here. All are whole numbers; `Us` is microseconds, `Ms` milliseconds,
 * `Per1000` a share in thousandths. A duration is `base + a draw below (jitter + 1)`, so that a jitter of 0 draws nothing.
 * What happens at a chosen moment (a kill, a reset) is no number but an incident.
 */
import { EngineBug } from '../core/errors.ts';
import { RATES } from './faults/index.ts';

/** What is no fault: calm values. */
const REST = {
  /** The lease of a dead holder ends this long after its death. */
  haSessionMs: 500,
  /** An open transaction is aborted this long after its last request, by the broker's clock. */
  brokerTransactionTimeoutMs: 60_000,
  /** Record i of a source partition becomes visible at i x interval. 0: all are there from the start. */
  recordIntervalUs: 0,
  /** What one actor step costs: the actor's next step is at least so much later. */
  stepCostUs: 10,
  /** Wall time at virtual time 0, before the host's offset. */
  startEpochMs: 1_700_000_000_000,
};

type KeyIn<T> = T extends unknown ? keyof T & string : never;
/** A knob of a fault, by name. */
export type FaultKnobName = KeyIn<(typeof RATES)[number]['knobs']>;

export type WorldConfig = { readonly [Name in FaultKnobName | keyof typeof REST]: number };

/** No jitter, no fault, exact clocks. A plan names what differs from it. */
export const calmWorld: WorldConfig = calm();

function calm(): WorldConfig {
  const values: Record<string, number> = { ...REST };
  for (const { knobs } of RATES) for (const [name, knob] of Object.entries(knobs)) values[name] = knob.calm;
  if (!isWorld(values)) throw new EngineBug('a knob of a fault has no calm value');
  return values;
}

function isWorld(values: Readonly<Record<string, number>>): values is WorldConfig {
  const names = [...Object.keys(REST), ...RATES.flatMap(({ knobs }) => Object.keys(knobs))];
  return names.every((name) => values[name] !== undefined);
}
