/**
 * A keyed process function, of one input, of two, or with a broadcast side (its keyed part; the other is `broadcast.ts`):
 * its turns, its contexts, its state and its timers (SEMANTICS T1 to T3).
 *
 * The function object is made when an instance has its first turn that needs it, and again for each fork, so state that
 * hides in the function is soon different from the engine's. A logical instance has no subtask: `open` is given
 * subtask 0 of 1, and a job whose output depends on that is not a function of keys. `close` is never called.
 * State handles and contexts mean the current key at each call, as in Flink, so a function may keep them.
 */
import type {
  Collector,
  KeyedOnTimerContext,
  OpenContext,
  OutputTag,
  StateDescriptor,
  Timestamp,
} from '../../core/job/functions.ts';
import type { JobSpec, NodeSpec, OperatorSpec } from '../../core/job/spec.ts';
import { keyText } from './key-order.ts';
import { keyedHead, keyOf, secondInput, type Key, type KeyedHead } from './keyed.ts';
import { stateAccess, stateHandle } from './states.ts';
import { Store, type StoredTimer } from './store.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type { ModelBroadcast, ModelContent, ModelInstance, ModelTurn, ModelTimerFiring, Tape } from './types.ts';

/** A user function of any of the three kinds. */
interface UserFunction {
  open(ctx: OpenContext): void;
  element(edge: number, value: unknown, ctx: KeyedOnTimerContext, out: Collector<unknown>): void;
  onTimer(timestamp: Timestamp, ctx: KeyedOnTimerContext, out: Collector<unknown>): void;
}
interface ProcessHead extends KeyedHead {
  readonly create: () => UserFunction;
}
interface User {
  readonly fn: UserFunction;
  readonly context: KeyedOnTimerContext;
  readonly out: Collector<unknown>;
}
/** What a context reads: the turn, and the element or timer that it is at. */
interface Current {
  readonly turn: TurnLog;
  readonly tape: TapeReader;
  readonly eff: Timestamp;
  readonly key: Key;
  readonly timestamp: Timestamp | undefined;
  readonly domain: 'event' | 'processing';
  readonly broadcast: ModelBroadcast | undefined;
}

type ProcessSpec = Extract<OperatorSpec, { readonly kind: 'process' | 'coProcess' | 'keyedBroadcast' }>;

export function processHead(job: JobSpec, node: NodeSpec, spec: ProcessSpec): ProcessHead {
  return { ...keyedHead(job, node), create: functionOf(spec, new Set(secondInput(job, node))) };
}

function functionOf(spec: ProcessSpec, second: ReadonlySet<number>): () => UserFunction {
  if (spec.kind === 'coProcess') {
    return () => {
      const fn = spec.create();
      return {
        open: (ctx) => fn.open?.(ctx),
        element: (edge, value, ctx, out) => {
          if (second.has(edge)) fn.processElement2(value, ctx, out);
          else fn.processElement1(value, ctx, out);
        },
        onTimer: (timestamp, ctx, out) => fn.onTimer?.(timestamp, ctx, out),
      };
    };
  }
  return () => {
    const fn = spec.create();
    return {
      open: (ctx) => fn.open?.(ctx),
      element: (_edge, value, ctx, out) => fn.processElement(value, ctx, out),
      onTimer: (timestamp, ctx, out) => fn.onTimer?.(timestamp, ctx, out),
    };
  };
}

/** A process function at the keys of one key group. */
export class ProcessInstance implements ModelInstance {
  readonly #head: ProcessHead;
  readonly #store: Store;
  #user: User | undefined;
  #current: Current | undefined;

  constructor(head: ProcessHead, store = new Store()) {
    this.#head = head;
    this.#store = store;
  }

