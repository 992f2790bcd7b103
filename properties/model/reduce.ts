/** The running reduction of the keys of one key group: one value a key, and each element emits it anew, in batch the last one only. */
import type { Timestamp } from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, ReduceSpec } from '../../core/job/spec.ts';
import { KeyedInstance, type KeyedTurn } from './instance.ts';
import { keyedHead, keyOf, type KeyedHead } from './keyed.ts';
import type { StoredTypes } from './migrate.ts';
import { type StoredTimer, storeWith } from './store.ts';
import { LATEST } from './time.ts';
import type { Handover, ModelInstance } from './types.ts';

const REDUCED = 'reduced';

interface ReduceHead extends KeyedHead {
  readonly spec: ReduceSpec;
  /** Batch: the last value of a key is put out at its end, and no other. */
  readonly final: boolean;
}

export function reduceHead(job: JobSpec, node: NodeSpec, spec: ReduceSpec, final: boolean): ReduceHead {
  const { uid, inputs, main, sides } = keyedHead(job, node);
  return { uid, inputs, main, sides, spec, final };
}

function typesOf({ spec }: ReduceHead): StoredTypes {
  return new Map([[REDUCED, { kind: 'value', keyType: undefined, type: spec.type }]]);
}

export class ReduceInstance extends KeyedInstance<ReduceHead> {
  /** With the state of another version of the job. */
  static from(head: ReduceHead, handover: Handover | undefined): ReduceInstance {
    return new ReduceInstance(head, storeWith(typesOf(head), handover));
  }

  protected element({ log }: KeyedTurn, edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const key = keyOf(this.head, edge, value);
    const old = this.store.read(REDUCED, 'value', key.text);
    const { fn } = this.head.spec;
    const reduced = old === undefined ? value : fn(old, value);
    if (reduced === undefined) throw log.refuse('reduced two values to undefined');
    this.store.write(REDUCED, 'value', key.text, { key: key.value, namespace: undefined, value: reduced });
    if (this.head.final) this.store.registerTimer('event', LATEST, key, undefined);
    else this.head.main(log, reduced, timestamp);
  }

  /** Event time means nothing to it but its end, in batch. */
  protected timer({ log }: KeyedTurn, { firing, keyText }: StoredTimer): void {
    this.store.ownTimers('event').removeLeast();
    log.fire(firing);
    this.head.main(log, this.store.read(REDUCED, 'value', keyText), LATEST);
  }

  fork(): ModelInstance {
    return new ReduceInstance(this.head, this.store.fork());
  }
  protected types(): StoredTypes {
    return typesOf(this.head);
  }
}
