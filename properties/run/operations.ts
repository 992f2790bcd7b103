/**
 * The person who operates the job: passes on what the plan's incidents ask for (rescale, savepoint, stop), and resumes a
 * job that was stopped and not drained, so that the run goes on to the end of its input. A job that never ends by itself
 * is stopped for good once it is at rest.
 */
import type { Facts, Probe } from '../../core/facts.ts';
import type { Cluster } from './compose.ts';
import type { Rest } from './rest.ts';

/** `ended`: the job has ended for good. `rest`: of a job that never ends by itself. */
export function operate(cluster: Cluster, rest: Rest | undefined, ended: (fact: Facts['jobEnded']) => void): Probe {
  cluster.universe.onOperation = (ask) => {
    cluster.askJobManager((jobManager) => {
      ask({
        rescale: (parallelism) => void jobManager.rescale(parallelism),
        rescaleOperator: (vertex, parallelism) => {
          const { rescalable } = cluster;
          const uid = rescalable[vertex % rescalable.length];
          if (uid !== undefined) jobManager.rescale(parallelism, uid);
        },
        savepoint: (kind) => void jobManager.savepoint(kind),
      });
    });
  };
  return {
    jobEnded: (fact) => {
      const isEnd = rest?.stopping === true && fact.status === 'stopped';
      // A job manager that dies over the resume states the end again after its restart, and is asked again.
      if (!isEnd && cluster.jobManager?.stopped?.drained === false) {
        cluster.askJobManager((jobManager) => {
          jobManager.resume();
        });
      } else {
        ended(fact);
      }
    },
  };
}
