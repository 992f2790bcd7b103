import type { ZooEntry } from '../entry.ts';

export const refusedTriggerIsTheLast: ZooEntry = {
  id: 'refused-trigger-is-the-last',
  title: 'A periodic trigger that is refused while another checkpoint pends does not arm the timer again',
  origin: 'FLINK-13256 (tier 1), nearest form',
  file: 'core/checkpoint/coordinator/trigger-scheduler.ts',
  find: `      this.#armInterval(this.#env.config.intervalMs);
      this.#periodicDue = true;
      this.#triggerIfDue();`,
  replace: `      this.#periodicDue = true;
      this.#triggerIfDue();
      if (!this.#periodicDue) this.#armInterval(this.#env.config.intervalMs);`,
  law: 'settle',
};
