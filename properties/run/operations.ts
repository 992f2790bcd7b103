/**
 * The person who operates the job: passes on what the plan's incidents ask for (rescale, savepoint, stop), and resumes a
 * job that was stopped and not drained, so that the run goes on to the end of its input.
 */
import type { Facts, Probe } from '../../core/facts.ts';
import type { Cluster } from './compose.ts';

/** `ended`: the job has ended for good. */
export function operate(cluster: Cluster, ended: (fact: Facts['jobEnded']) => void): Probe {
  cluster.universe.onOperation = (ask) => {
    cluster.askJobManager(ask);
  };
  return {
    jobEnded: (fact) => {
      // A job manager that dies over the resume states the end again after its restart, and is asked again.
      if (cluster.jobManager?.stopped?.drained === false) {
        cluster.askJobManager((jobManager) => {
          jobManager.resume();
        });
      } else {
        ended(fact);
      }
    },
  };
}
