/** The running reduction of the keys of one key group: one value a key, and each element emits it anew, in batch the last one only. */
import type { Timestamp } from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, ReduceSpec } from '../../core/job/spec.ts';
import { keyedHead, keyOf, type KeyedHead } from './keyed.ts';
import type { StoredTypes } from './migrate.ts';
import { Store, storeOf } from './store.ts';
import { LATEST } from './time.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type { Handover, ModelContent, ModelInstance, ModelTimerFiring, ModelTurn, Tape } from './types.ts';

const REDUCED = 'reduced';

interface ReduceHead extends KeyedHead {
  readonly spec: ReduceSpec;
  /** Batch: the last value of a key is put out at its end, and no other. */
  readonly final: boolean;
}

export function reduceHead(job: JobSpec, node: NodeSpec, spec: ReduceSpec, final: boolean): ReduceHead {
  return { ...keyedHead(job, node), spec, final };
}

function typesOf({ spec }: ReduceHead): StoredTypes {
  return new Map([[REDUCED, { kind: 'value', keyType: undefined, type: spec.type }]]);
}

export class ReduceInstance implements ModelInstance {
  readonly #head: ReduceHead;
  readonly #store: Store;

  constructor(head: ReduceHead, store = new Store()) {
    this.#head = head;
    this.#store = store;
  }

  /** With the state of another version of the job. */
  static from(head: ReduceHead, handover: Handover | undefined): ReduceInstance {
    const store = storeOf(handover);
    for (const [state, type] of typesOf(head)) store.use(state, type);
    return new ReduceInstance(head, store);
  }

  record(edge: number, value: unknown, timestamp: Timestamp | undefined, _eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      const key = keyOf(this.#head, edge, value);
      const old = this.#store.read(REDUCED, 'value', key.text);
      const { fn } = this.#head.spec;
      const reduced = old === undefined ? value : fn(old, value);
      if (reduced === undefined) throw turn.refuse('reduced two values to undefined');
      this.#store.write(REDUCED, 'value', key.text, { key: key.value, namespace: undefined, value: reduced });
      if (this.#head.final) this.#store.registerTimer('event', LATEST, key, undefined);
      else this.#head.main(turn, reduced, timestamp);
    });
  }

  /** Event time means nothing to it but its end, in batch. */
  advance(eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      for (
        let due = this.#store.timers('event').least();
        due !== undefined && due.firing.timestamp <= eff;
        due = this.#store.timers('event').least()
      ) {
        this.#store.ownTimers('event').removeLeast();
        turn.fire(due.firing);
        this.#head.main(turn, this.#store.read(REDUCED, 'value', due.keyText), LATEST);
      }
    });
  }

  processingTimer(timer: ModelTimerFiring, _eff: Timestamp, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      throw turn.refuse(`has no timers, yet one fired at ${timer.timestamp}`);
    });
  }

  closeTimers(): void {
    this.#store.dropsTimers = true;
  }
  nextEventTimer(): Timestamp | undefined {
    return this.#store.timers('event').least()?.firing.timestamp;
  }
  nextProcessingTimer(): undefined {
    return undefined;
  }
  content(): ModelContent {
    return this.#store.content(typesOf(this.#head));
  }
  settle(): void {
    // It has one state, and asks for it at once.
  }
  handOver(): Handover {
    return { states: this.#store.handedOver(typesOf(this.#head)) };
  }
  sieve(): void {
    // No time to live.
  }
  toSieve(): readonly [] {
    return [];
  }
  fork(): ModelInstance {
    return new ReduceInstance(this.#head, this.#store.fork());
  }

  #turn(tape: Tape, body: (turn: TurnLog) => void): ModelTurn {
    const turn = new TurnLog(this.#head.uid, tape.strict);
    try {
      body(turn);
    } catch (thrown) {
      turn.fail(thrown);
    }
    new TapeReader(turn, tape).finish();
    return turn;
  }
}
