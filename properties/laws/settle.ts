/**
 * Settle: once faults have healed, the job ends within the deadline that the plan allows.
 *
 * Verified: that the runner saw the job settle. If not, the violation carries who waits for what.
 * Not verified: how fast; that checkpoints complete while the input runs (an end of a bounded job needs one that does);
 * whether the deadline is fair (the runner computes it from the plan).
 */
import { defineLaw } from './define.ts';
import type { WorldView } from './law.ts';

export const settle = defineLaw({
  name: 'settle',
  states: 'Once faults have healed the job ends within the deadline.',
  anomalies: ['stuck'],
  judge: () => ({}),
});

/** The run did not settle. `waiting`: a line for each one that waits, with what it waits for. */
export function reportStuck(violated: WorldView['violated'], waiting: readonly string[]): void {
  violated({
    law: settle.name,
    anomaly: 'stuck',
    place: 'job',
    message: 'the job did not end within the deadline after all faults had healed',
    evidence: waiting.map((line): readonly [string, string] => ['waits', line]),
  });
}
