/** Where the keyed state of an operator is (Flink: `KvStateLocation`). */
import type { PhysicalGraph } from '../graph/physical.ts';
import type { Body } from '../messages.ts';
import type { Slot } from './placement.ts';
import type { QueryError } from './state-client.ts';

/** Of an attempt; 0: none. */
export type Located = Body<'located'> & { readonly attempt: number };

export function notRunning(attempt: number): Located {
  return nowhere(attempt, 'not-running');
}

function nowhere(attempt: number, error: QueryError): Located {
  return { attempt, error, parallelism: 0, maxParallelism: 0, hosts: [] };
}

/** `running`: all tasks of the attempt are; else this is where they were, or will be. Only keyed operators have such state. */
export function located(
  attempt: number,
  graph: PhysicalGraph,
  slots: readonly Slot[],
  operator: string,
  running: boolean,
): Located {
  const vertex = graph.vertices.find(({ uid, keyed }) => keyed && uid === operator);
  if (vertex === undefined) return nowhere(attempt, running ? 'unknown-state' : 'not-running');
  const { parallelism, maxParallelism } = vertex;
  const hosts = slots.slice(0, parallelism).map(({ registration }) => registration.host);
  return { attempt, error: running ? '' : 'not-running', parallelism, maxParallelism, hosts };
}