  record(
    edge: number,
    value: unknown,
    timestamp: Timestamp | undefined,
    eff: Timestamp,
    tape: Tape,
    broadcast?: ModelBroadcast,
  ): ModelTurn {
    return this.#turn(tape, (turn, reader) => {
      const key = keyOf(this.#head, edge, value);
      const { fn, context, out } = this.#userFunction();
      this.#current = { turn, tape: reader, eff, key, timestamp, domain: 'event', broadcast };
      fn.element(edge, value, context, out);
    });
  }

  advance(eff: Timestamp, tape: Tape, broadcast?: ModelBroadcast): ModelTurn {
    return this.#turn(tape, (turn, reader) => {
      // Timers that the function registers meanwhile, at or below eff, fire in this same loop.
      for (
        let due = this.#store.timers('event').least();
        due !== undefined;
        due = this.#store.timers('event').least()
      ) {
        if (due.firing.timestamp > eff) return;
        this.#fireLeast(turn, reader, due, eff, broadcast);
      }
    });
  }

  processingTimer(timer: ModelTimerFiring, eff: Timestamp, tape: Tape, broadcast?: ModelBroadcast): ModelTurn {
    return this.#turn(tape, (turn, reader) => {
      const due = this.#store.timers('processing').least();
      if (due === undefined) throw turn.refuse(`has no processing-time timer, yet one fired at ${timer.timestamp}`);
      if (!this.#isTimer(due, timer)) {
        throw turn.refuse(
          `fired a processing-time timer at ${timer.timestamp} where the next one is at ${due.firing.timestamp}, of another key or time`,
        );
      }
      this.#fireLeast(turn, reader, due, eff, broadcast);
    });
  }

  nextEventTimer(): Timestamp | undefined {
    return this.#store.timers('event').least()?.firing.timestamp;
  }
  nextProcessingTimer(): Timestamp | undefined {
    return this.#store.timers('processing').least()?.firing.timestamp;
  }
  content(): ModelContent {
    return this.#store.content();
  }
  /** The keys that have something in a state. */
  keysOf(state: string): readonly Key[] {
    return this.#store.keysOf(state);
  }
  /** For a visit from outside any turn of a key. */
  stateAt(descriptor: StateDescriptor, key: Key): unknown {
    return stateHandle(this.#store, descriptor, () => key);
  }
  fork(): ModelInstance {
    return new ProcessInstance(this.#head, this.#store.fork());
  }

  #turn(tape: Tape, body: (turn: TurnLog, reader: TapeReader) => void): ModelTurn {
    const turn = new TurnLog(this.#head.uid);
    const reader = new TapeReader(turn, tape);
    try {
      body(turn, reader);
    } catch (thrown) {
      turn.fail(thrown);
    }
    reader.finish();
    this.#current = undefined;
    return turn;
  }

  #isTimer(stored: StoredTimer, timer: ModelTimerFiring): boolean {
    return (
      stored.firing.timestamp === timer.timestamp &&
      stored.keyText === this.#textOf(timer.key) &&
      timer.namespace === undefined
    );
  }
  /** All hash edges into one node have the same key type. */
  #textOf(key: unknown): string | undefined {
    for (const input of this.#head.inputs.values()) return keyText(input.keyType, key);
    return undefined;
  }

  #fireLeast(
    turn: TurnLog,
    tape: TapeReader,
    timer: StoredTimer,
    eff: Timestamp,
    broadcast: ModelBroadcast | undefined,
  ): void {
    const { timestamp, key, domain } = timer.firing;
    this.#store.ownTimers(domain).removeLeast();
    turn.fire(timer.firing);
    turn.operator = this.#head.uid; // an earlier timer of this turn may have gone through the chain
    const { fn, context, out } = this.#userFunction();
    this.#current = { turn, tape, eff, key: { value: key, text: timer.keyText }, timestamp, domain, broadcast };
    fn.onTimer(timestamp, context, out);
  }

  #userFunction(): User {
    if (this.#user !== undefined) return this.#user;
    const fn = this.#head.create();
    fn.open({ uid: this.#head.uid, subtask: 0, parallelism: 1 });
    this.#user = { fn, context: this.#context(), out: { collect: (value) => this.#emit(undefined, value) } };
    return this.#user;
  }

  #now(): Current {
    if (this.#current === undefined) throw new Error('a context is only of use during a turn');
    return this.#current;
  }

  #emit(tag: string | undefined, value: unknown): void {
    const { turn, timestamp, domain } = this.#now();
    if (tag !== undefined) this.#head.sides.get(tag)?.(turn, value, timestamp);
    // Of processing time the main output knows no event time; a side output has the timer's, as in Flink.
    else this.#head.main(turn, value, domain === 'processing' ? undefined : timestamp);
    turn.operator = this.#head.uid;
  }

  #context(): KeyedOnTimerContext {
    const now = () => this.#now();
    const register = (domain: 'event' | 'processing') => (timestamp: Timestamp) => {
      const { key } = now();
      this.#store.ownTimers(domain).register(timestamp, key.value, key.text, undefined);
    };
    const remove = (domain: 'event' | 'processing') => (timestamp: Timestamp) => {
      this.#store.ownTimers(domain).delete(timestamp, now().key.text, undefined);
    };
    return {
      get timestamp() {
        return now().timestamp;
      },
      get currentKey() {
        return now().key.value;
      },
      get timeDomain() {
        return now().domain;
      },
      timerService: {
        currentProcessingTime: () => now().tape.now(),
        currentWatermark: () => now().eff,
        registerEventTimeTimer: register('event'),
        deleteEventTimeTimer: remove('event'),
        registerProcessingTimeTimer: register('processing'),
        deleteProcessingTimeTimer: remove('processing'),
      },
      output: <T>(tag: OutputTag<T>, value: T) => this.#emit(tag.tag, value),
      random: (n) => now().tape.random(n),
      getState: stateAccess(this.#store, () => now().key),
      getBroadcastState: (descriptor) => {
        const { broadcast } = now();
        if (broadcast === undefined) throw new Error(`operator '${this.#head.uid}' has no broadcast state`);
        return broadcast.readOnly(descriptor);
      },
    };
  }
}
