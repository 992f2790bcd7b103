/** What sinks have received in the histories with which a run that settled ends. */
import type { Witness } from '../witness/witness.ts';

export interface Written {
  readonly value: unknown;
  /** Writes of one history have an order: the newest first. */
  readonly history: object;
}

/** History by history, the newest first. */
export function* writtenTo(witness: Witness, sinks: ReadonlySet<string>): Generator<Written, void> {
  for (const uid of witness.vertices.keys()) {
    for (const history of witness.finalInstances(uid)) {
      for (let node = history.writes; node !== undefined; node = node.before)
        if (sinks.has(node.sink)) yield { value: node.value, history };
    }
  }
}
