/**
 * The person who operates the job: passes on what the plan's incidents ask for (rescale, savepoint, stop, upgrade), and
 * resumes a job that was stopped and not drained, so that the run goes on to the end of its input: as its next version, if an
 * upgrade was asked for. The savepoint that a job was started from, and has not claimed, may be deleted once the job has a
 * checkpoint of its own. A job that never ends by itself is stopped for good once it is at rest.
 */
import type { Facts, Probe } from '../../core/facts.ts';
import type { Cluster, Deployed } from './compose.ts';
import type { Rest } from './rest.ts';

export interface Ends {
  /** The job has ended for good. */
  readonly ended: (fact: Facts['jobEnded']) => void;
  /** Every process was stopped; what starts next is this. */
  readonly upgraded: (next: Deployed) => void;
  /** The savepoint that the job was started from is gone. `metadata`: its object. */
  readonly originalDeleted: (metadata: string) => void;
}

export interface Operations {
  readonly probe: Probe;
  /** What was asked for and has not happened is off. */
  forget(): void;
}

/** `rest`: of a job that never ends by itself. */
export function operate(
  cluster: Cluster,
  rest: Rest | undefined,
  { ended, upgraded, originalDeleted }: Ends,
): Operations {
  /** Parallelism of the next version, which starts from the savepoint of the next stop. */
  let awaited: number | undefined;
  const startNext = (parallelism: number): boolean => {
    const next = cluster.deployNext(parallelism);
    if (next !== undefined) upgraded(next);
    return next !== undefined;
  };
  cluster.universe.onOperation((ask) => {
    ask({
      rescale: (parallelism) => {
        cluster.rescale(parallelism);
      },
      rescaleOperator: (vertex, parallelism) => {
        const { rescalable } = cluster;
        const uid = rescalable[vertex % rescalable.length];
        if (uid === undefined) return;
        cluster.rescale(parallelism, uid);
      },
      savepoint: (kind) => {
        cluster.savepoint(kind);
      },
      query: (state, key) => {
        cluster.query(state, key);
      },
      hostJoins: () => {
        cluster.addHost(1);
      },
      hostLeaves: (taskManager) => {
        cluster.removeHost(taskManager);
      },
      upgrade: (how, parallelism) => {
        // What was not stopped goes on to write: only what was is forked.
        if (how === 'checkpoint' && !cluster.isNextFork) startNext(parallelism);
        else {
          awaited = parallelism;
          cluster.savepoint('stop');
        }
      },
    });
  });
  const probe: Probe = {
    checkpointCompleted: ({ kind }) => {
      if (kind !== 'checkpoint' || !cluster.deletesOriginal) return;
      cluster.universe.soon(() => {
        const deleted = cluster.deleteOriginal();
        if (deleted !== undefined) originalDeleted(deleted);
      });
    },
    jobEnded: (fact) => {
      const isEnd = rest?.stopping === true && fact.status === 'stopped';
      if (isEnd || cluster.jobManager?.stopped?.drained !== false) {
        ended(fact);
        return;
      }
      // A fork commits nothing of the old job, which has to be resumed if it is not known whether it has committed all.
      const parallelism = fact.status === 'failed' && cluster.isNextFork ? undefined : awaited;
      awaited = undefined;
      // Listeners change nothing: what is asked happens in an event of its own.
      if (parallelism !== undefined) {
        cluster.universe.soon(() => {
          if (!startNext(parallelism)) resume(cluster);
        });
        return;
      }
      // A job manager that dies over the resume states the end again after its restart, and is asked again.
      resume(cluster);
    },
  };
  return {
    probe,
    forget: () => {
      awaited = undefined;
    },
  };
}

function resume(cluster: Cluster): void {
  cluster.askJobManager((jobManager) => {
    jobManager.resume();
  });
}
