import type { Ms } from '../../ports.ts';
import type { RestartStrategy } from '../../restart-strategy.ts';

/** The same delay after each failure; gives up after `failuresMax` in a row. */
export function fixedDelay(delayMs: Ms, failuresMax: number): RestartStrategy {
  return { next: (failures) => (failures <= failuresMax ? delayMs : undefined) };
}
