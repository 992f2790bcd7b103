/**
 * How a law of ours is written: what it states, its closed list of anomalies, and what it makes of what the witness
 * tells. `defineLaw` makes a `Law` of it, which can listen on its own, with a witness of its own; a run with all laws
 * shares one witness (`index.ts`).
 */
import type { Evidence } from '../evidence.ts';
import { createModel } from '../model/model.ts';
import { checkpointsIn } from '../witness/checkpoints.ts';
import type { WitnessListener } from '../witness/listener.ts';
import { Witness } from '../witness/witness.ts';
import type { Law } from './law.ts';
import type { WorldView } from '../world.ts';

/** `place`: an operator uid, an edge "a->b", a topic: nothing that changes from plan to plan. */
export type Report<A extends string> = (anomaly: A, place: string, message: string, evidence: Evidence) => void;

/**
 * To be called wherever the law sets something that the engine did against what it must be, and nowhere else: not where a fact was
 * only heard, a list was empty, or what is there cannot be read or is not the law's matter. A law that had nothing to compare
 * looks as green as one that held: by this they are told apart. It costs as much as setting a boolean, so that it needs no guard
 * against being called again.
 */
export type Compared = () => void;

/** Where nobody asks. */
export const NOT_COUNTED: Compared = () => undefined;

export interface WitnessLaw extends Law {
  /** What it sets against what must be: of a run without any it says nothing. */
  readonly compares: string;
  /** Why it says nothing of a batch run; undefined: it judges those, too. */
  readonly notInBatch: string | undefined;
  /** Listens to a witness that other laws share. */
  attach(witness: Witness, violated: WorldView['violated'], compared: Compared): WitnessListener;
}

/** Why laws about checkpoints say nothing of a batch run. */
export const NO_CHECKPOINTS = 'there are no checkpoints';

interface Definition<A extends string> {
  readonly name: string;
  readonly states: string;
  /** In the plural: what the engine does that is set against what it must be. */
  readonly compares: string;
  readonly anomalies: readonly A[];
  /** Why it says nothing of a batch run; default: it does. */
  readonly notInBatch?: string;
  /** What is reported need not be said to have been compared. */
  judge(witness: Witness, report: Report<A>, compared: Compared): WitnessListener;
}

export function defineLaw<const A extends string>(definition: Definition<A>): WitnessLaw {
  const { name, states, compares, anomalies, notInBatch } = definition;
  const attach: WitnessLaw['attach'] = (witness, violated, compared) =>
    definition.judge(
      witness,
      (anomaly, place, message, evidence) => {
        violated({ law: name, anomaly, place, message, evidence });
      },
      compared,
    );
  return {
    name,
    states,
    compares,
    anomalies,
    notInBatch,
    attach,
    listen(world) {
      const witness = new Witness(world, createModel(world.job, 'turn', world.executionMode), checkpointsIn(world), {
        trace: false,
      });
      witness.listen([attach(witness, oncePerSignature(world.violated.bind(world)), NOT_COUNTED)]);
      return {
        probe: witness.probe,
        settled: () => {
          witness.settled();
        },
      };
    },
  };
}

/** A broken law tends to break at every record from then on: the first time says it all. */
export function oncePerSignature(violated: WorldView['violated']): WorldView['violated'] {
  const seen = new Set<string>();
  return (violation) => {
    const signature = `${violation.law}/${violation.anomaly}/${violation.place}`;
    if (seen.has(signature)) return;
    seen.add(signature);
    violated(violation);
  };
}

/** "map->window": the uids of the vertices at both ends of an edge. */
export function edgeName(witness: Witness, edge: number): string {
  if (witness.model.job.edges[edge] === undefined) return `edge ${edge}`;
  return `${witness.model.sender(edge).uid}->${witness.model.receiver(edge).uid}`;
}
