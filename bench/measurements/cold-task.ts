/** A fresh process that runs small universes, each with its laws, and tells its parent when it has had so many verdicts. */
import { run } from '../../properties/run/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { passed } from '../passed.ts';
import { benchScenario } from '../universes/scenario.ts';
import { member, universePlan } from '../workloads.ts';

/** `milestones` rise. Sends each one when it is reached. */
export function coldTask(milestones: readonly number[]): void {
  const plan = universePlan('universe-by-reference');
  const scratch = new Scratch();
  let verdicts = 0;
  const reach = ([milestone, ...later]: readonly number[]): void => {
    if (milestone === undefined) {
      process.disconnect();
      return;
    }
    for (; verdicts < milestone; verdicts++) passed(run(benchScenario, member(plan, verdicts), { scratch }));
    // The message is on its way before the next universe begins.
    process.send?.(milestone, () => {
      reach(later);
    });
  };
  reach(milestones);
}
