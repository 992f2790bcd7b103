/**
 * The first part of a run that goes on from a checkpoint (`Scenario.from`): the run that took it is done again, to the moment at
 * which the checkpoint is complete. So the laws and the model know what it has to hold. Then everything is stopped and the files
 * take the place of what the job had left.
 *
 *   first part   the plan of the run that took it, draw by draw
 *   a second     no process runs; what was on its way is over
 *   the sequel   the job of the plan of this run, from the files, with choices and incidents of its own
 */
import { completedKey, readCompleted } from '../../core/checkpoint/storage/metadata.ts';
import type { Probe } from '../../core/facts.ts';
import type { RestoreFrom } from '../plan/plan.ts';
import type { Cluster, Sequel } from './compose.ts';

const STOPPED_MS = 1_000;
/** A little less: the processes start with what they find then. */
const SET_UP_US = (STOPPED_MS - 1) * 1_000;

/** Listens from the start, and stops the universe at the completion of the checkpoint. */
export class FirstPart {
  readonly probe: Probe;
  reached = false;
  readonly #cluster: Cluster;
  readonly #from: RestoreFrom;
  #over = false;

  constructor(cluster: Cluster, { from }: Sequel) {
    this.#cluster = cluster;
    this.#from = from;
    this.probe = {
      checkpointCompleted: ({ attempt, checkpoint, metadata }) => {
        if (this.#over || attempt !== from.attempt || checkpoint !== from.checkpoint || metadata !== from.metadata)
          return;
        this.reached = true;
        cluster.universe.stop();
      },
    };
  }

  /** Why the run cannot go on from the files; else everything is stopped, and the sequel may be set up. */
  end(job: string): string | undefined {
    const { metadata, checkpoint, objects } = this.#from;
    const { universe } = this.#cluster;
    this.#over = true;
    if (!this.reached) return `the run that took checkpoint ${checkpoint} takes no such checkpoint here`;
    for (const [name, given] of objects) {
      const taken = universe.objects.object(name);
      if (taken !== undefined && sameBytes(taken, given)) continue;
      return name === metadata
        ? `the run that took checkpoint ${checkpoint} takes another one here: the job, or millrace, is not the one that it was`
        : `the object ${name} is not what the run that took checkpoint ${checkpoint} writes: its file was changed, or the job, or millrace`;
    }
    const entry = universe.ha.value(completedKey(job));
    const newest = entry === undefined ? undefined : readCompleted(entry.bytes).completed.at(-1)?.checkpoint;
    if (newest !== undefined && newest > checkpoint)
      return `checkpoint ${newest} was complete before ${checkpoint}: what it has committed would be committed again`;
    this.#cluster.stopFor(STOPPED_MS);
    universe.endFirst();
    universe.run(universe.nowUs + SET_UP_US);
    return undefined;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
