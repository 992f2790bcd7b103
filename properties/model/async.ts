/**
 * Elements of one subtask for which an external service is asked (SEMANTICS J3): who waits, which answer counts, what has to be
 * asked again after a restore, and which watermark may be out by now.
 *
 *     waits      from its turn until its result goes out; what waits at a cut is asked again by whoever it is dealt out to
 *     counts     the first thing that comes of the newest request about an element, unless there was no answer in time
 *     watermark  is out when everything before it is
 *
 * When an answer comes and which result leaves first is the engine's; that it may is law `async-order`. Left out: when requests are
 * sent again, and given up; the service itself, whose answers are on the tape.
 */
import type { AsyncFunction } from '../../core/job/async-functions.ts';
import type { Collector, Timestamp } from '../../core/job/functions.ts';
import type { AsyncWaitSpec, JobSpec, NodeSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { outputOf, type Emit } from './chain.ts';
import { sameValue } from './equal.ts';
import { Functions } from './functions.ts';
import { Lists, owned, type OwnedList, restoredLists, type TypedList } from './operator-state.ts';
import { fieldsOf } from './shape.ts';
import { EARLIEST } from './time.ts';
import { TapeReader, TurnLog } from './turn.ts';
import type {
  AsyncOutcome,
  FunctionLife,
  Handover,
  ModelAsync,
  ModelBroadcast,
  ModelTurn,
  ModelVertex,
  Place,
  Tape,
} from './types.ts';

type UserFunction = AsyncFunction<unknown, unknown, unknown, unknown>;

interface AsyncHeadSpec {
  readonly uid: string;
  /** Of a pending element. */
  readonly type: TypeInfo;
  readonly requestType: TypeInfo;
  readonly functions: Functions<UserFunction>;
  readonly main: Emit;
}

/** Never changed: another one takes its place. */
interface Waiting {
  readonly kind: 'element';
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
  /** As the attempt counts them; undefined: nobody has asked about it in this attempt. */
  readonly element: number | undefined;
  /** Requests so far. */
  readonly nth: number;
  /** The newest request has come to nothing. */
  readonly failed: boolean;
  readonly done: { readonly by: 'answer' | 'timeout'; readonly value: unknown } | undefined;
}
type Slot = Waiting | { readonly kind: 'watermark'; readonly at: Timestamp };

const STATE = 'async-pending';

export function asyncSubtasks(
  job: JobSpec,
  node: NodeSpec,
  spec: AsyncWaitSpec,
  life: FunctionLife,
): Pick<ModelVertex, 'broadcast' | 'handOver'> & { readonly functions: Functions<UserFunction> } {
  const functions = new Functions<UserFunction>(
    node.uid,
    () => spec.create(),
    life,
    (fn, ctx) => fn.open?.(ctx),
  );
  const type: TypeInfo = {
    kind: 'record',
    fields: [
      { name: 'value', type: spec.inType },
      { name: 'timestamp', type: { kind: 'nullable', of: { kind: 'int64' } } },
    ],
  };
  const head = {
    uid: node.uid,
    type,
    requestType: spec.service.requestType,
    functions,
    main: outputOf(job, node, undefined),
  };
  return {
    functions,
    broadcast: (from) => new AsyncSubtask(head, fromLists(head, listsIn(from))),
    handOver: (old, subtask, parallelism) => {
      const lists = old.map((instance) => (instance instanceof AsyncSubtask ? instance.left() : undefined));
      return new AsyncSubtask(head, fromLists(head, Lists.of(restoredLists(lists, subtask, parallelism))));
    },
  };
}

function listsIn(from: Handover | undefined): Lists {
  const states = from?.states;
  return states !== undefined && 'lists' in states && states.lists instanceof Lists ? states.lists.fork() : new Lists();
}

function fromLists({ type }: AsyncHeadSpec, lists: Lists): readonly Slot[] {
  lists.register({ kind: 'list', name: STATE, type });
  return lists.read(STATE).map((item): Slot => {
    const { value, timestamp } = fieldsOf(item);
    const at = typeof timestamp === 'number' ? timestamp : undefined;
    return { kind: 'element', value, timestamp: at, element: undefined, nth: 0, failed: false, done: undefined };
  });
}

class AsyncSubtask implements ModelBroadcast, ModelAsync {
  readonly #head: AsyncHeadSpec;
  #slots: readonly Slot[];
  #asked: number;
  #forwarded: Timestamp;
  #user: { readonly fn: UserFunction; readonly place: Place } | undefined;

  constructor(head: AsyncHeadSpec, slots: readonly Slot[], asked = 0, forwarded: Timestamp = EARLIEST) {
    this.#head = head;
    this.#slots = slots;
    this.#asked = asked;
    this.#forwarded = forwarded;
  }

  // ---- ModelBroadcast

  readonly async: ModelAsync = this;

  open(): void {
    // Its state is in place already.
  }

  record(_edge: number, value: unknown, timestamp: Timestamp | undefined, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      const element = this.#ask(turn, tape, value);
      this.#slots = [
        ...this.#slots,
        { kind: 'element', value, timestamp, element, nth: 1, failed: false, done: undefined },
      ];
    });
  }

  readOnly(): never {
    throw new Error(`'${this.#head.uid}' has no broadcast state`);
  }
  content(): readonly [] {
    return [];
  }
  lists(): readonly OwnedList[] {
    return this.left().map(owned);
  }
  left(): readonly TypedList[] {
    const items = this.#waiting.map(({ value, timestamp = null }) => ({ value, timestamp }));
    return [{ state: STATE, mode: 'split', type: this.#head.type, items }];
  }
  fork(): ModelBroadcast {
    return new AsyncSubtask(this.#head, this.#slots, this.#asked, this.#forwarded);
  }
  handOver(): Handover {
    return { states: { lists: Lists.of(this.left()) } };
  }

  // ---- ModelAsync

  get forwarded(): Timestamp {
    return this.#forwarded;
  }
  get isEmpty(): boolean {
    return this.#slots.length === 0;
  }

  resumed(value: unknown, timestamp: Timestamp | undefined, tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      const next = this.#waiting.find(({ element }) => element === undefined);
      if (next === undefined) throw turn.refuse('asks again about an element that does not wait, or not any more');
      if (!sameValue(next.value, value) || next.timestamp !== timestamp)
        throw turn.refuse('asks again about another element than the first one that waits');
      this.#replace(next, { ...next, element: this.#ask(turn, tape, next.value), nth: 1 });
    });
  }

  sent(element: number, nth: number): void {
    const waiting = this.#at(element);
    if (waiting !== undefined) this.#replace(waiting, { ...waiting, nth, failed: false });
  }

  answered(element: number, nth: number, outcome: AsyncOutcome, value: unknown): void {
    const waiting = this.#at(element);
    if (waiting?.nth !== nth || waiting.failed || waiting.done !== undefined) return;
    const change = outcome === 'answered' ? { done: { by: 'answer', value } as const } : { failed: true };
    this.#replace(waiting, { ...waiting, ...change });
  }

  timedOut(element: number): void {
    const waiting = this.#at(element);
    if (waiting?.done === undefined && waiting !== undefined)
      this.#replace(waiting, { ...waiting, done: { by: 'timeout', value: undefined } });
  }

  completed(element: number, by: 'answer' | 'timeout', tape: Tape): ModelTurn {
    return this.#turn(tape, (turn) => {
      const waiting = this.#at(element);
      if (waiting === undefined) throw turn.refuse(`puts out a result of element ${element}, which does not wait`);
      const { done, value, timestamp } = waiting;
      if (done?.by !== by)
        throw turn.refuse(`puts out a result of element ${element} by ${by}, which has ${done?.by ?? 'none'}`);
      this.#slots = this.#slots.filter((slot) => slot !== waiting);
      this.#forward();
      const { fn } = this.#userAt(tape.place);
      const out: Collector<unknown> = {
        collect: (result) => {
          this.#head.main(turn, result, timestamp);
          turn.operator = this.#head.uid;
        },
      };
      if (by === 'timeout') fn.timeout?.(value, out);
      else fn.answer(value, done.value, out);
    });
  }

  /** A watermark right behind another takes its place. */
  advance(watermark: Timestamp): void {
    const before = this.#slots.at(-1)?.kind === 'watermark' ? this.#slots.slice(0, -1) : this.#slots;
    this.#slots = [...before, { kind: 'watermark', at: watermark }];
    this.#forward();
  }

  // ---- inside

  get #waiting(): readonly Waiting[] {
    return this.#slots.filter((slot) => slot.kind === 'element');
  }
  #at(element: number): Waiting | undefined {
    return this.#waiting.find((one) => one.element === element);
  }
  #replace(old: Waiting, by: Waiting): void {
    this.#slots = this.#slots.map((slot) => (slot === old ? by : slot));
  }
  #forward(): void {
    for (let first = this.#slots[0]; first?.kind === 'watermark'; first = this.#slots[0]) {
      this.#forwarded = first.at;
      this.#slots = this.#slots.slice(1);
    }
  }

  #ask(turn: TurnLog, tape: Tape, value: unknown): number {
    const element = this.#asked++;
    const request = this.#userAt(tape.place).fn.request(value);
    turn.takes(this.#head.requestType, request);
    turn.request(element, request);
    return element;
  }

  #userAt(place: Place): { readonly fn: UserFunction } {
    const fn = this.#head.functions.next(place, this.#user, this);
    if (this.#user?.fn !== fn) this.#user = { fn, place };
    return { fn };
  }

  #turn(tape: Tape, body: (turn: TurnLog) => void): ModelTurn {
    const turn = new TurnLog(this.#head.uid, tape.strict);
    const reader = new TapeReader(turn, tape);
    try {
      body(turn);
    } catch (thrown) {
      turn.fail(thrown);
    }
    reader.finish();
    return turn;
  }
}
