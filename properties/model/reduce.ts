/** The running reduction of the keys of one key group: one value a key, and each element emits it anew. No timers. */
import type { Timestamp } from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, ReduceSpec } from '../../core/job/spec.ts';
import { KeyedInstance } from './instance.ts';
import { keyedHead, keyOf, type KeyedHead } from './keyed.ts';
import type { StoredTypes } from './migrate.ts';
import { storeWith } from './store.ts';
import type { Handover, ModelInstance, ModelTurn, Tape } from './types.ts';

const REDUCED = 'reduced';

interface ReduceHead extends KeyedHead {
  readonly spec: ReduceSpec;
}

export function reduceHead(job: JobSpec, node: NodeSpec, spec: ReduceSpec): ReduceHead {
  return { ...keyedHead(job, node), spec };
}

function typesOf({ spec }: ReduceHead): StoredTypes {
  return new Map([[REDUCED, { kind: 'value', keyType: undefined, type: spec.type }]]);
}

export class ReduceInstance extends KeyedInstance<ReduceHead> {
  /** With the state of another version of the job. */
  static from(head: ReduceHead, handover: Handover | undefined): ReduceInstance {
    return new ReduceInstance(head, storeWith(typesOf(head), handover));
  }

  record(edge: number, value: unknown, timestamp: Timestamp | undefined, _eff: Timestamp, tape: Tape): ModelTurn {
    return this.turn(tape, (turn) => {
      const key = keyOf(this.head, edge, value);
      const old = this.store.read(REDUCED, 'value', key.text);
      const { fn } = this.head.spec;
      const reduced = old === undefined ? value : fn(old, value);
      if (reduced === undefined) throw turn.refuse('reduced two values to undefined');
      this.store.write(REDUCED, 'value', key.text, { key: key.value, namespace: undefined, value: reduced });
      this.head.main(turn, reduced, timestamp);
    });
  }

  /** Event time means nothing to it. */
  advance(_eff: Timestamp, tape: Tape): ModelTurn {
    return this.turn(tape, () => undefined);
  }

  fork(): ModelInstance {
    return new ReduceInstance(this.head, this.store.fork());
  }
  protected types(): StoredTypes {
    return typesOf(this.head);
  }
}
